import { inWorkspace } from "#db/database";
import { noteSlices, takeUnscreened } from "#db/queries/call-slices";
import { readCampaign } from "#db/queries/campaign-state";
import { readTaken, storeScreening } from "#db/queries/screening";
import { finishIfDone, settleSlice } from "#db/queries/slices";
import type { FlowDeps } from "../deps.ts";
import { judgeRows, screeningResult, withoutPermit } from "../gate/judge-rows.ts";
import { readStandstill } from "../gate/standstill.ts";

const BATCH = 100;

export interface AheadAsk {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly slice: number;
}

/**
 * Asks the gate about people of a phone campaign before an agent does: who may not be called is blocked or deferred with
 * the reason, who may is left `planned` with that answer on record. Nobody gets a permit: agents screen again. So
 * desks find people who may be called, and a campaign ends although nobody asks for those who may not.
 * @param signal aborted when the worker shuts down.
 */
export async function screenAhead(deps: FlowDeps, ask: AheadAsk, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await screenBatch(deps, ask))) {
    // Each turn takes the next people nobody has asked about.
  }
  await inWorkspace(deps.database, ask.workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, ask.campaignId);
    if (campaign === null || campaign.month === null) return;
    const rest = await settleSlice(tx, ask.campaignId, campaign.month, ask.slice);
    if (rest.kind === "done") await finishIfDone(tx, ask.campaignId);
  });
}

/** Returns false when nobody is left to ask about. */
async function screenBatch(deps: FlowDeps, { workspaceId, campaignId, slice }: AheadAsk): Promise<boolean> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    if ((await readStandstill(tx, campaignId)) !== null) return false;
    const campaign = await readCampaign(tx, campaignId);
    if (campaign === null || campaign.month === null) return false;
    const ids = await takeUnscreened(tx, campaignId, slice, BATCH);
    if (ids.length === 0) return false;
    const judged = await judgeRows(tx, deps, campaignId, await readTaken(tx, campaign.month, ids));
    const results = judged.map((each) => withoutPermit(screeningResult(deps, workspaceId, each)));
    await storeScreening(tx, workspaceId, null, results, false);
    await noteSlices(tx, [{ campaignId, slice, hasMoved: true, isResting: false, dueAt: null }]);
    return true;
  });
}
