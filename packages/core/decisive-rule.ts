import { checkRule, type Settled } from "./decide.ts";
import type { Question } from "./facts.ts";
import { instantMs } from "./instant.ts";
import { checkBasis, isTried } from "./permission.ts";
import { openCase } from "./rules/case.ts";
import { BASES, RULES_AFTER_PERMISSION, RULES_BEFORE_PERMISSION } from "./rules/catalogue.ts";
import { CONSENT_BASIS } from "./rules/consent.ts";
import type { Basis, Rule } from "./rules/rule.ts";

/**
 * The rule or basis that gave the decision its reason, asked again at the instant that made it; null where no rule
 * did, as when the question could not be opened. Where nothing was claimed at all it is what consent would have been.
 */
export function decisiveRule(question: Question, { decision, at }: Settled): Rule | Basis | null {
  try {
    const asked = openCase({ ...question, now: at }, instantMs(question.now));
    const says = (rule: Rule) => {
      const finding = checkRule(rule, asked);
      return (
        rule.channels.includes(asked.channel) && finding.kind !== "pass" && finding.reason === decision.reason
      );
    };
    const grounds = (basis: Basis) =>
      isTried(basis, asked) &&
      asked.places.some((place) => {
        const finding = checkBasis(basis, asked, place);
        return finding.kind !== "silent" && finding.reason === decision.reason;
      });
    return (
      RULES_BEFORE_PERMISSION.find(says) ??
      BASES.find(grounds) ??
      RULES_AFTER_PERMISSION.find(says) ??
      (decision.reason === "consent-missing" ? CONSENT_BASIS : null)
    );
  } catch {
    return null;
  }
}
