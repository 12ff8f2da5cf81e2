import { startComposingThread, type ThreadOrder } from "./composing-thread.ts";
import type { MadeMessage, MessageOrder, VariantSource } from "./message.ts";

/** Processor time that a whole micro-batch may take, and one message alone; then the thread is ended. */
const LIMITS = { batchCpuMsMax: 10_000, singleCpuMsMax: 1_000 };

export interface ComposePool {
  /**
   * Makes messages, in the order asked. A message that cannot be made fails alone.
   * @throws when the thread ends for a reason that is not the template's.
   */
  compose(
    variantKey: string,
    source: VariantSource,
    orders: readonly MessageOrder[],
  ): Promise<readonly MadeMessage[]>;
  close(): Promise<void>;
}

/** One composing thread, replaced when a template runs away with it. */
export function startComposePool({ batchCpuMsMax, singleCpuMsMax } = LIMITS): ComposePool {
  let thread = startComposingThread();
  let isClosed = false;

  const ask = async (order: ThreadOrder, cpuMsMax: number) => {
    for (;;) {
      if (isClosed) return "died";
      if (thread.isOver()) thread = startComposingThread();
      const made = await thread.make(order, cpuMsMax);
      if (made !== "displaced") return made;
    }
  };

  return {
    compose: async (variantKey, source, orders) => {
      const together = await ask({ variantKey, source, orders }, batchCpuMsMax);
      if (typeof together !== "string") return together;
      const alone: MadeMessage[] = [];
      for (const order of orders) {
        const made = await ask({ variantKey, source, orders: [order] }, singleCpuMsMax);
        if (made === "died") throw new Error("the composing thread ended");
        alone.push(made === "ran-away" ? TOO_SLOW : (made[0] ?? TOO_SLOW));
      }
      return alone;
    },
    close: () => {
      isClosed = true;
      return thread.end();
    },
  };
}

const TOO_SLOW: MadeMessage = { kind: "failed", reason: "template-too-slow" };
