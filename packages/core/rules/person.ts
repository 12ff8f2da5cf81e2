import { hasHours } from "../hours/hours-table.ts";
import { instantMs } from "../instant.ts";
import type { Case } from "./case.ts";
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
/** California: under 16 nothing is sold or shared without the child's or a parent's opt-in. */
const SHARING_AGE = 16;

function restricted(asked: Case): Finding {
  const since = asked.facts.restrictedSince;
  return since === undefined || instantMs(since) > asked.nowMs
    ? PASS
    : { kind: "block", reason: "processing-restricted" };
}

function minor(asked: Case): Finding {
  const { age, country, campaign, consents } = asked.facts;
  if (age === undefined || !asked.isMarketing) return PASS;
  if (age < ADULT_AGE && asked.policy.blocksMinorsUnder18)
    return { kind: "block", reason: "minor-protected" };
  const digital = DIGITAL_AGE[country ?? ""] ?? DIGITAL_AGE_DEFAULT;
  const limit = campaign.sharesDataWithThirdParty === true ? Math.max(digital, SHARING_AGE) : digital;
  if (age >= limit) return PASS;
  const isAuthorised = consents?.some((consent) => consent.parentalAuthorisation === true);
  return isAuthorised ? PASS : { kind: "block", reason: "minor-protected" };
}

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
