import { readFileSync } from "node:fs";
import type { Question } from "#core/facts";

/** A published case: a question, and what the gate has to answer. */
export interface Vector {
  readonly id: string;
  readonly question: Question;
  readonly expect: { readonly verdict: string; readonly reason: string; readonly until?: string };
}

export const VECTORS_FILE = "tests/core/data/vectors.json";

/** The published cases, as questions that can be sent. */
export function vectors(): Vector[] {
  const read = JSON.parse(readFileSync(VECTORS_FILE, "utf8")) as (Question & Omit<Vector, "question">)[];
  return read.map(({ id, channel, now, facts, expect }) => ({
    id,
    question: { channel, now, facts },
    expect,
  }));
}
