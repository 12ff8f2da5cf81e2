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

export const REASON_TEXTS: Readonly<
  Record<AllowReason | BlockReason | DeferReason | FlowReason, ReasonText>
> = {
  "consent-express": { title: "Consent is on file and proved", cure: "Nothing to do." },
  transactional: { title: "A message about their own order or account", cure: "Nothing to do." },
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
  "sender-identity-missing": { title: "The sender has no postal address", cure: "Add it to the sender." },
  "unsubscribe-mechanism-invalid": {
    title: "The message has no working unsubscribe",
    cure: "Add the unsubscribe link to the message.",
  },
  "jurisdiction-unresolved": { title: "Their country is not known", cure: "Record the country." },
  "frequency-cap": {
    title: "They heard from you often enough lately",
    cure: "They are contacted when the cap allows.",
  },
  "facts-unreadable": {
    title: "Their record cannot be read",
    cure: "An operator has to look; it is tried again.",
  },
  "rule-error": {
    title: "A rule could not be evaluated",
    cure: "An operator has to look; it is tried again.",
  },
  "duplicate-in-campaign": { title: "The same mailbox is in the campaign already", cure: "Nothing to do." },
  "campaign-ended": { title: "The campaign ended first", cure: "Plan a longer campaign." },
  "campaign-cancelled": { title: "The campaign was cancelled", cure: "Nothing to do." },
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
    cure: "Look it up at the mail server by its Message-ID; it is never sent again by itself.",
  },
  "worker-lost": {
    title: "The worker stopped in the middle",
    cure: "Look it up at the mail server by its Message-ID; it is never sent again by itself.",
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
