import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { setFrozen } from "#db/queries/campaign-state";
import type { FlowDeps } from "../deps.ts";
import { stopUnderMark } from "./stop-under-mark.ts";

export interface FreezeResult {
  readonly frozen: boolean;
  readonly inFlight: number;
  readonly waitedMs: number;
}

/** Stops all contact of a workspace, on every worker. After `inFlight: 0` nothing is completed until unfrozen. */
export async function freezeWorkspace(
  deps: FlowDeps,
  workspaceId: string,
  actor: string,
): Promise<FreezeResult> {
  const scope = { workspaceId, campaignId: null };
  const { inFlight, waitedMs } = await stopUnderMark(deps, scope, "freeze", async (tx) => {
    if (await setFrozen(tx, workspaceId, true))
      await recordAudit(tx, workspaceId, actor, "workspace-frozen", workspaceId, {});
    return { found: null, stands: true };
  });
  return { frozen: true, inFlight, waitedMs };
}

/** Lets contact go on. Campaigns that were sending continue; every permit given before the freeze is stale. */
export async function unfreezeWorkspace(
  deps: FlowDeps,
  workspaceId: string,
  actor: string,
): Promise<FreezeResult> {
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    if (await setFrozen(tx, workspaceId, false)) {
      await recordAudit(tx, workspaceId, actor, "workspace-unfrozen", workspaceId, {});
    }
  });
  return { frozen: false, inFlight: 0, waitedMs: 0 };
}
