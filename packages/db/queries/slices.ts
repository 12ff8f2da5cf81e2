import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** Notes that a job works on this slice now: the sweeper does not ring for it again, and its rows are to be counted. */
export async function touchSlice(tx: Tx, campaignId: string, slice: number): Promise<void> {
  await tx.execute(sql`
    update campaign_slice set rung_at = consentry_now(), worked_at = consentry_now()
    where campaign_id = ${campaignId}::uuid and slice = ${slice} and done_at is null`);
}

export type SliceRest =
  /** Every recipient has ended; the slice's final counts are stored. */
  | { readonly kind: "done" }
  /** Something waits: for an instant, or for a permit, hand-over or outcome that another worker holds. */
  | { readonly kind: "waiting"; readonly nextAt: Date | null };

/**
 * Closes a slice if its rows say that it is done, else notes when it next has something to do. The rows decide,
 * never a cursor that passed over them.
 */
export async function settleSlice(
  tx: Tx,
  campaignId: string,
  month: string,
  slice: number,
): Promise<SliceRest> {
  await tx.execute(sql`
    select 1 from campaign_slice where campaign_id = ${campaignId}::uuid and slice = ${slice} for update`);
  const [open] = await tx.execute<{ waiting: number; next_at: Date | null }>(sql`
    select count(*)::int as waiting, min(coalesce(not_before, consentry_now())) as next_at from recipient
    where month = ${month}::date and campaign_id = ${campaignId}::uuid and slice = ${slice}
      and state in ('planned', 'permitted', 'deferred', 'redeemed')`);
  if (open === undefined || open.waiting > 0) {
    await tx.execute(sql`
      update campaign_slice set next_at = ${open?.next_at?.toISOString() ?? null}::timestamptz, rung_at = null,
        worked_at = null, handed_over = ${handedOver(campaignId, month, slice)}
      where campaign_id = ${campaignId}::uuid and slice = ${slice}`);
    return { kind: "waiting", nextAt: open?.next_at ?? null };
  }
  await tx.execute(sql`
    update campaign_slice set done_at = consentry_now(), next_at = null, tally = ${tally(campaignId, month, slice)},
      worked_at = null, handed_over = ${handedOver(campaignId, month, slice)}
    where campaign_id = ${campaignId}::uuid and slice = ${slice}`);
  return { kind: "done" };
}

const tally = (campaignId: string, month: string, slice: number) => sql`(
  select coalesce(jsonb_agg(t), '[]') from (
    select state, reason, count(*)::int as count from recipient
    where month = ${month}::date and campaign_id = ${campaignId}::uuid and slice = ${slice}
    group by state, reason) t)`;

/** The stretches of time in which hand-overs are counted. */
export const HAND_OVER_SECONDS = 5;

/** The beginning, in Unix seconds, of the stretch in which a recipient `r` was handed over. */
export const handOverStretch = sql`(floor(extract(epoch from r.ended_at))::bigint / ${HAND_OVER_SECONDS}::int * ${HAND_OVER_SECONDS}::int)`;

const handedOver = (campaignId: string, month: string, slice: number) => sql`(
  select coalesce(jsonb_object_agg(stretch, count), '{}') from (
    select ${handOverStretch} as stretch, count(*)::int as count from recipient r
    where r.month = ${month}::date and r.campaign_id = ${campaignId}::uuid and r.slice = ${slice}
      and r.state = 'contacted'
    group by 1) t)`;

/** Counts a slice that is done once more: evidence resolved an `unconfirmed` recipient after it was counted. */
export async function recountSlice(tx: Tx, campaignId: string, month: string, slice: number): Promise<void> {
  // Two outcomes of one slice may come at once: the second counts after the first has committed.
  await tx.execute(sql`
    select 1 from campaign_slice where campaign_id = ${campaignId}::uuid and slice = ${slice} for update`);
  await tx.execute(sql`
    update campaign_slice set tally = ${tally(campaignId, month, slice)},
      handed_over = ${handedOver(campaignId, month, slice)}
    where campaign_id = ${campaignId}::uuid and slice = ${slice} and done_at is not null`);
}

/** True when somebody of this slice has not ended yet. */
export async function hasOpenRecipients(tx: Tx, campaignId: string, slice: number): Promise<boolean> {
  const open = await tx.execute(sql`
    select 1 from recipient
    where month = (select month from campaign where id = ${campaignId}::uuid)
      and campaign_id = ${campaignId}::uuid and slice = ${slice}
      and state in ('planned', 'permitted', 'deferred', 'redeemed') limit 1`);
  return open.length > 0;
}

/**
 * Finishes a campaign whose slices are all done. Returns whether it is finished now. The row is locked first and
 * the slices are looked at by a second statement: of two workers that close the last two slices at the same moment,
 * the one that gets the lock later sees the other's slice done. Without the lock neither would, and the campaign
 * would stay open for ever.
 */
export async function finishIfDone(tx: Tx, campaignId: string): Promise<boolean> {
  await tx.execute(sql`select 1 from campaign where id = ${campaignId}::uuid for no key update`);
  const finished = await tx.execute(sql`
    update campaign set finished_at = consentry_now(), version = version + 1, updated_at = consentry_now(),
      state = case when state = 'cancelled' then 'cancelled' else 'finished' end
    where id = ${campaignId}::uuid and state in ('sending', 'paused', 'cancelled') and finished_at is null
      and (state = 'cancelled'
        or exists (select 1 from campaign_plan p where p.campaign_id = campaign.id and p.planned_at is not null))
      and not exists (select 1 from campaign_slice s where s.campaign_id = campaign.id and s.done_at is null)
    returning id`);
  return finished.length > 0;
}
