import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** A worker session silent for this long is dead: what it redeemed is unconfirmed. */
const SESSION_SILENT_MS = 60_000;
/** A slice that was rung and not touched for this long has no live job. */
const RING_AGAIN_MS = 30_000;

/** Registers a worker process. */
export async function openSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.execute(sql`
    insert into worker_session (id, started_at, heartbeat_at) values (${sessionId}, consentry_now(), consentry_now())`);
}

/** The heartbeat of a worker process. Returns false when the sweeper has already declared it dead. */
export async function beat(tx: Tx, sessionId: string): Promise<boolean> {
  const beaten = await tx.execute(sql`
    update worker_session set heartbeat_at = consentry_now() where id = ${sessionId}::uuid and ended_at is null
    returning id`);
  return beaten.length > 0;
}

/** Ends a worker process that has nothing on the wire any more. */
export async function closeSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.execute(sql`
    update worker_session set ended_at = consentry_now() where id = ${sessionId}::uuid and ended_at is null`);
}

/** Sessions that are dead: silent for 60 s, or ended with something still noted as on the wire. */
export async function deadSessions(tx: Tx): Promise<{ workspaceId: string; sessionId: string }[]> {
  const dead = await tx.execute<{ workspaceId: string; sessionId: string }>(sql`
    select f.workspace_id as "workspaceId", f.worker_session as "sessionId"
    from in_flight_sessions() f left join worker_session s on s.id = f.worker_session
    where s.id is null or s.heartbeat_at < consentry_now() - ${SESSION_SILENT_MS} * interval '1 millisecond'`);
  return [...dead];
}

/**
 * Declares what a dead session had redeemed `unconfirmed` and takes it off the wire, in one transaction. Nobody
 * resends it: whether it left is not known.
 * @returns the recipients concerned.
 */
export async function declareUnconfirmed(tx: Tx, sessionId: string): Promise<number[]> {
  const moved = await tx.execute<{ id: number }>(sql`
    with lost as (
      delete from in_flight where worker_session = ${sessionId}::uuid and recipient_id is not null
      returning permit_id, month, recipient_id
    )
    update recipient r set state = 'unconfirmed', reason = 'worker-lost', ended_at = consentry_now()
    from lost where r.month = lost.month and r.id = lost.recipient_id and r.permit_id = lost.permit_id
      and r.state = 'redeemed'
    returning r.id`);
  return moved.map((row) => row.id);
}

/** Expired permits of slices that were rung go back to `planned`. Counts no attempt. */
export async function returnExpiredPermits(tx: Tx): Promise<number> {
  const returned = await tx.execute(sql`
    update recipient r set state = 'planned', permit_id = null, permit_expires_at = null, worker_session = null
    from campaign_slice s join campaign c on c.id = s.campaign_id
    where s.done_at is null and r.month = c.month and r.campaign_id = s.campaign_id and r.slice = s.slice
      and r.state = 'permitted' and r.permit_expires_at < consentry_now() - interval '5 seconds'
    returning r.id`);
  return returned.length;
}

/**
 * Slices that have work and no live job, marked as rung now. Rows decide what is work; a ring may be lost, so a
 * slice that nobody touched for a while is rung again.
 */
export async function slicesToRing(tx: Tx, limit: number): Promise<{ campaignId: string; slice: number }[]> {
  const found = await tx.execute<{ campaignId: string; slice: number }>(sql`
    with waiting as (
      select s.campaign_id, s.slice from campaign_slice s join campaign c on c.id = s.campaign_id
      join workspace w on w.id = c.workspace_id
      where s.done_at is null and c.state = 'sending' and w.frozen_at is null
        and (s.next_at is null or s.next_at <= consentry_now())
        and (s.rung_at is null or s.rung_at < consentry_now() - ${RING_AGAIN_MS} * interval '1 millisecond')
      order by c.started_at, s.slice limit ${limit} for update of s skip locked
    )
    update campaign_slice s set rung_at = consentry_now() from waiting w
    where s.campaign_id = w.campaign_id and s.slice = w.slice
    returning s.campaign_id as "campaignId", s.slice`);
  return [...found];
}

/** Campaigns whose planning is due: scheduled and the time has come, or planning that nobody goes on with. */
export async function campaignsToPlan(tx: Tx): Promise<string[]> {
  const due = await tx.execute<{ id: string }>(sql`
    select id from campaign
    where (state = 'scheduled' and scheduled_at <= consentry_now()) or state = 'planning'`);
  return due.map((row) => row.id);
}

/** Campaigns that are over: past their end, or cancelled, with recipients still open. */
export async function campaignsToClose(
  tx: Tx,
): Promise<{ id: string; month: string | null; state: string }[]> {
  const over = await tx.execute<{ id: string; month: string | null; state: string }>(sql`
    select id, month::text as month, state from campaign
    where (state in ('sending', 'paused') and ends_at <= consentry_now())
      or (state = 'cancelled' and finished_at is null)`);
  return [...over];
}

/** Ends the open recipients of a campaign that is over. Those on the wire are left to their outcome. */
export async function endOpenRecipients(
  tx: Tx,
  campaignId: string,
  month: string,
  state: "blocked" | "cancelled",
  reason: string,
): Promise<number> {
  const ended = await tx.execute(sql`
    update recipient set state = ${state}, reason = ${reason}, ended_at = consentry_now(), permit_id = null
    where month = ${month}::date and campaign_id = ${campaignId}::uuid
      and state in ('planned', 'permitted', 'deferred')
    returning id`);
  await tx.execute(sql`
    update campaign_slice set next_at = null, rung_at = null
    where campaign_id = ${campaignId}::uuid and done_at is null`);
  return ended.length;
}

/** Planned campaigns of which every slice is done; their worker died between the last slice and the finish. */
export async function campaignsToFinish(tx: Tx): Promise<string[]> {
  const done = await tx.execute<{ id: string }>(sql`
    select c.id from campaign c join campaign_plan p on p.campaign_id = c.id
    where c.state in ('sending', 'paused') and p.planned_at is not null
      and not exists (select 1 from campaign_slice s where s.campaign_id = c.id and s.done_at is null)`);
  return done.map((row) => row.id);
}

/** Slices of these campaigns that are not done, to be settled. */
export async function openSlices(
  tx: Tx,
  campaignIds: readonly string[],
): Promise<{ campaignId: string; slice: number }[]> {
  const open = await tx.execute<{ campaignId: string; slice: number }>(sql`
    select campaign_id as "campaignId", slice from campaign_slice
    where campaign_id = any(${array(campaignIds, "uuid")}) and done_at is null`);
  return [...open];
}

/** The workspaces that have a campaign scheduled, planned, sending or ending. */
export async function workspacesWithWork(tx: Tx): Promise<string[]> {
  const found = await tx.execute<{ id: string }>(
    sql`select id from workspaces_with_open_campaigns() as t(id)`,
  );
  return found.map((row) => row.id);
}
