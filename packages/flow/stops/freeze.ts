import { inWorkspace, readClock } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { setFrozen } from "#db/queries/campaign-state";
import { recordStop, setStopMark } from "#db/queries/stops";
import type { FlowDeps } from "../deps.ts";
import { waitForInFlight } from "./barrier.ts";

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
  const startedAt = performance.now();
  await inWorkspace(deps.database, workspaceId, (tx) =>
    setStopMark(tx, workspaceId, "workspace", workspaceId, true),
  );
  let isMarked = true;
  try {
    const requestedAt = await inWorkspace(deps.database, workspaceId, async (tx) => {
      const now = await readClock(tx);
      if (await setFrozen(tx, workspaceId, true)) {
        await recordAudit(tx, workspaceId, actor, "workspace-frozen", workspaceId, {});
      }
      return now;
    });
    const barrier = await waitForInFlight(deps.database, workspaceId, { kind: "workspace", workspaceId });
    const waitedMs = performance.now() - startedAt;
    await inWorkspace(deps.database, workspaceId, async (tx) => {
      await recordStop(tx, workspaceId, {
        kind: "freeze",
        gateId: null,
        contactId: null,
        campaignId: null,
        purposeId: null,
        requestedAt,
        waitedMs,
        barrierWaitedMs: barrier.didWait ? barrier.waitedMs : 0,
        inFlight: barrier.inFlight,
      });
      await setStopMark(tx, workspaceId, "workspace", workspaceId, false);
    });
    isMarked = false;
    return { frozen: true, inFlight: barrier.inFlight, waitedMs };
  } finally {
    if (isMarked) {
      await inWorkspace(deps.database, workspaceId, (tx) =>
        setStopMark(tx, workspaceId, "workspace", workspaceId, false),
      );
    }
  }
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
