import type { Tx } from "#db/database";
import type { CampaignRow } from "#db/queries/campaign-state";
import { readSpeaker } from "#db/queries/candidates";
import type { CampaignContext } from "./candidate-facts.ts";

/** What is the same for all recipients of a campaign. @throws when sender and purpose do not belong together. */
export async function campaignContext(tx: Tx, campaign: CampaignRow): Promise<CampaignContext> {
  const speaker = await readSpeaker(tx, campaign.senderId, campaign.purposeId);
  if (speaker === null) throw new Error("the campaign's purpose does not belong to its sender");
  return {
    speaker,
    channel: campaign.channel,
    subject: campaign.content?.subject ?? "",
    circumstances: campaign.circumstances,
    frequencyCap:
      campaign.frequencyCapMax === null || campaign.frequencyCapWindowHours === null
        ? null
        : { max: campaign.frequencyCapMax, windowHours: campaign.frequencyCapWindowHours },
  };
}
