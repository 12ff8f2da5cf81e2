import { setTimeout as sleep } from "node:timers/promises";

export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
  readonly elapsedSeconds: number;
}

/**
 * Makes calls at a fixed rate, whatever the answers take: a slow answer delays no later call, and the time a call
 * had to wait for its turn counts.
 */
export async function openLoop(
  perSecond: number,
  calls: readonly (() => Promise<void>)[],
): Promise<Latencies> {
  const startedAt = performance.now();
  const latencies = await Promise.all(
    calls.map(async (call, place) => {
      const dueAt = startedAt + (place * 1000) / perSecond;
      await sleep(Math.max(0, dueAt - performance.now()));
      await call();
      return performance.now() - dueAt;
    }),
  );
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    slowestMs: sorted.at(-1) ?? 0,
    elapsedSeconds: (performance.now() - startedAt) / 1000,
  };
}

export async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(100);
  }
  throw new Error(`${url} does not answer`);
}
