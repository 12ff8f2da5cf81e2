import { z } from "zod";
import type { Question } from "#core/facts";
import { QUESTION, toQuestion } from "#flow/evaluate/question-schema";
import { fieldProblems } from "#flow/field-problems";

/** One case of a file: a question, perhaps with a name and the answer it should have. */
export interface EvaluationCase {
  readonly id: string;
  readonly question: Question;
  readonly expected: z.infer<typeof EXPECTED> | null;
}

export type ReadCases =
  | { readonly kind: "cases"; readonly cases: readonly EvaluationCase[] }
  /** One line that says what is wrong, and where. */
  | { readonly kind: "unreadable"; readonly problem: string };

const EXPECTED = z.strictObject({
  verdict: z.enum(["allow", "block", "defer"]).optional(),
  reason: z.string().optional(),
  until: z.string().nullish(),
  failing: z.array(z.string()).optional(),
});

const note = z.string().optional();
/** The question of the API, with what a file of cases says about it. */
const CASE = QUESTION.extend({
  id: z.union([z.string(), z.int()]).optional(),
  expect: EXPECTED.optional(),
  why: note,
  source: note,
  confidence: note,
});

/** Reads one question, an array of cases, or one case a line. */
export function readCases(text: string): ReadCases {
  // An editor may have put a byte order mark in front.
  const documents = parseDocuments(text.replace(/^\uFEFF/, ""));
  if (typeof documents === "string") return { kind: "unreadable", problem: documents };
  if (documents.length === 0) return { kind: "unreadable", problem: "there is no case in it" };
  const cases: EvaluationCase[] = [];
  for (const [place, { value, where }] of documents.entries()) {
    const parsed = CASE.safeParse(value);
    if (!parsed.success) {
      const [first, ...more] = fieldProblems(parsed.error);
      const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
      return { kind: "unreadable", problem: `${where}${first?.path}: ${first?.message}${others}` };
    }
    const { id, expect, channel, now, facts } = parsed.data;
    cases.push({
      id: String(id ?? place + 1),
      question: toQuestion({ channel, now, facts }),
      expected: expect ?? null,
    });
  }
  return { kind: "cases", cases };
}

interface Document {
  readonly value: unknown;
  /** What stands before the path of a problem. */
  readonly where: string;
}

function parseDocuments(text: string): readonly Document[] | string {
  const lines = text.split(/\r?\n/).flatMap((line, place) => (line.trim() === "" ? [] : [{ line, place }]));
  const whole = parse(text);
  if (whole.kind === "value") {
    return Array.isArray(whole.value)
      ? whole.value.map((value: unknown, place) => ({ value, where: `/${place}` }))
      : [{ value: whole.value, where: "" }];
  }
  const [head] = lines;
  // One case a line only where the first line is a case; otherwise it is one document with a mistake in it.
  if (head === undefined || parse(head.line).kind === "fault") return lines.length === 0 ? [] : whole.fault;
  const documents: Document[] = [];
  for (const { line, place } of lines) {
    const parsed = parse(line);
    if (parsed.kind === "fault") return `line ${place + 1}: ${parsed.fault}`;
    documents.push({ value: parsed.value, where: `line ${place + 1}: ` });
  }
  return documents;
}

/** The parser's own message may quote what it read, which may be personal: only the place is kept. */
function parse(text: string): { kind: "value"; value: unknown } | { kind: "fault"; fault: string } {
  try {
    return { kind: "value", value: JSON.parse(text) };
  } catch (error) {
    const place = /at position \d+( \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0];
    return { kind: "fault", fault: `is not JSON${place === undefined ? "" : `, ${place}`}` };
  }
}
