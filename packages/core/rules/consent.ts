import { exactKey } from "../canonical-key.ts";
import type { BlockReason } from "../decision.ts";
import type { ConsentFact, Question } from "../facts.ts";
import { compareInstants } from "../instant.ts";
import { EVERYWHERE, type Finding, isMarketing, type Rule } from "./rule.ts";

/** Policy: first-party consent lapses 24 months after it was given, unless the purpose says otherwise. */
const CONSENT_MONTHS = 24;
/** Policy: consent collected by a third party is to be used first within 6 months. @source UK DMA code */
const THIRD_PARTY_MONTHS = 6;

/**
 * The permission rule: exactly one answer, an express consent that covers this contact point, purpose, channel and
 * sender, stands, is in date and can be proved; or the reason why there is none. The nearest miss is the reason.
 */
function consent(question: Question): Finding {
  if (!isMarketing(question)) return { kind: "permission", reason: "transactional" };
  const judged = (question.facts.consents ?? []).map((each) => ({ each, fault: faultOf(each, question) }));
  const good = judged
    .filter((entry) => entry.fault === null)
    .sort((a, b) => compareInstants(b.each.givenAt, a.each.givenAt))[0];
  if (good !== undefined) {
    return {
      kind: "permission",
      reason: "consent-express",
      evidenceEventId: good.each.eventId,
      lapsesAt: lapseOf(good.each, question),
    };
  }
  const nearest = [...judged].sort(
    (a, b) =>
      NEARNESS.indexOf(b.fault ?? "consent-missing") - NEARNESS.indexOf(a.fault ?? "consent-missing") ||
      compareInstants(b.each.givenAt, a.each.givenAt),
  )[0];
  return {
    kind: "block",
    reason: nearest?.fault ?? "consent-missing",
    evidenceEventId: nearest?.each.eventId,
  };
}

/** From the farthest miss to the nearest: the reason a marketer can act on is the nearest one. */
const NEARNESS: readonly BlockReason[] = [
  "consent-missing",
  "consent-controller-mismatch",
  "consent-channel-mismatch",
  "consent-purpose-mismatch",
  "consent-not-yet-valid",
  "consent-expired",
  "consent-proof-missing",
  "consent-withdrawn",
];

/** Why one consent does not permit this contact, or null when it does. */
function faultOf(each: ConsentFact, question: Question): BlockReason | null {
  const { campaign } = question.facts;
  if (each.key !== undefined && !isSamePoint(each.key, question)) return "consent-missing";
  if (
    each.controller !== campaign.controller &&
    !(each.namedControllers ?? []).includes(campaign.controller)
  ) {
    return "consent-controller-mismatch";
  }
  if (each.channel !== question.channel) return "consent-channel-mismatch";
  if (each.purpose !== campaign.purpose) return "consent-purpose-mismatch";
  if (each.withdrawnAt !== undefined && compareInstants(each.withdrawnAt, question.now) <= 0)
    return "consent-withdrawn";
  if (compareInstants(each.givenAt, question.now) > 0) return "consent-not-yet-valid";
  if (!isProved(each, question)) return "consent-proof-missing";
  if (compareInstants(lapseOf(each, question), question.now) <= 0) return "consent-expired";
  return null;
}

function isSamePoint(key: string, question: Question): boolean {
  const own = exactKey(question.channel, question.facts.contactPoint);
  return own !== null && exactKey(question.channel, key) === own;
}

/**
 * Who was told what, how and when (GDPR 7(1)). For calls to Germany the document of the phone consent itself is
 * needed: a confirmation by email proves nothing about the number. @source BGH I ZR 164/09; UWG 7a
 */
function isProved(each: ConsentFact, question: Question): boolean {
  const { proof } = each;
  if (proof === undefined) return false;
  if (each.type === "express-written" && proof.signature !== undefined) return true;
  if (proof.method === undefined || proof.method === "csv-column") return false;
  if (
    question.channel === "phone" &&
    question.facts.country === "DE" &&
    proof.method === "email-double-opt-in"
  ) {
    return false;
  }
  return (
    proof.noticeVersion !== undefined &&
    (proof.noticeHash !== undefined || proof.statementShown !== undefined)
  );
}

/** The instant from which this consent no longer counts; exclusive. */
function lapseOf(each: ConsentFact, question: Question): string {
  if (each.expiresAt !== undefined) return each.expiresAt;
  return Temporal.Instant.from(each.givenAt)
    .toZonedDateTimeISO("UTC")
    .add({ months: isThirdParty(question) ? THIRD_PARTY_MONTHS : CONSENT_MONTHS })
    .toInstant()
    .toString({ fractionalSecondDigits: 3 });
}

const isThirdParty = (question: Question): boolean =>
  question.facts.source?.kind === "third-party-named-consent" ||
  question.facts.source?.kind === "purchased-list";

export const CONSENT_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "consent-express",
    citation: "GDPR 4(11), 6(1)(a), 7(1)-(4); ePrivacy 13(1); PECR 22(2)",
    check: consent,
  },
];
