import { inWorkspace, readClock, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { type CampaignState, moveCampaign } from "#db/queries/campaign-state";
import { recordStop, setStopMark } from "#db/queries/stops";
import type { FlowDeps } from "../deps.ts";
import { waitForInFlight } from "./barrier.ts";

export interface CampaignCommand {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly actor: string;
}

export type CampaignCommandResult =
  | {
      readonly kind: "done";
      readonly state: CampaignState;
      readonly inFlight: number;
      readonly waitedMs: number;
    }
  | { readonly kind: "wrong-state"; readonly state: CampaignState }
  | { readonly kind: "not-found" };

const STOPPABLE: Record<"paused" | "cancelled", readonly CampaignState[]> = {
  paused: ["sending"],
  cancelled: ["draft", "scheduled", "planning", "sending", "paused"],
};

/** Pauses a sending campaign. After an answer with `inFlight: 0` no further message of it is completed. */
export const pauseCampaign = (deps: FlowDeps, command: CampaignCommand): Promise<CampaignCommandResult> =>
  stopCampaign(deps, command, "paused");

/** Ends a campaign for good: recipients that were not contacted become `cancelled`. A stop with the same barrier. */
export const cancelCampaign = (deps: FlowDeps, command: CampaignCommand): Promise<CampaignCommandResult> =>
  stopCampaign(deps, command, "cancelled");

async function stopCampaign(
  deps: FlowDeps,
  command: CampaignCommand,
  to: "paused" | "cancelled",
): Promise<CampaignCommandResult> {
  const { workspaceId, campaignId } = command;
  const startedAt = performance.now();
  // The mark is committed before the row lock is asked for: workers then stop feeding new `FOR SHARE` locks, which
  // would otherwise overtake the waiting update.
  await inWorkspace(deps.database, workspaceId, (tx) =>
    setStopMark(tx, workspaceId, "campaign", campaignId, true),
  );
  let isMarked = true;
  try {
    const moved = await inWorkspace(deps.database, workspaceId, async (tx) => {
      const requestedAt = await readClock(tx);
      const result = await moveCampaign(tx, campaignId, STOPPABLE[to], to);
      if (result?.moved) await recordAudit(tx, workspaceId, command.actor, `campaign-${to}`, campaignId, {});
      return { result, requestedAt };
    });
    if (moved.result === null) return { kind: "not-found" };
    // A repeated stop still answers after the barrier.
    if (!moved.result.moved && moved.result.state !== to)
      return { kind: "wrong-state", state: moved.result.state };
    const barrier = await waitForInFlight(deps.database, workspaceId, { kind: "campaign", campaignId });
    const waitedMs = performance.now() - startedAt;
    await inWorkspace(deps.database, workspaceId, async (tx) => {
      await recordStop(tx, workspaceId, {
        kind: to === "paused" ? "pause" : "cancel",
        gateId: null,
        contactId: null,
        campaignId,
        purposeId: null,
        requestedAt: moved.requestedAt,
        waitedMs,
        barrierWaitedMs: barrier.didWait ? barrier.waitedMs : 0,
        inFlight: barrier.inFlight,
      });
      await setStopMark(tx, workspaceId, "campaign", campaignId, false);
    });
    isMarked = false;
    return { kind: "done", state: to, inFlight: barrier.inFlight, waitedMs };
  } finally {
    if (isMarked) {
      await inWorkspace(deps.database, workspaceId, (tx) =>
        setStopMark(tx, workspaceId, "campaign", campaignId, false),
      );
    }
  }
}

/** Lets a paused campaign go on. Nothing is sent by this call: workers screen everyone anew. */
export async function resumeCampaign(
  deps: FlowDeps,
  command: CampaignCommand,
): Promise<CampaignCommandResult> {
  return inWorkspace(deps.database, command.workspaceId, (tx) => resumed(tx, command));
}

async function resumed(tx: Tx, command: CampaignCommand): Promise<CampaignCommandResult> {
  const result = await moveCampaign(tx, command.campaignId, ["paused"], "sending");
  if (result === null) return { kind: "not-found" };
  if (!result.moved) return { kind: "wrong-state", state: result.state };
  await recordAudit(tx, command.workspaceId, command.actor, "campaign-resumed", command.campaignId, {});
  return { kind: "done", state: result.state, inFlight: 0, waitedMs: 0 };
}
