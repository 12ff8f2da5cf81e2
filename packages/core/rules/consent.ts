import { exactKey } from "../canonical-key.ts";
import type { BlockReason } from "../decision.ts";
import type { ConsentFact, Facts } from "../facts.ts";
import { addMonths, instantMs } from "../instant.ts";
import type { Place } from "../place/places.ts";
import type { Case } from "./case.ts";
import { type Basis, type BasisFinding, EVERYWHERE, type Finding, PASS, type Rule, SILENT } from "./rule.ts";

/** From the farthest miss to the nearest: the reason a marketer can act on is the nearest one. */
const NEARNESS: readonly BlockReason[] = [
  "consent-missing",
  "consent-controller-mismatch",
  "consent-channel-mismatch",
  "consent-purpose-mismatch",
  "consent-not-yet-valid",
  "consent-expired",
  "consent-notice-changed",
  "consent-proof-missing",
  "pewc-missing",
  "consent-withdrawn",
];

/**
 * An express consent that covers this contact point, purpose, channel and sender, stands, is in date and can be
 * proved. The newest such consent is the evidence; without one the nearest miss is the reason.
 */
function consent(asked: Case, place: Place): BasisFinding {
  let good: ConsentFact | undefined;
  let nearest: ConsentFact | undefined;
  let reason: BlockReason | undefined;
  for (const each of asked.facts.consents ?? []) {
    const fault = faultOf(each, asked, place);
    if (fault === null) good = newer(asked, good, each);
    else if (reason === undefined || NEARNESS.indexOf(fault) > NEARNESS.indexOf(reason)) {
      reason = fault;
      nearest = each;
    } else if (fault === reason) nearest = newer(asked, nearest, each);
  }
  if (good !== undefined) {
    return {
      kind: "permits",
      reason: "consent-express",
      evidenceEventId: good.eventId,
      lapsesAtMs: lapseMs(good, asked),
    };
  }
  return reason === undefined ? SILENT : { kind: "refuses", reason, evidenceEventId: nearest?.eventId };
}

/**
 * The later grant; of two at the same instant the one with the larger event, and of two that say they are one event the
 * one that lapses first: order does not matter.
 */
function newer(asked: Case, a: ConsentFact | undefined, b: ConsentFact): ConsentFact {
  if (a === undefined) return b;
  const difference = instantMs(b.givenAt) - instantMs(a.givenAt);
  if (difference !== 0) return difference > 0 ? b : a;
  const [ofA, ofB] = [a.eventId ?? "", b.eventId ?? ""];
  if (ofA !== ofB) return ofB > ofA ? b : a;
  return lapseMs(b, asked) < lapseMs(a, asked) ? b : a;
}

/** True for a consent of this person for this contact point, as far as it names them. */
function isOfPerson(each: ConsentFact, asked: Case): boolean {
  const { contactId } = asked.facts;
  if (each.key !== undefined && !isSamePoint(each.key, asked)) return false;
  return each.contactId === undefined || contactId === undefined || each.contactId === contactId;
}

/** True for a consent to this sender, or one that names it. */
function isToSender(each: ConsentFact, asked: Case): boolean {
  const { controller } = asked.facts.campaign;
  return each.controller === controller || (each.namedControllers ?? []).includes(controller);
}

/** Why one consent does not permit this contact, or null when it does. */
function faultOf(each: ConsentFact, asked: Case, place: Place): BlockReason | null {
  if (!isOfPerson(each, asked)) return "consent-missing";
  if (!isToSender(each, asked)) return "consent-controller-mismatch";
  if (each.channel !== asked.channel) return "consent-channel-mismatch";
  if (each.purpose !== asked.facts.campaign.purpose) return "consent-purpose-mismatch";
  if (each.withdrawnAt !== undefined && instantMs(each.withdrawnAt) <= asked.nowMs)
    return "consent-withdrawn";
  if (instantMs(each.givenAt) > asked.nowMs) return "consent-not-yet-valid";
  if (!isProved(each, asked, place)) return "consent-proof-missing";
  // Both asked this way round so that an instant that cannot be worked out counts as past.
  if (!(noticeChangeMs(each) > asked.nowMs)) return "consent-notice-changed";
  if (!(lapseMs(each, asked) > asked.nowMs)) return "consent-expired";
  return asked.isAutomated ? faultForAutomated(each, asked, place) : null;
}

/** Most keys are spelled as the contact point is: only another spelling is read. An unreadable point matches none. */
const isSamePoint = (key: string, asked: Case): boolean =>
  asked.pointKey !== null &&
  (key === asked.facts.contactPoint || exactKey(asked.channel, key) === asked.pointKey);

/**
 * Who was told what, how and when (GDPR 7(1)). For calls to Germany the document of the phone consent itself is
 * needed: a confirmation by email proves nothing about the number. @source BGH I ZR 164/09; UWG 7a
 */
function isProved(each: ConsentFact, asked: Case, place: Place): boolean {
  const { proof } = each;
  if (proof === undefined) return false;
  if (asked.channel === "phone" && place.country === "DE" && proof.method === "email-double-opt-in")
    return false;
  if (isSigned(each)) return true;
  if (!isFilled(proof.method) || proof.method === "csv-column") return false;
  return isFilled(proof.noticeVersion) && (isFilled(proof.noticeHash) || isFilled(proof.statementShown));
}

/** An empty text proves nothing. */
const isFilled = (text: string | undefined): boolean => (text ?? "") !== "";

/** Given in writing, with a signature. */
export const isSigned = (each: ConsentFact): boolean =>
  each.type === "express-written" && isFilled(each.proof?.signature);

