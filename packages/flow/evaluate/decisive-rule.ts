import { checkRule, decide } from "#core/decide";
import type { Decision } from "#core/decision";
import type { Question } from "#core/facts";
import { instantMs } from "#core/instant";
import { checkBasis, isTried } from "#core/permission";
import { type Case, openCase } from "#core/rules/case";
import { BASES, RULES_AFTER_PERMISSION, RULES_BEFORE_PERMISSION } from "#core/rules/catalogue";
import type { Basis, Rule } from "#core/rules/rule";

const RULES = [...RULES_BEFORE_PERMISSION, ...RULES_AFTER_PERMISSION];
/** As many as the core follows a deferral. */
const STEPS_MAX = 64;

/**
 * The rule or basis that gave the decision its reason, asked again with the core's own functions; null where no rule
 * did, as when the question could not be opened. A block that a deferral would run into is looked for at the instant
 * it would come.
 */
export function decisiveRule(question: Question, decision: Decision): Rule | Basis | null {
  let asked: Case;
  try {
    asked = openCase(question, null);
  } catch {
    return null;
  }
  return ruleThatSays(decision, asked) ?? ruleMetLater(question, decision) ?? ruleNamedFor(decision) ?? null;
}

function ruleThatSays({ reason }: Decision, asked: Case): Rule | Basis | undefined {
  return (
    RULES.find((rule) => {
      if (!rule.channels.includes(asked.channel)) return false;
      const finding = checkRule(rule, asked);
      return finding.kind !== "pass" && finding.reason === reason;
    }) ??
    BASES.find(
      (basis) =>
        isTried(basis, asked) &&
        asked.places.some((place) => {
          const finding = checkBasis(basis, asked, place);
          return finding.kind !== "silent" && finding.reason === reason;
        }),
    )
  );
}

function ruleMetLater(question: Question, decision: Decision): Rule | Basis | undefined {
  if (decision.verdict !== "block") return undefined;
  let current = decide(question);
  for (let step = 0; step < STEPS_MAX && current.verdict === "defer"; step += 1) {
    const then = { ...question, now: current.until };
    const found = ruleThatSays(decision, openCase(then, instantMs(question.now)));
    if (found !== undefined) return found;
    current = decide(then);
  }
  return undefined;
}

/** Where nothing was claimed at all, the reason's own rule, or what consent would have had to be. */
function ruleNamedFor({ reason }: Decision): Rule | Basis | undefined {
  if (reason === "consent-missing" || reason === "pewc-missing")
    return BASES.find((basis) => basis.id === "consent-express");
  return RULES.find((rule) => rule.id === reason);
}
