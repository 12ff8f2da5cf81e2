import { inWorkspace, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { type CampaignState, moveCampaign } from "#db/queries/campaign-state";
import type { FlowDeps } from "../deps.ts";
import { stopUnderMark } from "./stop-under-mark.ts";

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
  const { workspaceId, campaignId, actor } = command;
  const kind = to === "paused" ? "pause" : "cancel";
  const scope = { workspaceId, campaignId };
  const { found, stands, inFlight, waitedMs } = await stopUnderMark(deps, scope, kind, async (tx) => {
    const moved = await moveCampaign(tx, campaignId, STOPPABLE[to], to);
    if (moved?.moved) await recordAudit(tx, workspaceId, actor, `campaign-${to}`, campaignId, {});
    return { found: moved, stands: moved !== null && (moved.moved || moved.state === to) };
  });
  if (found === null) return { kind: "not-found" };
  if (!stands) return { kind: "wrong-state", state: found.state };
  return { kind: "done", state: to, inFlight, waitedMs };
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
