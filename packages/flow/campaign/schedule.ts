import { inWorkspace, readClock } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { type CampaignState, moveCampaign, readCampaign, setSchedule } from "#db/queries/campaign-state";
import type { FlowDeps } from "../deps.ts";

/** A campaign without an end of its own ends this long after its start. */
const DEFAULT_LENGTH_MS = 7 * 86_400_000;

export interface ScheduleRequest {
  readonly workspaceId: string;
  readonly campaignId: string;
  /** Null: now. */
  readonly at: Date | null;
  readonly actor: string;
}

export type ScheduleResult =
  | { readonly kind: "scheduled"; readonly at: Date; readonly endsAt: Date }
  | { readonly kind: "not-found" }
  | { readonly kind: "wrong-state"; readonly state: CampaignState }
  | { readonly kind: "at-in-the-past" }
  | { readonly kind: "ends-before-start" };

/**
 * Schedules a draft. One transaction; Postgres is the truth and the ring only an alarm clock: should it be lost,
 * the sweeper finds the campaign due.
 */
export async function scheduleCampaign(deps: FlowDeps, request: ScheduleRequest): Promise<ScheduleResult> {
  const { workspaceId, campaignId } = request;
  const result = await inWorkspace(deps.database, workspaceId, async (tx): Promise<ScheduleResult> => {
    const now = await readClock(tx);
    const campaign = await readCampaign(tx, campaignId);
    if (campaign === null) return { kind: "not-found" };
    const at = request.at ?? now;
    const endsAt = campaign.endsAt ?? new Date(at.getTime() + DEFAULT_LENGTH_MS);
    if (at.getTime() < now.getTime() - 60_000) return { kind: "at-in-the-past" };
    if (endsAt <= at) return { kind: "ends-before-start" };
    const moved = await moveCampaign(tx, campaignId, ["draft"], "scheduled");
    if (moved === null) return { kind: "not-found" };
    if (!moved.moved) return { kind: "wrong-state", state: moved.state };
    await setSchedule(tx, campaignId, { at, endsAt, month: `${at.toISOString().slice(0, 7)}-01` });
    await recordAudit(tx, workspaceId, request.actor, "campaign-scheduled", campaignId, {
      at: at.toISOString(),
    });
    return { kind: "scheduled", at, endsAt };
  });
  if (result.kind === "scheduled" && request.at === null) {
    await deps.ring({ kind: "plan", workspaceId, campaignId });
  }
  return result;
}
