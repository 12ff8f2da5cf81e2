import { type SQL, sql } from "drizzle-orm";
import { array, type Database, inWorkspaceAtOnce, rows } from "../database.ts";
import { markHolds } from "./stops.ts";

/** One waiting hand-over: the permit it holds, and the rows the permit relies on. */
export interface RedeemAsk {
  readonly permitId: string;
  readonly month: string;
  readonly recipientId: number;
  readonly gateId: number;
  readonly campaignId: string;
  /** The person the gate decided about; a permit is stale as soon as their addresses and numbers change. */
  readonly contactId: string;
}

/**
 * What a frequency or attempt cap counts, and so what a redeem under it holds alone: nothing, the one address or
 * number (`key`: a campaign's cap), or all those of the person (`person`: a cap of their own choice).
 */
export type CapReach = "none" | "key" | "person";

export type RedeemAnswer =
  /** The recipient is `redeemed` and in flight: the message may be completed. */
  | "redeemed"
  /** Somebody holds a gate row just now, or another permit of the batch comes first; ask again. */
  | "busy"
  /** A version, the epoch, the expiry or the state moved on: screen again. */
  | "stale"
  /** A stop of the campaign or the workspace is coming: its rows were not locked, so that it need not wait. */
  | "stopping";

export interface RedeemBatch {
  readonly workspaceId: string;
  readonly workerSession: string;
  readonly asks: readonly RedeemAsk[];
  /**
   * Where a cap applies the gate rows it reaches are locked exclusively from the start and their versions bumped, so
   * that every other permit for the same person goes stale. Of several asks that reach one row the first is redeemed;
   * the others are `busy`.
   */
  readonly cap: CapReach;
  /** The reserved call whose number is shown by this; of one ask alone, and capped. Absent: messages. */
  readonly callId?: string;
}

/**
 * Spends permits at the last instant before contact. One statement in one round trip: the workspace, campaign and gate rows are
 * locked `FOR SHARE`, in that order, and what is compared comes from the locked rows, never from the statement's
 * older snapshot. A stop that committed before the lock is seen here; a stop that commits later finds the row in
 * `in_flight` and waits. (Forms that read without these locks were raced and lose messages: see docs/race.md.) Where
 * a stop mark stands nothing is locked; the mark is a hint that spares the stop its wait, and the locks decide.
 *
 * The keys are given once more as arrays, so that the planner looks them up: how many rows JSON holds it cannot know,
 * and it would rather read the whole month.
 */
export async function redeem(database: Database, batch: RedeemBatch): Promise<Map<string, RedeemAnswer>> {
  const found = await inWorkspaceAtOnce<RedeemRow>(database, batch.workspaceId, redeemStatement(batch));
  return new Map(found.map((row) => [row.permit_id, row.answer]));
}

interface RedeemRow extends Record<string, unknown> {
  readonly permit_id: string;
  readonly answer: RedeemAnswer;
}

