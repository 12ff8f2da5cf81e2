import { inWorkspace } from "#db/database";
import {
  type CampaignSummary,
  campaignSummary,
  campaignTally,
  optOutFigures,
  recentRate,
  type StateCount,
  type StopFigures,
} from "#db/read-models/campaign-progress";
import type { FlowDeps } from "../deps.ts";

/** How a campaign is going, at one moment. */
export interface CampaignProgress {
  readonly campaign: CampaignSummary;
  readonly asOf: Date;
  readonly recipients: number;
  readonly byState: Readonly<Record<string, number>>;
  readonly blockedByReason: readonly StateCount[];
  readonly perSecond: number;
  /** When it will be through at the present rate; null when that cannot be said. */
  readonly expectedEnd: Date | null;
  readonly optOuts: StopFigures;
}

/** The figures of a campaign's page; null when the workspace has no such campaign. */
export async function campaignProgress(
  deps: FlowDeps,
  ask: { readonly workspaceId: string; readonly campaignId: string },
): Promise<CampaignProgress | null> {
  return inWorkspace(deps.database, ask.workspaceId, async (tx) => {
    const campaign = await campaignSummary(tx, ask.campaignId);
    if (campaign === null) return null;
    const tally = await campaignTally(tx, ask.campaignId, campaign.month);
    const byState: Record<string, number> = {};
    for (const entry of tally) byState[entry.state] = (byState[entry.state] ?? 0) + entry.count;
    const perSecond = campaign.state === "sending" ? await recentRate(tx, ask.campaignId, campaign.month) : 0;
    const open = (byState["planned"] ?? 0) + (byState["permitted"] ?? 0) + (byState["redeemed"] ?? 0);
    const asOf = new Date();
    return {
      campaign,
      asOf,
      recipients: tally.reduce((sum, entry) => sum + entry.count, 0),
      byState,
      blockedByReason: tally.filter((entry) => entry.state === "blocked" || entry.state === "failed"),
      perSecond,
      expectedEnd: perSecond > 0 && open > 0 ? new Date(asOf.getTime() + (open / perSecond) * 1000) : null,
      optOuts: await optOutFigures(tx, ask.campaignId),
    };
  });
}
