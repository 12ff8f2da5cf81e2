import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";
import type { CallPlan } from "../schema/call.ts";
import type { CampaignCircumstances, CampaignContent } from "../schema/campaign.ts";

export interface CampaignDraft {
  readonly id: string;
  readonly name: string;
  readonly channel: "email" | "phone";
  readonly senderId: string;
  readonly purposeId: string;
  readonly audience: unknown;
  /** Null for calls. */
  readonly content: CampaignContent | null;
  /** Null for email, and so is the version of the script. */
  readonly callPlan?: CallPlan | null;
  readonly scriptVersion?: number | null;
  readonly circumstances: CampaignCircumstances;
  readonly ratePerSecond: number | null;
  readonly frequencyCap: { readonly max: number; readonly windowHours: number } | null;
  readonly endsAt: Date | null;
}

/** Inserts a draft; false when sender and purpose do not belong together in this workspace. */
export async function insertCampaign(tx: Tx, workspaceId: string, draft: CampaignDraft): Promise<boolean> {
  const inserted = await tx.execute(sql`
    insert into campaign (id, workspace_id, name, channel, sender_id, purpose_id, state, audience, content,
      call_plan, script_version, circumstances, rate_per_second, frequency_cap_max, frequency_cap_window_hours, ends_at, created_at, updated_at)
    select ${draft.id}, ${workspaceId}, ${draft.name}, ${draft.channel}, p.sender_id, p.id, 'draft',
      ${JSON.stringify(draft.audience)}::jsonb, ${json(draft.content)}, ${json(draft.callPlan ?? null)}, ${draft.scriptVersion ?? null}::int,
      ${JSON.stringify(draft.circumstances)}::jsonb, ${draft.ratePerSecond}::numeric, ${draft.frequencyCap?.max ?? null}::int,
      ${draft.frequencyCap?.windowHours ?? null}::int, ${draft.endsAt?.toISOString() ?? null}::timestamptz,
      consentry_now(), consentry_now()
    from purpose p where p.id = ${draft.purposeId}::uuid and p.sender_id = ${draft.senderId}::uuid
    returning id`);
  return inserted.length === 1;
}

const json = (value: object | null) => sql`${value === null ? null : JSON.stringify(value)}::jsonb`;

/** Replaces what a draft says; false when the campaign is no draft any more or the purpose is not its sender's. */
export async function updateDraft(tx: Tx, draft: CampaignDraft): Promise<boolean> {
  const updated = await tx.execute(sql`
    update campaign c set name = ${draft.name}, sender_id = p.sender_id, purpose_id = p.id,
      audience = ${JSON.stringify(draft.audience)}::jsonb, content = ${json(draft.content)},
      call_plan = ${json(draft.callPlan ?? null)}, script_version = ${draft.scriptVersion ?? null}::int,
      circumstances = ${JSON.stringify(draft.circumstances)}::jsonb,
      rate_per_second = ${draft.ratePerSecond}::numeric, frequency_cap_max = ${draft.frequencyCap?.max ?? null}::int,
      frequency_cap_window_hours = ${draft.frequencyCap?.windowHours ?? null}::int,
      ends_at = ${draft.endsAt?.toISOString() ?? null}::timestamptz, version = c.version + 1,
      updated_at = consentry_now()
    from purpose p
    where c.id = ${draft.id}::uuid and c.state = 'draft' and c.channel = ${draft.channel} and p.id = ${draft.purposeId}::uuid
      and p.sender_id = ${draft.senderId}::uuid
    returning c.id`);
  return updated.length === 1;
}

/** What a campaign says now, locked until the transaction ends; null when this workspace has none of that id. */
export async function lockDraft(
  tx: Tx,
  campaignId: string,
): Promise<(Omit<CampaignDraft, "id"> & { readonly state: string }) | null> {
  const [row] = await tx.execute<
    Record<string, unknown> & Omit<CampaignDraft, "id"> & { readonly state: string }
  >(sql`
    select name, channel, state, call_plan as "callPlan", script_version as "scriptVersion", sender_id as "senderId", purpose_id as "purposeId", audience, content, circumstances,
      rate_per_second::float8 as "ratePerSecond", ends_at as "endsAt",
      case when frequency_cap_max is not null then jsonb_build_object('max', frequency_cap_max,
        'windowHours', frequency_cap_window_hours) end as "frequencyCap"
    from campaign where id = ${campaignId}::uuid for no key update`);
  return row ?? null;
}
