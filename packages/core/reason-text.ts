import type { AllowReason, BlockReason, DeferReason } from "./decision.ts";

/** Reasons a recipient may have that are no rule's: they come from planning, sending or the campaign's end. */
export type FlowReason =
  | "duplicate-in-campaign"
  | "campaign-ended"
  | "campaign-cancelled"
  | "recipient-deferred"
  | "recipient-refused"
  | "message-refused"
  | "no-clear-reply"
  | "worker-lost"
  | "too-slow"
  | "too-large"
  | "template-error"
  | "template-too-slow"
  | "address-not-sendable";

/** What a reason means to a marketer, and what would change it. */
export interface ReasonText {
  readonly title: string;
  readonly cure: string;
}

const THEIRS = "Only the person can change this.";
const NOTHING = "Nothing to do.";
const OPERATOR = "An operator has to look; it is tried again.";
const LOOK_IT_UP = "Look it up at the mail server by its Message-ID; it is never sent again by itself.";

export const REASON_TEXTS: Readonly<
  Record<AllowReason | BlockReason | DeferReason | FlowReason, ReasonText>
> = {
  "consent-express": { title: "Consent is on file and proved", cure: NOTHING },
  "soft-opt-in": { title: "A customer who did not refuse", cure: NOTHING },
  "corporate-subscriber": { title: "A company's address", cure: NOTHING },
  "implied-consent-purchase": { title: "Bought from you in the last two years", cure: NOTHING },
  "implied-consent-inquiry": { title: "Asked you in the last six months", cure: NOTHING },
  "opt-out-regime": { title: "The law allows contact until they object", cure: NOTHING },
  "ebr-transaction": { title: "Listed, but a recent customer of yours", cure: NOTHING },
  "ebr-inquiry": { title: "Listed, but asked you lately", cure: NOTHING },
  ebr: { title: "Listed, but in a business relationship with you", cure: NOTHING },
  "running-contract": { title: "About a contract that is in force", cure: NOTHING },
  "legitimate-interest-call": {
    title: "A recent customer, on a documented interest",
    cure: NOTHING,
  },
  transactional: { title: "A message about their own order or account", cure: NOTHING },
  "suppressed-unsubscribe": { title: "They opted out of everything", cure: THEIRS },
  "suppressed-objection": { title: "They object to marketing", cure: THEIRS },
  "suppressed-complaint": { title: "They reported a message as spam", cure: THEIRS },
  "suppressed-hard-bounce": {
    title: "The mailbox does not exist",
    cure: "Add another address if the person gives you one.",
  },
  "suppressed-erasure": { title: "They asked to be erased", cure: THEIRS },
  "internal-dnc": { title: "They asked not to be called", cure: THEIRS },
  "processing-restricted": {
    title: "Use of their data is restricted",
    cure: "Your privacy officer lifts the restriction when the matter is settled.",
  },
  "minor-protected": {
    title: "They are too young to consent themselves",
    cure: "Record a parent's authorisation, or correct the age.",
  },
  "consent-missing": {
    title: "They never agreed to this",
    cure: "Ask them on a form; you cannot assume a yes.",
  },
  "consent-withdrawn": { title: "They took their consent back", cure: THEIRS },
  "consent-expired": { title: "Consent is too old", cure: "Ask them to renew it." },
  "consent-notice-changed": {
    title: "What they agreed to has changed since",
    cure: "Ask them to agree to the new wording.",
  },
  "consent-proof-missing": {
    title: "Consent cannot be proved",
    cure: "Record the wording that was shown, how and when.",
  },
  "consent-purpose-mismatch": {
    title: "They agreed to another topic",
    cure: "Use the topic they agreed to, or ask for this one.",
  },
  "consent-channel-mismatch": {
    title: "They agreed to another channel",
    cure: "Use the channel they agreed to, or ask for this one.",
  },
  "consent-controller-mismatch": {
    title: "They agreed to another sender",
    cure: "Consent does not pass from one sender to another.",
  },
  "consent-not-yet-valid": {
    title: "Consent is dated in the future",
    cure: "Correct the date of the consent.",
  },
  "consent-requested": { title: "Asked, not answered yet", cure: THEIRS },
  "source-provenance-unverified": {
    title: "Nobody has verified where their data came from",
    cure: "See the original form yourself, and record it with the source.",
  },
  "art14-notice-overdue": {
    title: "They were not told where you have their data from",
    cure: "Send the notice about the source first, and record when.",
  },
  "pewc-missing": {
    title: "No signed agreement to recorded calls",
    cure: "Call live, or obtain the signature with the wording the law asks for.",
  },
  "soft-opt-in-invalid": {
    title: "A customer, but the conditions for writing are not met",
    cure: "Ask them; what was missing when the address was collected cannot be added later.",
  },
  "implied-consent-expired": {
    title: "The purchase or inquiry is too long ago",
    cure: "Ask them for express consent.",
  },
  "lia-missing": {
    title: "No legitimate-interest assessment is on file",
    cure: "Document the assessment and name it in the campaign.",
  },
  "dnc-registry-stale": {
    title: "The do-not-call list is missing or too old",
    cure: "Import a current copy of the list.",
  },
  "dnc-registry-listed": { title: "Their number is on a do-not-call list", cure: THEIRS },
  "rpo-overrides-consent": {
    title: "They joined the do-not-call list after they agreed",
    cure: "Only a newer consent of theirs counts.",
  },
  "number-reassigned": {
    title: "The number belongs to somebody else now",
    cure: "Ask the person for their new number another way.",
  },
  "reassigned-check-missing": {
    title: "Nobody checked whether the number changed hands",
    cure: "Query the reassigned-numbers database with the date of the consent.",
  },
  "ccpa-opt-out-signal": { title: "Their browser opted out of sharing", cure: THEIRS },
  "data-broker-source": {
    title: "Bought from a vendor that may have missed a deletion",
    cure: "Ask the vendor for its last deletion run, and record it with the source.",
  },
  "misleading-header-subject": {
    title: "Sender or subject are not what they seem",
    cure: "Use a real address, and a subject that does not feign a reply.",
  },
  "one-click-unsigned": {
    title: "The one-click unsubscribe is not under the signature",
    cure: "Set up DKIM for the sender.",
  },
  "auth-not-aligned": {
    title: "The From domain is not the one that signs",
    cure: "Sign with the From domain, and publish DMARC.",
  },
  "spam-rate-ceiling": {
    title: "Many people there report your messages as spam",
    cure: "Write to fewer people until the rate has been low for seven days.",
  },
  "caller-id-missing": { title: "No number that they could call back", cure: "Set the sender's caller id." },
  "script-missing": { title: "No script for the call", cure: "Add a script to the campaign." },
  "abandonment-cap": {
    title: "The dialler hangs up on too many people",
    cure: "Dial slower until the 30-day rate is at 3 % or less.",
  },
  "sector-ban": { title: "The law forbids selling this there", cure: "Leave out this place, or this offer." },
  "state-registration-missing": {
    title: "No telemarketing licence for their state",
    cure: "Record a valid registration.",
  },
  "quiet-hours": { title: "Outside calling hours where they are", cure: "They are called when hours begin." },
  "sender-identity-missing": { title: "The sender has no postal address", cure: "Add it to the sender." },
  "unsubscribe-mechanism-invalid": {
    title: "The message has no working unsubscribe",
    cure: "Add the unsubscribe link to the message.",
  },
  "jurisdiction-unresolved": {
    title: "Whose law and which clock apply is not known",
    cure: "Record country and region.",
  },
  "paused-by-person": {
    title: "They asked for a break",
    cure: "They are contacted when the break they chose is over.",
  },
  "frequency-cap": {
    title: "They heard from you often enough lately",
    cure: "They are contacted when the cap allows.",
  },
  "facts-unreadable": {
    title: "Their record cannot be read",
    cure: OPERATOR,
  },
  "rule-error": {
    title: "A rule could not be evaluated",
    cure: OPERATOR,
  },
  "duplicate-in-campaign": { title: "The same mailbox or person is in the campaign already", cure: NOTHING },
  "campaign-ended": { title: "The campaign ended first", cure: "Plan a longer campaign." },
  "campaign-cancelled": { title: "The campaign was cancelled", cure: NOTHING },
  "recipient-deferred": { title: "Their mail server said later", cure: "It is tried again." },
  "recipient-refused": {
    title: "Their mail server refused the address",
    cure: "Check the address with the person.",
  },
  "message-refused": {
    title: "Their mail server refused the message",
    cure: "Read the reply of the server.",
  },
  "no-clear-reply": {
    title: "Handed over, but no clear answer came",
    cure: LOOK_IT_UP,
  },
  "worker-lost": {
    title: "The worker stopped in the middle",
    cure: LOOK_IT_UP,
  },
  "too-slow": { title: "The mail server was too slow five times", cure: "Check the mail server." },
  "too-large": { title: "The message is too large", cure: "Make the message smaller." },
  "template-error": {
    title: "The message could not be made for this person",
    cure: "Check the template's variables.",
  },
  "template-too-slow": { title: "The template took too long", cure: "Simplify the template." },
  "address-not-sendable": { title: "The address cannot be sent to", cure: "Correct the address." },
};

/** The text of a reason code; an unknown code is its own title, so that nothing is hidden. */
export function reasonText(reason: string): ReasonText {
  return Object.hasOwn(REASON_TEXTS, reason)
    ? REASON_TEXTS[reason as keyof typeof REASON_TEXTS]
    : { title: reason, cure: "" };
}
