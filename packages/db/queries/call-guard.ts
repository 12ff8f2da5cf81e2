import { sql } from "drizzle-orm";
import { type Database, inWorkspaceAtOnce, type Tx } from "../database.ts";

export type DialAnswer =
  /** The dial may start; the call is off the wire. */
  | "dialled"
  /** Something that the permit relied on has moved, or its time is up. */
  | "stale"
  /** A stop is coming: its rows were not locked, so that it need not wait. */
  | "stopping";

/**
 * Starts the dial, or finds that the permit does not hold any more. As in the redeem, what is compared comes from rows
 * locked `FOR SHARE`: a stop that committed before is seen here, one that commits later finds the dial started.
 */
export async function startDial(
  database: Database,
  workspaceId: string,
  call: {
    readonly id: string;
    readonly campaignId: string;
    readonly gateId: number;
    readonly permitId: string;
  },
): Promise<DialAnswer> {
  const [row] = await inWorkspaceAtOnce<{ answer: DialAnswer }>(
    database,
    workspaceId,
    sql`
    with clock as materialized (
      select consentry_now() as now
    ), marked as materialized (
      select 1 as one from stop_mark m
      where m.stopping and m.marked_at > consentry_now() - interval '10 seconds'
        and (m.scope = 'workspace' or m.scope_id = ${call.campaignId}::uuid)
    ), locked_workspace as materialized (
      select policy_epoch, frozen_at from workspace
      where id = ${workspaceId}::uuid and not exists (select 1 from marked) for share
    ), locked_campaign as materialized (
      select version, state from campaign
      where id = ${call.campaignId}::uuid and (select count(*) from locked_workspace) > 0 for share
    ), locked_gate as materialized (
      select version from gate
      where id = ${call.gateId} and (select count(*) from locked_campaign) > 0 for share
    ), dialled as (
      update call set state = 'dialled', dialled_at = clock.now, seen_at = clock.now
      from clock, locked_workspace w, locked_campaign p, locked_gate g
      where call.id = ${call.id}::uuid and call.state = 'revealed' and call.permit_id = ${call.permitId}::uuid
        and call.stop_reason is null and call.dial_by > clock.now and call.gate_version = g.version
        and call.campaign_version = p.version and p.state = 'sending'
        and call.policy_epoch = w.policy_epoch and w.frozen_at is null
      returning call.permit_id
    ), landed as (
      delete from in_flight where permit_id in (select permit_id from dialled) returning permit_id
    )
    select case when exists (select 1 from dialled) then 'dialled'
      when exists (select 1 from marked) then 'stopping' else 'stale' end as answer`,
  );
  return row?.answer ?? "stale";
}

/** What a held call stands on, and whether it still does. Takes no lock: for the desk's look, not for the dial. */
export interface HeldLook {
  readonly isCurrent: boolean;
  readonly isFrozen: boolean;
  readonly campaignState: string;
  readonly isInTime: boolean;
  readonly gateVersion: number;
  readonly policyEpoch: number;
  readonly campaignVersion: number;
}

/** Notes the desk's sign of life and looks whether anything moved that the call relies on. */
export async function lookAtHeld(tx: Tx, callId: string): Promise<HeldLook | null> {
  await tx.execute(sql`
    update call set seen_at = consentry_now()
    where id = ${callId}::uuid and state <> 'ended' and seen_at < consentry_now() - interval '2 seconds'`);
  const [row] = await tx.execute<Record<string, unknown> & HeldLook>(sql`
    select coalesce(c.gate_version = g.version and c.campaign_version = p.version and c.policy_epoch = w.policy_epoch,
        false) as "isCurrent",
      p.state as "campaignState", w.frozen_at is not null as "isFrozen",
      coalesce(c.dial_by > consentry_now(), false) as "isInTime", g.version as "gateVersion",
      w.policy_epoch as "policyEpoch", p.version as "campaignVersion"
    from call c join gate g on g.id = c.gate_id join campaign p on p.id = c.campaign_id
    join workspace w on w.id = c.workspace_id
    where c.id = ${callId}::uuid`);
  return row ?? null;
}

/** The gate allowed again under these versions: the call relies on them from here on. */
export async function relyOn(
  tx: Tx,
  callId: string,
  look: Pick<HeldLook, "gateVersion" | "policyEpoch" | "campaignVersion">,
): Promise<void> {
  await tx.execute(sql`
    update call set gate_version = ${look.gateVersion}, policy_epoch = ${look.policyEpoch},
      campaign_version = ${look.campaignVersion}
    where id = ${callId}::uuid and state in ('reserved', 'revealed') and stop_reason is null`);
}

/** Notes why a shown number has to go; only the desk's acknowledgement takes it off the wire. */
export async function markStopped(tx: Tx, callId: string, reason: string): Promise<void> {
  await tx.execute(sql`
    update call set stop_reason = coalesce(stop_reason, ${reason})
    where id = ${callId}::uuid and state in ('reserved', 'revealed')`);
}
