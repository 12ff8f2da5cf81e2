import { setTimeout as sleep } from "node:timers/promises";
import { type Database, inWorkspace } from "#db/database";
import { countInFlight, type InFlightScope } from "#db/queries/in-flight";

/** A stop answers after this long even when something is still on the wire; it then says how much. */
const BARRIER_MAX_MS = 1_000;
const POLL_FIRST_MS = 2;
const POLL_MAX_MS = 20;

export interface BarrierResult {
  /** Contacts still on the wire when the wait ended; 0 means that the stop is final. */
  readonly inFlight: number;
  readonly waitedMs: number;
  /** True when the first look found something on the wire. */
  readonly didWait: boolean;
}

/**
 * Waits until nothing in this scope is on the wire. Call it after the stop's commit: each look is a new statement
 * with a newer snapshot, so a redeem it does not see will find the new version and be refused.
 */
export async function waitForInFlight(
  database: Database,
  workspaceId: string,
  scope: InFlightScope,
): Promise<BarrierResult> {
  const startedAt = performance.now();
  let pollMs = POLL_FIRST_MS;
  let didWait = false;
  for (;;) {
    const inFlight = await inWorkspace(database, workspaceId, (tx) => countInFlight(tx, scope));
    const waitedMs = performance.now() - startedAt;
    if (inFlight === 0 || waitedMs >= BARRIER_MAX_MS) return { inFlight, waitedMs, didWait };
    didWait = true;
    await sleep(pollMs);
    pollMs = Math.min(pollMs * 2, POLL_MAX_MS);
  }
}
