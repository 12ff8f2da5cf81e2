import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { DigestAnswer, DigestAsk, DigestOrder } from "./digest-thread.ts";
import type { Run } from "./runs.ts";

const THREADS_MAX = 4;
/** Chunks a thread may have before it: one it works on, one that waits. */
const CHUNKS_WAITING_MAX = 2;

export type ReadAnswer = Extract<DigestAnswer, { kind: "read" }>;

export interface DigestPool {
  /** Resolves when there is room for more. */
  add(chunk: number, lines: Uint8Array): Promise<void>;
  /** Resolves when every run has been taken. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly done: PromiseWithResolvers<void>;
  waiting: number;
}

/**
 * Threads that digest the lines of one file. A second one starts when the first cannot keep up.
 * @param takeRun is not called again before it resolves; meanwhile `add` waits.
 */
export function startDigestPool(
  order: DigestOrder,
  onRead: (answer: ReadAnswer) => void,
  takeRun: (run: Run) => Promise<void>,
): DigestPool {
  const threads: Thread[] = [];
  const threadsMax = Math.min(THREADS_MAX, availableParallelism());
  let taking: Promise<void> = Promise.resolve();
  let runsWaiting = 0;
  let fault: Error | null = null;
  let wake: () => void = () => undefined;

  const fail = (error: unknown) => {
    fault ??= error instanceof Error ? error : new Error("a thread of an import ended", { cause: error });
    for (const thread of threads) thread.done.resolve();
    wake();
  };
  const start = (): Thread => {
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const worker = new Worker(new URL(`./digest-thread.${extension}`, import.meta.url), {
      workerData: order,
      // Garbage of a few chunks; left to itself a thread lets it grow to many times that.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    const thread: Thread = { worker, done: Promise.withResolvers<void>(), waiting: 0 };
    worker.on("message", (answer: DigestAnswer) => {
      switch (answer.kind) {
        case "read":
          thread.waiting -= 1;
          onRead(answer);
          break;
        case "run":
          runsWaiting += 1;
          taking = taking
            .then(() => takeRun(answer.run))
            .then(() => {
              runsWaiting -= 1;
              wake();
            }, fail);
          break;
        case "done":
          thread.done.resolve();
          break;
        default:
          answer satisfies never;
      }
      wake();
    });
    worker.on("error", fail);
    threads.push(thread);
    return thread;
  };
  const room = (): Thread | null => {
    if (runsWaiting > threads.length) return null;
    const least = threads.reduce<Thread | null>(
      (best, each) => (best === null || each.waiting < best.waiting ? each : best),
      null,
    );
    if (least !== null && least.waiting < CHUNKS_WAITING_MAX) return least;
    return threads.length < threadsMax ? start() : null;
  };
  const demandHealth = () => {
    if (fault !== null) throw fault;
  };
  return {
    add: async (chunk, lines) => {
      for (;;) {
        demandHealth();
        const thread = room();
        if (thread !== null) {
          thread.waiting += 1;
          thread.worker.postMessage({ chunk, lines } satisfies DigestAsk, [lines.buffer as ArrayBuffer]);
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    finish: async () => {
      for (const { worker } of threads) worker.postMessage(null satisfies DigestAsk);
      await Promise.all(threads.map((thread) => thread.done.promise));
      await taking;
      demandHealth();
    },
    close: async () => {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
