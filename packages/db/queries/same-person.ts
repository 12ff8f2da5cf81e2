import { sql } from "drizzle-orm";
import { array, rows, type Tx } from "../database.ts";
import type { ScreenedRow } from "./screening.ts";

/** How the other recipients of one campaign stand that turned out to be the same person. */
export interface SamePerson {
  readonly recipientId: number;
  /** One of them was contacted, or may have been, or is on the wire. */
  readonly isReached: boolean;
  /** Some come before this one and have not ended: when the last of them is asked about next. Null: none do. */
  readonly waitsFor: Date | null;
}

/**
 * The recipients among these that were planned as one person and have others in the same campaign that were planned as
 * another, whom a merge made the same since. The one planned first comes first, whatever else changes: an order that
 * could turn round would let two pass.
 */
export async function readSamePerson(tx: Tx, taken: readonly ScreenedRow[]): Promise<SamePerson[]> {
  if (taken.length === 0) return [];
  const ids = array(
    taken.map((row) => row.id),
    "bigint",
  );
  const months = array([...new Set(taken.map((row) => row.month))], "date");
  // Nothing can be sent to a point that stayed with the merged contact: nobody waits for it.
  const found = await tx.execute<Record<string, unknown> & SamePerson>(sql`
    select r.id as "recipientId",
      bool_or(other.state in ('redeemed', 'contacted', 'unconfirmed')) as "isReached",
      max(coalesce(other.not_before, consentry_now())) filter (where other.state in ('planned', 'permitted', 'deferred')
        and other.id < r.id and owner.merged_into is null) as "waitsFor"
    from recipient r
    join contact_point p on p.id = r.contact_point_id
    cross join lateral (
      select p.contact_id as id union all select k.id from contact k where k.merged_into = p.contact_id
    ) person
    join recipient other on other.contact_id = person.id and other.month = r.month
      and other.campaign_id = r.campaign_id and other.contact_id <> r.contact_id and other.duplicate_of is null
    join contact_point other_point on other_point.id = other.contact_point_id
    join contact owner on owner.id = other_point.contact_id
    where r.month = any(${months}) and r.id = any(${ids})
    group by r.id`);
  return [...found];
}

/** Lets recipients that this transaction holds wait until then, without a decision, and no shorter than `leastMs`. */
export async function postponeRecipients(
  tx: Tx,
  waiting: readonly { readonly month: string; readonly id: number; readonly until: Date }[],
  leastMs: number,
): Promise<void> {
  if (waiting.length === 0) return;
  await tx.execute(sql`
    update recipient r set state = 'planned', reason = null, permit_id = null, permit_expires_at = null,
      worker_session = null, not_before = greatest(a.until, consentry_now() + ${leastMs} * interval '1 millisecond')
    from jsonb_to_recordset(${rows(waiting)}) as a(month date, id bigint, until timestamptz)
    where r.month = a.month and r.id = a.id`);
}
