import { isDeepStrictEqual } from "node:util";
import { answerQuestion, type EvaluatedDecision } from "#flow/evaluate/answer-question";
import type { EvaluationCase } from "./read-cases.ts";

/** A case with its answer; `isExpected` is null where nothing was expected. */
export interface Evaluation {
  readonly id: string;
  readonly decision: EvaluatedDecision;
  readonly expected: EvaluationCase["expected"];
  readonly isExpected: boolean | null;
}

/** Asks the gate; what a case does not mention of its answer is not compared. */
export function evaluateCase(
  { id, question, expected }: EvaluationCase,
  wantsExplanation: boolean,
): Evaluation {
  const decision = answerQuestion(question, wantsExplanation);
  const isExpected =
    expected === null
      ? null
      : Object.entries(expected).every(([key, value]) =>
          isDeepStrictEqual(decision[key as keyof EvaluatedDecision], value),
        );
  return { id, decision, expected, isExpected };
}

/** One line for people. */
export function lineOf({ id, decision, expected, isExpected }: Evaluation): string {
  const mark = isExpected === null ? "" : isExpected ? "ok        " : "MISMATCH  ";
  const until = decision.until === null ? "" : ` until ${decision.until}`;
  const wanted = isExpected === false ? `  expected ${JSON.stringify(expected)}` : "";
  const line = `${mark}${id}  ${decision.verdict} ${decision.reason}${until}  ${decision.text.title}  [${decision.citation ?? "no rule"}]${wanted}`;
  // A name with line breaks or escape codes must not look like another case.
  return line.replace(/\p{Cc}+/gu, " ");
}

/** One line for programs. */
export function jsonOf({ id, decision, expected, isExpected }: Evaluation): string {
  return JSON.stringify({
    id,
    ...decision,
    ...(isExpected === null ? {} : { expected, ok: isExpected }),
  });
}