function redeemStatement(batch: RedeemBatch) {
  const asks = rows(batch.asks);
  const campaignIds = array([...new Set(batch.asks.map((ask) => ask.campaignId))], "uuid");
  const recipientIds = array(
    batch.asks.map((ask) => ask.recipientId),
    "bigint",
  );
  const months = array([...new Set(batch.asks.map((ask) => ask.month))], "date");
  const hold = batch.cap === "none" ? shared(batch.asks) : alone(batch.cap);
  // The bump above is this call's own: what it relies on from here on is the version after it.
  const reveal =
    batch.callId === undefined
      ? sql``
      : sql`, revealed as (
        update call set state = 'revealed', permit_id = moved.permit_id, attempted_at = moved.redeemed_at,
          seen_at = moved.redeemed_at, gate_version = moved.permit_gate_version + ${batch.cap === "none" ? 0 : 1},
          policy_epoch = moved.permit_policy_epoch, campaign_version = moved.permit_campaign_version,
          dial_by = moved.permit_expires_at
        from moved where call.id = ${batch.callId}::uuid and call.recipient_id = moved.id and call.state = 'reserved'
        returning call.id)`;
  return sql`
    with asked as materialized (
      select * from jsonb_to_recordset(${asks}) as r("permitId" uuid, month date, "recipientId" bigint,
        "gateId" bigint, "campaignId" uuid, "contactId" uuid)
    ), clock as materialized (
      select consentry_now() as now
    ), marked as materialized (
      select m.scope, m.scope_id from stop_mark m
      where ${markHolds} and (m.scope = 'workspace' or m.scope_id = any(${campaignIds}))
    ), locked_workspace as materialized (
      select id, policy_epoch, frozen_at from workspace
      where id = ${batch.workspaceId}::uuid and not exists (select 1 from marked where marked.scope = 'workspace')
      for share
    ), locked_campaign as materialized (
      select id, version, state from campaign
      where id = any(${campaignIds}) and (select count(*) from locked_workspace) > 0
        and id not in (select scope_id from marked)
      order by id for share
    )${hold.gates}, moved as (
      update recipient set state = 'redeemed', redeemed_at = clock.now, worker_session = ${batch.workerSession}::uuid
      from asked, clock, locked_workspace w, locked_campaign c, locked_gate g
      where recipient.month = any(${months}) and recipient.id = any(${recipientIds})
        and recipient.month = asked.month and recipient.id = asked."recipientId"
        and recipient.state = 'permitted' and recipient.permit_id = asked."permitId"
        and recipient.permit_expires_at > clock.now
        and g.id = recipient.gate_id and g.version = recipient.permit_gate_version
        and c.id = recipient.campaign_id and c.version = recipient.permit_campaign_version and c.state = 'sending'
        and w.policy_epoch = recipient.permit_policy_epoch and w.frozen_at is null
        ${hold.condition}
      returning recipient.permit_id, recipient.month, recipient.id, recipient.gate_id, recipient.campaign_id,
        recipient.redeemed_at, recipient.permit_gate_version, recipient.permit_policy_epoch,
        recipient.permit_campaign_version, recipient.permit_expires_at
    ), flying as (
      insert into in_flight (permit_id, workspace_id, gate_id, campaign_id, month, recipient_id, worker_session, redeemed_at)
      select permit_id, ${batch.workspaceId}::uuid, gate_id, campaign_id, month, id, ${batch.workerSession}::uuid, redeemed_at
      from moved returning permit_id
    )${hold.bump}${reveal}
    select asked."permitId" as permit_id,
      case when flying.permit_id is not null then 'redeemed'
        when exists (select 1 from marked where marked.scope = 'workspace' or marked.scope_id = asked."campaignId")
          then 'stopping'
        when ${hold.isBusy} then 'busy' else 'stale' end as answer
    from asked
    left join flying on flying.permit_id = asked."permitId"
    left join locked_gate on locked_gate.id = asked."gateId"`;
}

/** How a redeem holds its gate rows: what follows the locked campaign, and where the statement reads it. */
interface Hold {
  readonly gates: SQL;
  readonly condition: SQL;
  readonly bump: SQL;
  readonly isBusy: SQL;
}

/** Together with every other redeem: only a writer is kept out. */
function shared(asks: readonly RedeemAsk[]): Hold {
  const gateIds = array([...new Set(asks.map((ask) => ask.gateId))], "bigint");
  return {
    gates: sql`, locked_gate as materialized (
      select id, version from gate
      where id = any(${gateIds}) and (select count(*) from locked_campaign) > 0
      order by id for share skip locked
    )`,
    condition: sql``,
    bump: sql``,
    isBusy: sql`locked_gate.id is null`,
  };
}

/**
 * Alone: an ask is held when all rows its cap reaches are locked and no ask before it reaches one of them. Which rows
 * are the person's comes from the statement's snapshot; an address that came or went since has bumped the ask's row.
 */
function alone(cap: "key" | "person"): Hold {
  const reached =
    cap === "key"
      ? sql``
      : sql`union select asked."permitId", p.gate_id from asked join contact_point p on p.contact_id = asked."contactId"`;
  return {
    gates: sql`, reached as materialized (
      select asked."permitId" as permit_id, asked."gateId" as gate_id from asked ${reached}
    ), locked_gate as materialized (
      select id, version from gate
      where id = any(array(select gate_id from reached)) and (select count(*) from locked_campaign) > 0
      order by id for no key update skip locked
    ), held as materialized (
      select permit_id from (
        select r.permit_id, locked_gate.id, row_number() over (partition by r.gate_id order by r.permit_id) as turn
        from reached r left join locked_gate on locked_gate.id = r.gate_id) each_row
      group by permit_id having bool_and(id is not null and turn = 1)
    )`,
    condition: sql`and asked."permitId" in (select permit_id from held)`,
    bump: sql`, bumped as (
      update gate set version = gate.version + 1, bumped_by = pg_current_xact_id()
      where gate.id in (select r.gate_id from reached r join moved on moved.permit_id = r.permit_id)
      returning gate.id)`,
    isBusy: sql`asked."permitId" not in (select permit_id from held)`,
  };
}
