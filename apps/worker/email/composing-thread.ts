import { Worker } from "node:worker_threads";
import type { ComposeAsk, ComposeReport } from "./compose-thread.ts";
import type { MadeMessage, MessageOrder, VariantSource } from "./message.ts";

const LOOK_EVERY_MS = 50;
/** A thread that cannot even tell what it has used is given up after this long. */
const SILENT_MS_MAX = 60_000;

/**
 * An ask that came to nothing: it used more than it may, it waited behind one that did, or the thread ended for a reason
 * of the system's.
 */
export type Lost = "ran-away" | "displaced" | "died";

/** A thread that makes messages one ask after the other, ended when one of them runs away with it. */
export interface ComposingThread {
  /** @param cpuMsMax processor time this ask may use; waiting for a processor costs it nothing. */
  make(order: ThreadOrder, cpuMsMax: number): Promise<readonly MadeMessage[] | Lost>;
  /** True when the thread is over: another one is needed. */
  isOver(): boolean;
  end(): Promise<void>;
}

export interface ThreadOrder {
  readonly variantKey: string;
  readonly source: VariantSource;
  readonly orders: readonly MessageOrder[];
}

interface Waiting {
  readonly cpuMsMax: number;
  readonly settle: (answer: readonly MadeMessage[] | Lost) => void;
}

export function startComposingThread(): ComposingThread {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./compose-thread.${extension}`, import.meta.url));
  worker.unref();
  /** By number, in the order in which the thread takes them. */
  const waiting = new Map<number, Waiting>();
  const known = new Set<string>();
  let asks = 0;
  let isOver = false;
  let isReady = false;

  const giveUp = (why: Lost) => {
    isOver = true;
    clearInterval(looking);
    void worker.terminate();
    const [current, ...behind] = waiting.values();
    waiting.clear();
    current?.settle(why);
    for (const { settle } of behind) settle(why === "ran-away" ? "displaced" : why);
  };

  /** What the thread had used, and when it was heard of, when it took what it works on now. */
  let turn = { ask: -1, cpuMs: 0, heardAtMs: performance.now() };
  const look = async () => {
    const [current] = waiting;
    if (current === undefined || isOver) return;
    const [ask, { cpuMsMax }] = current;
    if (turn.ask !== ask) turn = { ...turn, ask, heardAtMs: performance.now() };
    else if (performance.now() - turn.heardAtMs > SILENT_MS_MAX) return giveUp("died");
    const isFirstLook = turn.cpuMs === 0;
    const { user, system } = await worker.cpuUsage();
    const cpuMs = (user + system) / 1_000;
    if (isOver || turn.ask !== ask) return;
    turn = { ask, cpuMs: isFirstLook || !isReady ? cpuMs : turn.cpuMs, heardAtMs: performance.now() };
    if (cpuMs - turn.cpuMs > cpuMsMax) giveUp("ran-away");
  };
  const looking = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  looking.unref();

  worker.on("message", (report: ComposeReport) => {
    turn = { ask: -1, cpuMs: 0, heardAtMs: performance.now() };
    if (report === "ready") {
      isReady = true;
      return;
    }
    waiting.get(report.ask)?.settle(report.messages);
    waiting.delete(report.ask);
  });
  worker.on("error", (error) => giveUp(isOutOfMemory(error) ? "ran-away" : "died"));
  worker.on("exit", () => giveUp("died"));

  return {
    isOver: () => isOver,
    make: ({ variantKey, source, orders }, cpuMsMax) =>
      new Promise((resolve) => {
        const ask = asks;
        asks += 1;
        waiting.set(ask, { cpuMsMax, settle: resolve });
        const message: ComposeAsk = {
          ask,
          variantKey,
          source: known.has(variantKey) ? null : source,
          orders,
        };
        known.add(variantKey);
        worker.postMessage(message);
      }),
    end: async () => giveUp("died"),
  };
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
