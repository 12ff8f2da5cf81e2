import { Worker } from "node:worker_threads";
import type { ComposeAnswer, ComposeAsk } from "./compose-thread.ts";
import type { MadeMessage, MessageOrder, VariantSource } from "./message.ts";

/** A whole micro-batch may take this long, one message alone this long; then the thread is ended. */
const BATCH_MS_MAX = 10_000;
const SINGLE_MS_MAX = 1_000;

export interface ComposePool {
  /** Makes messages, in the order asked. A message that cannot be made fails alone. */
  compose(
    variantKey: string,
    source: VariantSource,
    orders: readonly MessageOrder[],
  ): Promise<readonly MadeMessage[]>;
  close(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly known: Set<string>;
  readonly waiting: Map<number, (answer: ComposeAnswer | null) => void>;
  isDead: boolean;
}

/** One composing thread, replaced when a template runs away with it. */
export function startComposePool(): ComposePool {
  let thread = startThread();
  let asks = 0;
  let closed = false;

  const ask = (variantKey: string, source: VariantSource, orders: readonly MessageOrder[], limitMs: number) =>
    new Promise<readonly MadeMessage[] | null>((resolve) => {
      if (thread.isDead && !closed) thread = startThread();
      const asked: Thread = thread;
      const number = asks;
      asks += 1;
      const timer = setTimeout(() => replace(asked), limitMs);
      asked.waiting.set(number, (answer) => {
        clearTimeout(timer);
        asked.waiting.delete(number);
        resolve(answer?.messages ?? null);
      });
      const message: ComposeAsk = {
        ask: number,
        variantKey,
        source: asked.known.has(variantKey) ? null : source,
        orders,
      };
      asked.known.add(variantKey);
      asked.worker.postMessage(message);
    });

  /** Ends a thread that ran away; everyone who waited on it is told to try again alone. */
  const replace = (old: Thread) => {
    old.isDead = true;
    void old.worker.terminate();
    for (const settle of [...old.waiting.values()]) settle(null);
  };

  return {
    compose: async (variantKey, source, orders) => {
      const together = await ask(variantKey, source, orders, BATCH_MS_MAX);
      if (together !== null) return together;
      const alone: MadeMessage[] = [];
      for (const order of orders) {
        const made = await ask(variantKey, source, [order], SINGLE_MS_MAX);
        alone.push(made?.[0] ?? { kind: "failed", reason: "template-too-slow" });
      }
      return alone;
    },
    close: async () => {
      closed = true;
      await thread.worker.terminate();
    },
  };
}

function startThread(): Thread {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./compose-thread.${extension}`, import.meta.url));
  const thread: Thread = { worker, known: new Set(), waiting: new Map(), isDead: false };
  worker.on("message", (answer: ComposeAnswer) => thread.waiting.get(answer.ask)?.(answer));
  worker.on("error", () => {
    thread.isDead = true;
    for (const settle of [...thread.waiting.values()]) settle(null);
  });
  worker.unref();
  return thread;
}
