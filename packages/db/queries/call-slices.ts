import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** A share of a phone campaign in which somebody may be due. */
export interface CallSlice {
  readonly campaignId: string;
  readonly slice: number;
}

/** Slices looked into by one ask, at most. */
const SLICES_MAX = 12;
/** A slice that had nobody due is looked into again after this long at the latest. */
const LOOK_AGAIN_SECONDS = 30;

/**
 * Slices of live phone campaigns that call now: the highest priority first, then those in which a deferral has come
 * due. Within that by chance, so that agents who ask at the same moment do not all look into the same slice.
 */
export async function slicesToCall(tx: Tx, campaignId: string | null): Promise<CallSlice[]> {
  const found = await tx.execute<Record<string, unknown> & CallSlice>(sql`
    select s.campaign_id as "campaignId", s.slice
    from campaign_slice s join campaign c on c.id = s.campaign_id join workspace w on w.id = c.workspace_id
    where c.channel = 'phone' and c.state = 'sending' and c.script_version is not null and w.frozen_at is null
      and coalesce(c.circumstances ->> 'mode', 'live-manual') = 'live-manual' and s.done_at is null
      and (s.next_at is null or s.next_at <= consentry_now())
      and (${campaignId}::uuid is null or c.id = ${campaignId}::uuid)
    order by (c.call_plan ->> 'priority')::int desc nulls last, (s.next_at is null), random() limit ${SLICES_MAX}`);
  return [...found];
}

/** When somebody will be due again in any campaign that calls; null when nobody is waiting. */
export async function nextDueCall(tx: Tx, campaignId: string | null): Promise<Date | null> {
  const [row] = await tx.execute<{ at: Date | null }>(sql`
    select min(coalesce(s.next_at, consentry_now())) as at
    from campaign_slice s join campaign c on c.id = s.campaign_id
    where c.channel = 'phone' and c.state = 'sending' and s.done_at is null
      and (${campaignId}::uuid is null or c.id = ${campaignId}::uuid)`);
  return row?.at ?? null;
}

/** What an ask found in a slice. */
export interface SliceNote extends CallSlice {
  /** Somebody of it moved. */
  readonly hasMoved: boolean;
  /** Nobody of it is due any more. */
  readonly isResting: boolean;
  /** When somebody who moved is due again; the slice is not left alone for longer. */
  readonly dueAt: Date | null;
}

/**
 * Notes what asks found, at the end of their transaction and in order, so that no two wait for each other. Where
 * somebody moved, the stored counts do not hold until the slice is settled; the key-share lock lets agents pass each
 * other and keeps the counting out until they have committed.
 */
export async function noteSlices(tx: Tx, notes: readonly SliceNote[]): Promise<void> {
  const sorted = [...notes].sort((a, b) => a.campaignId.localeCompare(b.campaignId) || a.slice - b.slice);
  for (const { campaignId, slice, hasMoved, isResting, dueAt } of sorted) {
    const here = sql`campaign_id = ${campaignId}::uuid and slice = ${slice} and done_at is null`;
    if (hasMoved) {
      const due = sql`${dueAt?.toISOString() ?? null}::timestamptz`;
      await tx.execute(sql`select 1 from campaign_slice where ${here} for key share`);
      await tx.execute(sql`
        update campaign_slice set worked_at = coalesce(worked_at, consentry_now()), next_at = case when next_at > ${due} then ${due} else next_at end
        where ${here} and (worked_at is null or next_at > ${due})`);
    }
    if (isResting) {
      const open = sql`recipient r join campaign c on c.id = r.campaign_id and c.month = r.month
        where r.campaign_id = ${campaignId}::uuid and r.slice = ${slice} and r.state in ('planned', 'deferred')`;
      // Somebody whom another ask holds is due all the same: it may be let go.
      await tx.execute(sql`
        update campaign_slice set next_at = least(
          consentry_now() + ${LOOK_AGAIN_SECONDS} * interval '1 second',
          (select min(r.not_before) from ${open} and r.not_before > consentry_now()))
        where ${here} and (next_at is null or next_at <= consentry_now())
          and not exists (select 1 from ${open} and (r.not_before is null or r.not_before <= consentry_now()))`);
    }
  }
}

/**
 * Takes recipients of a slice that nobody has asked the gate about yet, or whose wait is over, locked: those are
 * blocked or deferred without an agent's having to ask.
 */
export async function takeUnscreened(
  tx: Tx,
  campaignId: string,
  slice: number,
  limit: number,
): Promise<number[]> {
  const found = await tx.execute<{ id: number }>(sql`
    select r.id from recipient r join campaign c on c.id = r.campaign_id and c.month = r.month
    where r.campaign_id = ${campaignId}::uuid and r.slice = ${slice} and r.duplicate_of is null
      and (r.not_before is null or r.not_before <= (select consentry_now()))
      and (r.state = 'deferred' or (r.state = 'planned' and r.decision_id is null))
    order by r.id limit ${limit} for update of r skip locked`);
  return found.map((row) => row.id);
}

/** Takes a recipient an agent holds, to be screened at the moment of the call; locked. Empty: somebody moved it. */
export async function takeReserved(tx: Tx, month: string, recipientId: number): Promise<number[]> {
  const found = await tx.execute<{ id: number }>(sql`
    select id from recipient where month = ${month}::date and id = ${recipientId} and state in ('planned', 'permitted')
    for update`);
  return found.map((row) => row.id);
}

/**
 * Gives a recipient back that an agent held without a call.
 * @param reason why it was not called, so that the gate is asked again without an agent; null: somebody else may.
 */
export async function returnReserved(
  tx: Tx,
  month: string,
  recipientId: number,
  pauseMs: number,
  reason: string | null,
): Promise<void> {
  await tx.execute(sql`
    update recipient set state = ${reason === null ? "planned" : "deferred"}, reason = ${reason}, permit_id = null, permit_expires_at = null, worker_session = null,
      not_before = consentry_now() + ${pauseMs} * interval '1 millisecond'
    where month = ${month}::date and id = ${recipientId} and state in ('planned', 'permitted')`);
}
