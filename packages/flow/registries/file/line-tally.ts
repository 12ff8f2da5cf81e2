import type { RefusedLine } from "#db/queries/registry-imports";
import type { ReadAnswer } from "./digest-pool.ts";
import { REFUSED_LINES_MAX } from "./digest-thread.ts";

/** Counts lines over chunks that come back in any order, and numbers the refused ones as in the file. */
export function lineTally() {
  const linesOf: number[] = [];
  const refusedByReason: Record<string, number> = {};
  const refused: { readonly chunk: number; readonly line: number; readonly reason: string }[] = [];
  let skipped = 0;
  let rows = 0;
  return {
    /** Lines before the first chunk. */
    begin: (lines: number) => {
      skipped = lines;
    },
    add: (answer: ReadAnswer) => {
      linesOf[answer.chunk] = answer.lines;
      rows += answer.lines;
      for (const [reason, count] of Object.entries(answer.refused))
        refusedByReason[reason] = (refusedByReason[reason] ?? 0) + count;
      const room = REFUSED_LINES_MAX - refused.length;
      for (const line of answer.refusedLines.slice(0, room)) refused.push({ chunk: answer.chunk, ...line });
    },
    /** Chunks that are still being read count as empty: line numbers are final when all have come. */
    soFar: () => {
      const firsts: number[] = [];
      let before = skipped;
      for (let chunk = 0; chunk < linesOf.length; chunk += 1) {
        firsts.push(before);
        before += linesOf[chunk] ?? 0;
      }
      const refusedLines: RefusedLine[] = refused
        .map(({ chunk, line, reason }) => ({ line: (firsts[chunk] ?? 0) + line, reason }))
        .sort((one, other) => one.line - other.line);
      return { rows, refusedByReason: { ...refusedByReason }, refusedLines };
    },
  };
}
