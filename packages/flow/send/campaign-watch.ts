import { inWorkspace } from "#db/database";
import { campaignsSending } from "#db/queries/campaign-state";
import type { FlowDeps } from "../deps.ts";

const POLL_MS = 150;

/**
 * Knows which campaigns may be fed to the lanes. A hint that makes pauses quick and cheap: whether a message is
 * completed is decided by the redeem alone, so a late answer here costs a refused hand-over and nothing else.
 */
export interface CampaignWatch {
  /** Starts watching a campaign; call the answer when done. */
  follow(workspaceId: string, campaignId: string): () => void;
  isSending(campaignId: string): boolean;
  /** Stops feeding at once, until the next look: somebody has seen a stop coming before this watch did. */
  hold(campaignId: string): void;
  stop(): void;
}

interface Followed {
  readonly workspaceId: string;
  followers: number;
  sending: boolean;
}

export function startCampaignWatch(deps: FlowDeps, onError: (error: unknown) => void): CampaignWatch {
  const followed = new Map<string, Followed>();
  let looking = false;

  const look = async () => {
    if (looking || followed.size === 0) return;
    looking = true;
    try {
      await refresh(deps, followed);
    } catch (error) {
      onError(error);
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), POLL_MS);
  timer.unref();

  return {
    follow: (workspaceId, campaignId) => {
      const entry = followed.get(campaignId) ?? { workspaceId, followers: 0, sending: true };
      entry.followers += 1;
      if (entry.followers === 1) entry.sending = true;
      followed.set(campaignId, entry);
      return () => {
        entry.followers -= 1;
        if (entry.followers === 0) followed.delete(campaignId);
      };
    },
    isSending: (campaignId) => followed.get(campaignId)?.sending ?? false,
    hold: (campaignId) => {
      const entry = followed.get(campaignId);
      if (entry !== undefined) entry.sending = false;
    },
    stop: () => clearInterval(timer),
  };
}

async function refresh(deps: FlowDeps, followed: Map<string, Followed>): Promise<void> {
  const byWorkspace = Map.groupBy(followed.entries(), ([, entry]) => entry.workspaceId);
  for (const [workspaceId, entries] of byWorkspace) {
    const ids = entries.map(([campaignId]) => campaignId);
    const sending = await inWorkspace(deps.database, workspaceId, (tx) => campaignsSending(tx, ids));
    for (const [campaignId, entry] of entries) entry.sending = sending.has(campaignId);
  }
}
