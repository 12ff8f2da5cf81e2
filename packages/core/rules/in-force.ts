import { instantMs } from "../instant.ts";

interface Dated {
  readonly effectiveFrom: string | null;
  readonly effectiveTo: string | null;
}

/** The dates of a rule are read once: every decision asks for them. */
const read = new WeakMap<Dated, { readonly fromMs: number; readonly toMs: number }>();

/** True while a rule is law: from its first instant up to, and not including, its last. */
export function isInForce(rule: Dated, nowMs: number): boolean {
  if (rule.effectiveFrom === null && rule.effectiveTo === null) return true;
  let dates = read.get(rule);
  if (dates === undefined) {
    dates = {
      fromMs: rule.effectiveFrom === null ? Number.NEGATIVE_INFINITY : instantMs(rule.effectiveFrom),
      toMs: rule.effectiveTo === null ? Number.POSITIVE_INFINITY : instantMs(rule.effectiveTo),
    };
    read.set(rule, dates);
  }
  return dates.fromMs <= nowMs && nowMs < dates.toMs;
}
