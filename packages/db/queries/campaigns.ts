import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";
import type { CampaignCircumstances, CampaignContent } from "../schema/campaign.ts";

export interface CampaignDraft {
  readonly id: string;
  readonly name: string;
  readonly channel: "email";
  readonly senderId: string;
  readonly purposeId: string;
  readonly audience: unknown;
  readonly content: CampaignContent;
  /** Undefined: a new draft has none, and one that is changed keeps its own. */
  readonly circumstances?: CampaignCircumstances | undefined;
  readonly ratePerSecond: number | null;
  readonly frequencyCap: { readonly max: number; readonly windowHours: number } | null;
  readonly endsAt: Date | null;
}

/** Inserts a draft; false when sender and purpose do not belong together in this workspace. */
export async function insertCampaign(tx: Tx, workspaceId: string, draft: CampaignDraft): Promise<boolean> {
  const inserted = await tx.execute(sql`
    insert into campaign (id, workspace_id, name, channel, sender_id, purpose_id, state, audience, content,
      circumstances, rate_per_second, frequency_cap_max, frequency_cap_window_hours, ends_at, created_at, updated_at)
    select ${draft.id}, ${workspaceId}, ${draft.name}, ${draft.channel}, p.sender_id, p.id, 'draft',
      ${JSON.stringify(draft.audience)}::jsonb, ${JSON.stringify(draft.content)}::jsonb,
      ${JSON.stringify(draft.circumstances ?? {})}::jsonb, ${draft.ratePerSecond}::numeric, ${draft.frequencyCap?.max ?? null}::int,
      ${draft.frequencyCap?.windowHours ?? null}::int, ${draft.endsAt?.toISOString() ?? null}::timestamptz,
      consentry_now(), consentry_now()
    from purpose p where p.id = ${draft.purposeId}::uuid and p.sender_id = ${draft.senderId}::uuid
    returning id`);
  return inserted.length === 1;
}

/** Replaces what a draft says; false when the campaign is no draft any more or the purpose is not its sender's. */
export async function updateDraft(tx: Tx, draft: CampaignDraft): Promise<boolean> {
  const updated = await tx.execute(sql`
    update campaign c set name = ${draft.name}, sender_id = p.sender_id, purpose_id = p.id,
      audience = ${JSON.stringify(draft.audience)}::jsonb, content = ${JSON.stringify(draft.content)}::jsonb,
      circumstances = coalesce(${stated(draft)}::jsonb, c.circumstances), rate_per_second = ${draft.ratePerSecond}::numeric, frequency_cap_max = ${draft.frequencyCap?.max ?? null}::int,
      frequency_cap_window_hours = ${draft.frequencyCap?.windowHours ?? null}::int,
      ends_at = ${draft.endsAt?.toISOString() ?? null}::timestamptz, version = c.version + 1,
      updated_at = consentry_now()
    from purpose p
    where c.id = ${draft.id}::uuid and c.state = 'draft' and p.id = ${draft.purposeId}::uuid
      and p.sender_id = ${draft.senderId}::uuid
    returning c.id`);
  return updated.length === 1;
}

const stated = ({ circumstances }: CampaignDraft): string | null =>
  circumstances === undefined ? null : JSON.stringify(circumstances);
