import type { Tx } from "#db/database";
import { bumpPolicyEpoch } from "#db/queries/campaign-state";
import type { FlowDeps } from "../deps.ts";
import { stopUnderMark } from "./stop-under-mark.ts";

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
  const scope = { workspaceId, campaignId: null };
  const { found, inFlight, waitedMs } = await stopUnderMark(deps, scope, "policy", async (tx) => {
    const changed = await change(tx);
    if (changed?.didChange) await bumpPolicyEpoch(tx, workspaceId);
    return { found: changed, stands: changed !== null };
  });
  return found === null ? null : { record: found.record, inFlight, waitedMs };
}
