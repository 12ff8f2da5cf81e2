import type { Tx } from "#db/database";
import { HAND_OVER_SECONDS } from "#db/queries/slices";
import type { AuditEntry } from "#db/read-models/audit-trail";
import { handOverCounts } from "#db/read-models/campaign-rate";
import type { CampaignProgress } from "#flow/campaign/progress";
import type { Pause, RateModel } from "../pages/console/campaign-rate.tsx";

/** More points than that cannot be told apart on the page. */
const POINTS_MAX = 120;

/** The rate over the whole send; null before it began. */
export async function rateModel(
  tx: Tx,
  { campaign, asOf, perSecond }: CampaignProgress,
  trail: readonly AuditEntry[],
): Promise<RateModel | null> {
  if (campaign.startedAt === null) return null;
  const cancelled = trail.find((entry) => entry.action === "campaign-cancelled")?.at ?? null;
  const to = campaign.finishedAt ?? cancelled ?? asOf;
  const seconds = Math.max(1, (to.getTime() - campaign.startedAt.getTime()) / 1000);
  const stepSeconds = Math.max(1, Math.ceil(seconds / POINTS_MAX / HAND_OVER_SECONDS)) * HAND_OVER_SECONDS;
  return {
    counts: await handOverCounts(tx, campaign.id, campaign.month, stepSeconds),
    stepSeconds,
    from: campaign.startedAt,
    to,
    isRunning: to === asOf,
    limitPerSecond: campaign.ratePerSecond,
    perSecond,
    pauses: pausesOf(trail, campaign.startedAt),
  };
}

const ENDS: Readonly<Record<string, string>> = {
  "campaign-paused": "campaign-resumed",
  "workspace-frozen": "workspace-unfrozen",
};

/** The pauses and freezes of a trail (newest first), oldest first. */
function pausesOf(trail: readonly AuditEntry[], since: Date): readonly Pause[] {
  const entries = [...trail].reverse();
  return entries.flatMap((entry, place) => {
    const end = ENDS[entry.action];
    if (end === undefined || entry.at < since) return [];
    const over = entries
      .slice(place)
      .find((later) => later.action === end || later.action === "campaign-cancelled");
    const word = entry.action === "campaign-paused" ? "paused" : "frozen";
    return [{ word, from: entry.at, to: over?.at ?? null } satisfies Pause];
  });
}
