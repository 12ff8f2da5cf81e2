import { follow } from "#core/decide";
import type { Decision, FactGroup } from "#core/decision";
import { decisiveRule } from "#core/decisive-rule";
import { type Considered, explain } from "#core/explain";
import type { Question } from "#core/facts";
import { type ReasonText, reasonText } from "#core/reason-text";

/** What `evaluate` answers to one question: the gate's decision, in words and with its source. */
export interface EvaluatedDecision {
  readonly verdict: Decision["verdict"];
  readonly reason: Decision["reason"];
  /** What the reason means, and what would change it. */
  readonly text: ReasonText;
  /** The decisive rule, and where it stands; null where no rule decided. */
  readonly rule: string | null;
  readonly citation: string | null;
  /** When a deferral ends. */
  readonly until: string | null;
  /** When an allow lapses, if it does. */
  readonly validUntil: string | null;
  readonly failing: Decision["failing"];
  readonly notChecked: readonly FactGroup[];
  readonly ruleset: string;
  readonly evidenceEventId: string | null;
  /** Every rule of the channel in the order they were asked; only where an explanation was wished for. */
  readonly considered?: readonly Considered[];
}

/** The gate's answer to a question the caller brings all facts for: the function that the sending gate asks. */
export function answerQuestion(question: Question, wantsExplanation: boolean): EvaluatedDecision {
  const settled = follow(question, null);
  const { decision } = settled;
  const rule = decisiveRule(question, settled);
  return {
    verdict: decision.verdict,
    reason: decision.reason,
    text: reasonText(decision.reason),
    rule: rule?.id ?? null,
    citation: rule?.citation ?? null,
    until: decision.verdict === "defer" ? decision.until : null,
    validUntil: decision.verdict === "allow" ? decision.validUntil : null,
    failing: decision.failing,
    notChecked: decision.notChecked,
    ruleset: decision.ruleset,
    evidenceEventId: decision.evidenceEventId,
    ...(wantsExplanation ? { considered: explain(question, null).considered } : {}),
  };
}
