import { sql } from "drizzle-orm";
import { array, rows, type Tx } from "../database.ts";
import { recountSlice } from "./slices.ts";

/** How a hand-over ended, already judged by the phase of the body. */
export interface OutcomeDraft {
  readonly month: string;
  readonly recipientId: number;
  readonly permitId: string;
  readonly state: "contacted" | "failed" | "deferred" | "planned" | "unconfirmed";
  readonly reason: string | null;
  /**
   * From `permitted` (nothing was redeemed) or from `redeemed`. `either`: the redeem was refused or its answer was
   * lost with the connection, and it may have been committed all the same.
   */
  readonly from: "permitted" | "redeemed" | "either";
  readonly countsAttempt: boolean;
  readonly countsAbort: boolean;
  readonly backoffMs: number | null;
  readonly reply: string | null;
  readonly queueId: string | null;
}

export interface RecordedOutcome {
  readonly permitId: string;
  readonly month: string;
  readonly recipientId: number;
  readonly gateId: number;
  readonly contactId: string;
  readonly state: string;
}

const ATTEMPTS_MAX = 5;
const ABORTS_MAX = 5;

/**
 * Records outcomes and takes the contacts off the wire, in one transaction. A row moves only while it still holds
 * the permit the outcome belongs to: an outcome that comes after the sweeper has declared it `unconfirmed` with a
 * clear reply is evidence and resolves it.
 */
export async function recordOutcomes(tx: Tx, drafts: readonly OutcomeDraft[]): Promise<RecordedOutcome[]> {
  if (drafts.length === 0) return [];
  // Keys are given as arrays too: the planner cannot know how few rows JSON holds and would read the whole month.
  const ids = array(
    drafts.map((draft) => draft.recipientId),
    "bigint",
  );
  const months = array([...new Set(drafts.map((draft) => draft.month))], "date");
  const permits = array(
    drafts.map((draft) => draft.permitId),
    "uuid",
  );
  const recorded = await tx.execute<{
    permit_id: string;
    id: number;
    gate_id: number;
    contact_id: string;
    state: string;
    before: string;
    campaign_id: string;
    month: string;
    slice: number;
  }>(sql`
    with outcome as materialized (
      select * from jsonb_to_recordset(${rows(drafts)}) as o(month date,
        "recipientId" bigint, "permitId" uuid, state text, reason text, "from" text, "countsAttempt" boolean,
        "countsAbort" boolean, "backoffMs" integer, reply text, "queueId" text)
    ), landed as (
      delete from in_flight where permit_id = any(${permits})
    ), clock as materialized (
      select consentry_now() as now
    )
    update recipient r set
      attempts = r.attempts + o."countsAttempt"::int,
      aborts = r.aborts + o."countsAbort"::int,
      state = case
        when o."countsAttempt" and o.state in ('deferred', 'planned') and r.attempts + 1 >= ${ATTEMPTS_MAX} then 'failed'
        when o."countsAbort" and o.state = 'planned' and r.aborts + 1 >= ${ABORTS_MAX} then 'failed'
        else o.state end,
      reason = case
        when o."countsAbort" and o.state = 'planned' and r.aborts + 1 >= ${ABORTS_MAX} then 'too-slow'
        else o.reason end,
      not_before = case when o."backoffMs" is null then null
        else clock.now + o."backoffMs" * interval '1 millisecond' end,
      ended_at = case when o.state in ('contacted', 'failed', 'unconfirmed')
        or (o."countsAttempt" and r.attempts + 1 >= ${ATTEMPTS_MAX})
        or (o."countsAbort" and r.aborts + 1 >= ${ABORTS_MAX}) then clock.now end,
      reply = coalesce(o.reply, r.reply), queue_id = coalesce(o."queueId", r.queue_id),
      permit_id = case when o.state in ('planned', 'deferred') then null else r.permit_id end
    from outcome o, clock
    where r.month = any(${months}) and r.id = any(${ids})
      and r.month = o.month and r.id = o."recipientId" and r.permit_id = o."permitId"
      and (r.state = o."from" or (o."from" = 'either' and r.state in ('permitted', 'redeemed'))
        or (r.state = 'unconfirmed' and o.state in ('contacted', 'failed')))
    returning o."permitId" as permit_id, r.id, r.gate_id, r.contact_id, r.state, old.state as before,
      r.campaign_id, r.month::text as month, r.slice`);
  if (drafts.some((draft) => draft.from === "either")) {
    // A redeem that was given up may have committed while the statement above waited for its lock, too late for that
    // statement's snapshot: a newer one finds what it put on the wire.
    await tx.execute(sql`delete from in_flight where permit_id = any(${permits})`);
  }
  const resolved = recorded.filter((row) => row.before === "unconfirmed");
  for (const [row] of Map.groupBy(resolved, (each) => `${each.campaign_id} ${each.slice}`).values()) {
    if (row !== undefined) await recountSlice(tx, row.campaign_id, row.month, row.slice);
  }
  return recorded.map((row) => ({
    permitId: row.permit_id,
    month: row.month,
    recipientId: row.id,
    gateId: row.gate_id,
    contactId: row.contact_id,
    state: row.state,
  }));
}

/**
 * Looks for messages that were completed although a stop for the same key had been acknowledged, with nothing in
 * flight, before the permit was redeemed. Promise 2 says there are none; this is the alarm that would show one. The
 * stops of these keys are found first, by their index: a plan made while there were no stops would read them all for
 * every recipient, once there are thousands.
 */
export async function recordLateContacts(
  tx: Tx,
  workspaceId: string,
  contacted: readonly Pick<RecordedOutcome, "month" | "recipientId" | "gateId">[],
): Promise<number> {
  if (contacted.length === 0) return 0;
  const ids = array(
    contacted.map((contact) => contact.recipientId),
    "bigint",
  );
  const months = array([...new Set(contacted.map((contact) => contact.month))], "date");
  const gateIds = array([...new Set(contacted.map((contact) => contact.gateId))], "bigint");
  const late = await tx.execute(sql`
    with stop as materialized (
      select id, gate_id, purpose_id, acknowledged_at from stop_entry
      where gate_id = any(${gateIds}) and in_flight = 0
    )
    insert into late_contact (workspace_id, campaign_id, recipient_id, stop_entry_id, detected_at)
    select ${workspaceId}::uuid, r.campaign_id, r.id, s.id, consentry_now()
    from stop s
    join recipient r on r.gate_id = s.gate_id and s.acknowledged_at < r.redeemed_at
    join campaign c on c.id = r.campaign_id and (s.purpose_id is null or s.purpose_id = c.purpose_id)
    where r.month = any(${months}) and r.id = any(${ids}) and not exists (
      select 1 from consent_event e
      where e.gate_id = r.gate_id and e.recorded_at > s.acknowledged_at and e.recorded_at <= r.redeemed_at
        and e.type in ('given', 'confirmed', 'renewed', 'withdrawal-undone', 'suppression-lifted'))
    returning id`);
  return late.length;
}
