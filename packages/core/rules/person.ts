import type { Question } from "../facts.ts";
import { compareInstants } from "../instant.ts";
import { EVERYWHERE, type Finding, isMarketing, PASS, type Rule } from "./rule.ts";

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

function restricted(question: Question): Finding {
  const since = question.facts.restrictedSince;
  return since === undefined || compareInstants(since, question.now) > 0
    ? PASS
    : { kind: "block", reason: "processing-restricted" };
}

function minor(question: Question): Finding {
  const { age, country } = question.facts;
  if (age === undefined || !isMarketing(question)) return PASS;
  const limit = DIGITAL_AGE[country ?? ""] ?? DIGITAL_AGE_DEFAULT;
  if (age >= limit) return PASS;
  const authorised = question.facts.consents?.some((consent) => consent.parentalAuthorisation === true);
  return authorised ? PASS : { kind: "block", reason: "minor-protected" };
}

function unresolvedForPhone(question: Question): Finding {
  return question.channel === "phone" && question.facts.country === null
    ? { kind: "block", reason: "jurisdiction-unresolved" }
    : PASS;
}

export const PERSON_RULES: readonly Rule[] = [
  { ...EVERYWHERE, id: "processing-restricted", citation: "GDPR 18(2)", check: restricted },
  { ...EVERYWHERE, id: "minor-protected", citation: "GDPR 8; Cal. Civ. Code 1798.120(c)", check: minor },
  {
    ...EVERYWHERE,
    id: "jurisdiction-unresolved",
    citation: "policy: the strictest profile for unknown places",
    check: unresolvedForPhone,
  },
];
