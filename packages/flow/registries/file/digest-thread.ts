import { parentPort, workerData } from "node:worker_threads";
import { type LineRefusal, type Reading, readLines } from "./read-lines.ts";
import { collectRuns, type IndexKey, type Run } from "./runs.ts";

export interface DigestOrder {
  readonly keys: readonly IndexKey[];
  readonly reading: Reading;
}

/** Whole lines to be digested; null: there are no more, and what was collected is to be handed on. */
export type DigestAsk = { readonly chunk: number; readonly lines: Uint8Array } | null;

export type DigestAnswer =
  | {
      readonly kind: "read";
      readonly chunk: number;
      readonly lines: number;
      readonly refused: Readonly<Record<string, number>>;
      /** The first of the refused lines, counted from 1 inside the chunk. */
      readonly refusedLines: readonly { readonly line: number; readonly reason: LineRefusal }[];
    }
  | { readonly kind: "run"; readonly run: Run }
  | { readonly kind: "done" };

/** Of each chunk; of a file no more are kept. */
export const REFUSED_LINES_MAX = 1_000;

/** Reading and digesting millions of numbers is work for a thread: the process beside it answers requests meanwhile. */
if (parentPort !== null && workerData !== null) work(parentPort, workerData as DigestOrder);

function work(port: NonNullable<typeof parentPort>, { keys, reading }: DigestOrder): void {
  const runs = collectRuns(keys, (run) => {
    const answer: DigestAnswer = { kind: "run", run };
    port.postMessage(
      answer,
      run.days === null ? [run.digests.buffer] : [run.digests.buffer, run.days.buffer],
    );
  });
  port.on("message", (ask: DigestAsk) => {
    if (ask === null) {
      runs.flush();
      port.postMessage({ kind: "done" } satisfies DigestAnswer);
      return;
    }
    const refused: Record<string, number> = {};
    const refusedLines: { line: number; reason: LineRefusal }[] = [];
    const lines = readLines(ask.lines, reading, runs.take, (line, reason) => {
      refused[reason] = (refused[reason] ?? 0) + 1;
      if (refusedLines.length < REFUSED_LINES_MAX) refusedLines.push({ line, reason });
    });
    port.postMessage({ kind: "read", chunk: ask.chunk, lines, refused, refusedLines } satisfies DigestAnswer);
  });
}
