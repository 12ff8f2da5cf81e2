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

const VARIANTS_KEPT_MAX = 20;
const variants = new Map<string, Variant>();

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
