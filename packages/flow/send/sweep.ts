import { inWorkspace, outsideWorkspaces } from "#db/database";
import { readCampaign } from "#db/queries/campaign-state";
import { declareServiceMessagesUnconfirmed, workspacesWithServiceMail } from "#db/queries/service-messages";
import { finishIfDone, hasOpenRecipients, settleSlice } from "#db/queries/slices";
import {
  campaignsToClose,
  campaignsToFinish,
  campaignsToPlan,
  deadSessions,
  declareUnconfirmed,
  endOpenRecipients,
  openSlices,
  returnExpiredPermits,
  slicesToRing,
  workspacesWithWork,
} from "#db/queries/sweep";
import { sweepCalls } from "../calls/sweep-calls.ts";
import { purgeOldSignUps } from "../consent/purge-sign-ups.ts";
import type { FlowDeps } from "../deps.ts";

const RINGS_MAX = 200;

export interface Swept {
  readonly unconfirmed: number;
  readonly returned: number;
  readonly rung: number;
  /** Sign-ups that nobody confirmed in time. */
  readonly purged: number;
}

/**
 * One round of the sweeper: declares what dead workers had on the wire `unconfirmed`, takes expired permits back,
 * ends campaigns that are over, and rings for work that has no live job. Any number of sweepers may run at once;
 * every step is a conditional update, so that a second one finds nothing left to do.
 */
export async function sweep(deps: FlowDeps): Promise<Swept> {
  const swept = { unconfirmed: 0, returned: 0, rung: 0, purged: 0 };
  const dead = await outsideWorkspaces(deps.database, deadSessions);
  for (const { workspaceId, sessionId } of dead) {
    const lost = await inWorkspace(deps.database, workspaceId, (tx) => declareUnconfirmed(tx, sessionId));
    const mail = await inWorkspace(deps.database, workspaceId, (tx) =>
      declareServiceMessagesUnconfirmed(tx, sessionId),
    );
    swept.unconfirmed += lost.length + mail;
  }
  for (const workspaceId of await outsideWorkspaces(deps.database, workspacesWithWork)) {
    swept.unconfirmed += await sweepCalls(deps, workspaceId);
    swept.returned += await inWorkspace(deps.database, workspaceId, returnExpiredPermits);
    await closeCampaigns(deps, workspaceId);
    for (const id of await inWorkspace(deps.database, workspaceId, campaignsToFinish)) {
      await inWorkspace(deps.database, workspaceId, (tx) => finishIfDone(tx, id));
    }
    swept.rung += await ringForWork(deps, workspaceId);
  }
  for (const workspaceId of await outsideWorkspaces(deps.database, workspacesWithServiceMail)) {
    await deps.ring({ kind: "service-mail", workspaceId });
    swept.rung += 1;
  }
  swept.purged = await purgeOldSignUps(deps);
  return swept;
}

/** Ends the open recipients of cancelled campaigns and of those past their end, and settles their slices. */
async function closeCampaigns(deps: FlowDeps, workspaceId: string): Promise<void> {
  const over = await inWorkspace(deps.database, workspaceId, campaignsToClose);
  for (const { id, month, state } of over) {
    await inWorkspace(deps.database, workspaceId, async (tx) => {
      if (month === null) return;
      const isCancelled = state === "cancelled";
      await endOpenRecipients(
        tx,
        id,
        month,
        isCancelled ? "cancelled" : "blocked",
        isCancelled ? "campaign-cancelled" : "campaign-ended",
      );
    });
    await settleCampaign(deps, workspaceId, id);
  }
}

/** Settles every open slice of a campaign and finishes it if nothing is open any more. */
export async function settleCampaign(
  deps: FlowDeps,
  workspaceId: string,
  campaignId: string,
): Promise<boolean> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, campaignId);
    if (campaign === null) return false;
    for (const { slice } of campaign.month === null ? [] : await openSlices(tx, [campaignId])) {
      await settleSlice(tx, campaignId, campaign.month ?? "", slice);
    }
    return finishIfDone(tx, campaignId);
  });
}

async function ringForWork(deps: FlowDeps, workspaceId: string): Promise<number> {
  const { toPlan, slices } = await inWorkspace(deps.database, workspaceId, async (tx) => ({
    toPlan: await campaignsToPlan(tx),
    slices: await slicesToRing(tx, RINGS_MAX),
  }));
  for (const campaignId of toPlan) await deps.ring({ kind: "plan", workspaceId, campaignId });
  let rung = toPlan.length;
  for (const { campaignId, slice } of slices) {
    if (await closeSlice(deps, workspaceId, campaignId, slice)) continue;
    await deps.ring({ kind: "slice", workspaceId, campaignId, slice });
    rung += 1;
  }
  return rung;
}

/** Closes a slice in which everybody has ended; its worker died before it could. False when there is work. */
async function closeSlice(
  deps: FlowDeps,
  workspaceId: string,
  campaignId: string,
  slice: number,
): Promise<boolean> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, campaignId);
    if (campaign === null || campaign.month === null) return false;
    if (await hasOpenRecipients(tx, campaignId, slice)) return false;
    await settleSlice(tx, campaignId, campaign.month, slice);
    await finishIfDone(tx, campaignId);
    return true;
  });
}
