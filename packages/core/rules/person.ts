import type { ConsentFact } from "../facts.ts";
import { hasHours } from "../hours/hours-table.ts";
import { instantMs } from "../instant.ts";
import { type Case, isIn, isPerhaps } from "./case.ts";
import { standingConsent } from "./consent.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

/** The digital age of consent where a member state chose below 16 (GDPR Art. 8(1)) or the law differs; years. */
const DIGITAL_AGE: Readonly<Record<string, number>> = {
  AT: 14,
  BE: 13,
  BG: 14,
  CY: 14,
  CZ: 15,
  DK: 15,
  EE: 13,
  ES: 14,
  FI: 13,
  FR: 15,
  GB: 13,
  GR: 15,
  IT: 14,
  LT: 14,
  LV: 13,
  MT: 13,
  PT: 13,
  SE: 13,
  SI: 15,
  US: 13,
};
const DIGITAL_AGE_DEFAULT = 16;

const ADULT_AGE = 18;
/** California: under 16 nothing is sold or shared without an opt-in; from 13 on the child's own, before a parent's. */
const SHARING_AGE = 16;

function restricted(asked: Case): Finding {
  const since = asked.facts.restrictedSince;
  return since === undefined || instantMs(since) > asked.nowMs
    ? PASS
    : { kind: "block", reason: "processing-restricted" };
}

function minor(asked: Case): Finding {
  const { age, campaign } = asked.facts;
  if (age === undefined || !asked.isMarketing) return PASS;
  // Asked this way round so that an age that is no number counts as too young.
  if (!(age >= ADULT_AGE) && asked.policy.blocksMinorsUnder18 !== false)
    return { kind: "block", reason: "minor-protected" };
  const blocked: Finding = { kind: "block", reason: "minor-protected" };
  if (!(age >= digitalAge(asked)) && !hasConsent(asked, (given) => given.parentalAuthorisation === true))
    return blocked;
  const isShared = isPerhaps(campaign.sharesDataWithThirdParty) && isIn(asked, "US");
  return isShared && !(age >= SHARING_AGE) && !hasConsent(asked, () => true) ? blocked : PASS;
}

/** The highest age of the places whose law has to be kept; an unknown place counts as one that kept 16. */
const digitalAge = (asked: Case): number =>
  Math.max(...asked.places.map(({ country }) => DIGITAL_AGE[country ?? ""] ?? DIGITAL_AGE_DEFAULT));

/** An authorisation that was withdrawn, lapsed or given to somebody else authorises nothing. */
const hasConsent = (asked: Case, isFit: (given: ConsentFact) => boolean): boolean =>
  asked.places.every((place) => standingConsent(asked, place, isFit) !== undefined);

/** Whose law and which clock govern a call has to be known for every place the number and the address point to. */
function unresolvedForPhone(asked: Case): Finding {
  const isKnown = asked.places.every((place) => place.country !== null && hasHours(place.country));
  const hasClock = !asked.isMarketing || (asked.facts.tzCandidates ?? []).length > 0;
  return isKnown && hasClock ? PASS : { kind: "block", reason: "jurisdiction-unresolved" };
}

export const PERSON_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "processing-restricted",
    asks: "Has the use of the person's data been restricted?",
    citation: "GDPR 18(2)",
    reads: ["restrictedSince"],
    check: restricted,
  },
  {
    ...EVERYWHERE,
    id: "minor-protected",
    asks: "Is the person too young to consent, and has no parent agreed?",
    citation: "GDPR 8; Cal. Civ. Code 1798.120(c)",
    reads: ["age", "country"],
    check: minor,
  },
  {
    ...EVERYWHERE,
    id: "jurisdiction-unresolved",
    asks: "Is it known whose law and which clock govern the call?",
    channels: ["phone"],
    confidence: "policy",
    citation: "policy: the strictest profile for unknown places",
    reads: ["country", "region", "tzCandidates"],
    check: unresolvedForPhone,
  },
];