/** What a recorded or automated call must have been named as, in the words that were signed or shown. */
const AUTOMATED_WORDS = /auto-?dial|automat|pre-?recorded|artificial|robot|recorded voice/iu;

/**
 * A recorded voice needs consent that names it: in the US a signed agreement with the number that is no condition of
 * a purchase, elsewhere a statement that speaks of automated calls.
 * @source 47 CFR 64.1200(a)(2)-(3), (f)(9); ePrivacy 13(1); PECR 19(2); CRTC ADAD rules
 */
function faultForAutomated(each: ConsentFact, asked: Case, place: Place): BlockReason | null {
  const { proof } = each;
  const words = `${proof?.text ?? ""} ${proof?.statementShown ?? ""}`;
  if (place.country !== "US") return AUTOMATED_WORDS.test(words) ? null : "consent-missing";
  const isWritten =
    isSigned(each) &&
    proof?.number === asked.facts.contactPoint &&
    AUTOMATED_WORDS.test(words) &&
    /not a condition/iu.test(words);
  return isWritten ? null : "pewc-missing";
}

/** The instant from which this consent no longer counts; exclusive. */
function lapseMs(each: ConsentFact, asked: Case): number {
  const withdrawnMs = each.withdrawnAt === undefined ? Number.POSITIVE_INFINITY : instantMs(each.withdrawnAt);
  const endedMs = Math.min(withdrawnMs, noticeChangeMs(each));
  if (each.expiresAt !== undefined) return Math.min(endedMs, instantMs(each.expiresAt));
  const { policy } = asked;
  const months = isThirdParty(each, asked) ? policy.thirdPartyConsentMonths : policy.consentMonths;
  return Math.min(endedMs, addMonths(instantMs(each.givenAt), months));
}

/**
 * From when the words agreed to no longer say what contact is made for: consent is informed about what happens now, or
 * it is none. @source GDPR 4(11); EDPB guidelines 05/2020, 110
 */
const noticeChangeMs = (each: ConsentFact): number =>
  each.noticeChangedAt === undefined ? Number.POSITIVE_INFINITY : instantMs(each.noticeChangedAt);

/** Collected by somebody else: as the consent says, or, where it says nothing, as the source of the data does. */
function isThirdParty(each: ConsentFact, asked: Case): boolean {
  const { campaign, source } = asked.facts;
  if (each.collectedBy !== undefined) return each.collectedBy !== campaign.controller;
  return source !== undefined && isThirdPartySource(source.kind);
}

/** Data of such a source was collected by somebody else; a file of the sender's own was not. */
export const isThirdPartySource = (kind: NonNullable<Facts["source"]>["kind"]): boolean =>
  kind !== "first-party" && kind !== "csv-import";

/**
 * The newest consent an answer may rest on besides permitting: what beats a registry entry, or was given before a
 * number changed hands. Undefined when there is none in this place. @param isFit what else is asked of it: a newer
 * consent that lacks it does not hide an older one that has it.
 */
export function standingConsent(
  asked: Case,
  place: Place,
  isFit?: (given: ConsentFact) => boolean,
): ConsentFact | undefined {
  let found: ConsentFact | undefined;
  for (const each of asked.facts.consents ?? []) {
    if (faultOf(each, asked, place) === null && (isFit === undefined || isFit(each)))
      found = newer(asked, found, each);
  }
  return found;
}

/**
 * True when the person's last word to this sender on this channel and purpose was no: a withdrawal ends every other
 * basis too. For recorded calls in the US a withdrawal for any purpose counts.
 * @source GDPR 7(3); 47 CFR 64.1200(a)(10)
 */
function withdrewLast(asked: Case): ConsentFact | undefined {
  const revokesAll = asked.isAutomated && asked.places.some((place) => place.country === "US");
  let no: ConsentFact | undefined;
  let noMs = Number.NEGATIVE_INFINITY;
  let yesMs = Number.NEGATIVE_INFINITY;
  for (const each of asked.facts.consents ?? []) {
    if (!isOfPerson(each, asked) || !isToSender(each, asked) || each.channel !== asked.channel) continue;
    if (each.purpose !== asked.facts.campaign.purpose && !revokesAll) continue;
    const givenMs = instantMs(each.givenAt);
    if (each.withdrawnAt === undefined || instantMs(each.withdrawnAt) > asked.nowMs) {
      if (givenMs <= asked.nowMs) yesMs = Math.max(yesMs, givenMs);
    } else {
      const withdrawnMs = instantMs(each.withdrawnAt);
      if (withdrawnMs < noMs) continue;
      no = withdrawnMs === noMs && no !== undefined ? newer(asked, no, each) : each;
      noMs = withdrawnMs;
    }
  }
  // A withdrawal wins a tie.
  return no !== undefined && noMs >= yesMs ? no : undefined;
}

export const CONSENT_BASIS: Basis = {
  ...EVERYWHERE,
  id: "consent-express",
  asks: "Did the person agree, provably, to exactly this contact point, channel, purpose and sender, and is that still so?",
  citation: "GDPR 4(11), 6(1)(a), 7(1)-(4); ePrivacy 13(1); PECR 22(2); 47 CFR 64.1200(f)(9)",
  reads: ["consents"],
  needsLaw: false,
  check: consent,
};

function withdrawn(asked: Case): Finding {
  const no = asked.isMarketing ? withdrewLast(asked) : undefined;
  return no === undefined
    ? PASS
    : { kind: "block", reason: "consent-withdrawn", evidenceEventId: no.eventId };
}

export const WITHDRAWAL_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "consent-withdrawn",
    asks: "Was the person's last word on this a no?",
    citation: "GDPR 7(3); 47 CFR 64.1200(a)(10)-(12)",
    reads: ["consents"],
    check: withdrawn,
  },
];
