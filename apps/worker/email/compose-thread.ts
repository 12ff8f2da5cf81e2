import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import {
  compileVariant,
  type MadeMessage,
  type MessageOrder,
  makeMessage,
  type Variant,
  type VariantSource,
} from "./message.ts";

/** What the composing thread is asked, and what it answers; `ask` pairs them. */
export interface ComposeAsk {
  readonly ask: number;
  readonly variantKey: string;
  /** Sent with the first ask for a variant; the thread keeps it. */
  readonly source: VariantSource | null;
  readonly orders: readonly MessageOrder[];
}
export interface ComposeAnswer {
  readonly ask: number;
  readonly messages: readonly MadeMessage[];
}
/** The thread's first word, when its code is loaded, and then its answers. */
export type ComposeReport = "ready" | ComposeAnswer;

/** Nice value of the composing thread. */
const NICENESS = 10;
const VARIANTS_KEPT_MAX = 20;
const variants = new Map<string, Variant>();

yieldToOthers();

/**
 * What is on the wire goes before what may be sent later: a stop waits for the first alone, and on a busy machine the
 * messages of the next batch would take the processors from it. Linux sets priorities by thread, other systems do not.
 */
function yieldToOthers(): void {
  if (process.platform !== "linux") return;
  setPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1)), NICENESS);
}

/**
 * Templates are run in a thread of their own: one that never ends can then be ended with its thread, and composing
 * and signing use the second core while the main thread talks to servers.
 */
parentPort?.on("message", (asked: ComposeAsk) => {
  if (asked.source !== null) {
    for (const key of [...variants.keys()].slice(0, Math.max(0, variants.size - VARIANTS_KEPT_MAX)))
      variants.delete(key);
    variants.set(asked.variantKey, compileVariant(asked.source));
  }
  const variant = variants.get(asked.variantKey);
  if (variant === undefined) throw new Error("asked for a variant this thread was never given");
  const messages = asked.orders.map((order) => makeMessage(variant, order));
  const answer: ComposeAnswer = { ask: asked.ask, messages };
  parentPort?.postMessage(
    answer,
    messages.flatMap((message) => (message.kind === "made" ? [message.bytes.buffer as ArrayBuffer] : [])),
  );
});
parentPort?.postMessage("ready" satisfies ComposeReport);
