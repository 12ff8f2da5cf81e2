import type { Case } from "./case.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";
import { isKnownKind } from "./suppression.ts";

/** Nobody can say to whom a contact point belongs that is no address or number, or what an unknown entry forbids. */
function readable(asked: Case): Finding {
  const isSound =
    asked.pointKey !== null && (asked.facts.suppressions ?? []).every((entry) => isKnownKind(entry.kind));
  return isSound ? PASS : { kind: "block", reason: "facts-unreadable" };
}

export const READABLE_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "facts-unreadable",
    asks: "Can the contact point and every entry about it be read?",
    citation: "policy: what cannot be read is never an allow",
    confidence: "policy",
    reads: ["contactPoint", "suppressions"],
    check: readable,
  },
];
