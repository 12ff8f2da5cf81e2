import type { Tx } from "#db/database";
import { campaignVersions } from "#db/queries/screening";

/** Why nobody of a campaign is contacted at all just now; null: they are. */
export const readStandstill = async (tx: Tx, campaignId: string): Promise<string | null> =>
  standstillOf(await campaignVersions(tx, campaignId));

/** @param campaign null: there is none. */
export function standstillOf(
  campaign: { readonly state: string; readonly frozen: boolean } | null,
): string | null {
  if (campaign === null) return "campaign-ended";
  if (campaign.frozen) return "workspace-frozen";
  return campaign.state === "sending" ? null : `campaign-${campaign.state}`;
}
