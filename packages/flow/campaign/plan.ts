import { inWorkspace } from "#db/database";
import { compileAudience } from "#db/queries/audience";
import { finishPlan, startPlan } from "#db/queries/campaign-plan";
import { moveCampaign, readCampaign } from "#db/queries/campaign-state";
import { startPace } from "#db/queries/pace";
import { ensureMonth, planRecipients } from "#db/queries/plan";
import { finishIfDone } from "#db/queries/slices";
import type { FlowDeps } from "../deps.ts";

export type PlanResult =
  | { readonly kind: "planned"; readonly recipients: number; readonly slices: readonly number[] }
  /** Not due, already planned, or stopped meanwhile: nothing to do. */
  | { readonly kind: "nothing-to-do" };

/**
 * Plans a scheduled campaign's audience and lets it send. Ringing twice or crashing half-way changes nothing: the
 * audience is planned in one transaction that first claims the plan row.
 */
export async function planCampaign(
  deps: FlowDeps,
  request: { readonly workspaceId: string; readonly campaignId: string },
): Promise<PlanResult> {
  const { workspaceId, campaignId } = request;
  const month = await inWorkspace(deps.database, workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, campaignId);
    if (campaign?.state === "planning") return campaign.month;
    if (campaign?.state !== "scheduled") return null;
    const moved = await moveCampaign(tx, campaignId, ["scheduled"], "planning");
    return moved?.moved === true ? campaign.month : null;
  });
  if (month === null) return { kind: "nothing-to-do" };
  await inWorkspace(deps.database, workspaceId, (tx) => ensureMonth(tx, month));
  const result = await inWorkspace(deps.database, workspaceId, async (tx): Promise<PlanResult> => {
    if (!(await startPlan(tx, workspaceId, campaignId))) return { kind: "nothing-to-do" };
    const campaign = await readCampaign(tx, campaignId);
    if (campaign === null) return { kind: "nothing-to-do" };
    const recipients = await planRecipients(tx, {
      workspaceId,
      campaignId,
      month,
      channel: campaign.channel,
      purposeId: campaign.purposeId,
      audience: compileAudience(campaign.audience),
    });
    await startPace(tx, workspaceId, campaignId);
    const slices = await finishPlan(tx, campaignId, recipients);
    const moved = await moveCampaign(tx, campaignId, ["planning"], "sending");
    // Cancelled meanwhile: nothing of this plan may stay behind.
    if (moved?.moved !== true) return tx.rollback();
    // An audience of nobody is finished at once; it must not wait for a slice that does not exist.
    await finishIfDone(tx, campaignId);
    return { kind: "planned", recipients, slices };
  });
  if (result.kind === "planned") {
    await Promise.all(
      result.slices.map((slice) => deps.ring({ kind: "slice", workspaceId, campaignId, slice })),
    );
  }
  return result;
}
