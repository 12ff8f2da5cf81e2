import { inWorkspace, readClock, type Tx } from "#db/database";
import { bumpPolicyEpoch } from "#db/queries/campaign-state";
import { recordStop, setStopMark } from "#db/queries/stops";
import type { FlowDeps } from "../deps.ts";
import { waitForInFlight } from "./barrier.ts";

/** What a change of policy did: the thing as it is now, and whether anything is different. Null: no such thing. */
export type PolicyChanged<T> = { readonly record: T; readonly didChange: boolean } | null;

export interface PolicyAnswer<T> {
  readonly record: T;
  /** 0: nothing that the old policy allowed is still on the wire. */
  readonly inFlight: number;
  readonly waitedMs: number;
}

/**
 * Makes a change that can alter answers all over the workspace, and answers after the barrier: whatever is completed
 * from then on was allowed by the new policy. A change may loosen or tighten or do both, so each counts as a stop.
 * @param change runs in the transaction that bumps the policy epoch, and writes its own audit entry.
 * @returns null when `change` found nothing to change.
 */
export async function stopByPolicy<T>(
  deps: FlowDeps,
  workspaceId: string,
  change: (tx: Tx) => Promise<PolicyChanged<T>>,
): Promise<PolicyAnswer<T> | null> {
  const startedAt = performance.now();
  const mark = (stopping: boolean) =>
    inWorkspace(deps.database, workspaceId, (tx) =>
      setStopMark(tx, workspaceId, "workspace", workspaceId, stopping),
    );
  // Committed before the row lock is asked for, as every stop does: new sharers would overtake the waiting update.
  await mark(true);
  try {
    const { changed, requestedAt } = await inWorkspace(deps.database, workspaceId, async (tx) => {
      const now = await readClock(tx);
      const result = await change(tx);
      if (result?.didChange) await bumpPolicyEpoch(tx, workspaceId);
      return { changed: result, requestedAt: now };
    });
    if (changed === null) return null;
    // A repeated change still answers after the barrier.
    const barrier = await waitForInFlight(deps.database, workspaceId, { kind: "workspace", workspaceId });
    const waitedMs = performance.now() - startedAt;
    await inWorkspace(deps.database, workspaceId, (tx) =>
      recordStop(tx, workspaceId, {
        kind: "policy",
        gateId: null,
        contactId: null,
        campaignId: null,
        purposeId: null,
        requestedAt,
        waitedMs,
        barrierWaitedMs: barrier.didWait ? barrier.waitedMs : 0,
        inFlight: barrier.inFlight,
      }),
    );
    return { record: changed.record, inFlight: barrier.inFlight, waitedMs };
  } finally {
    await mark(false);
  }
}
