import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** A message that took longer than this to get out is of no use any more. */
const QUEUED_HOURS_MAX = 24;
/** A message a worker has taken is not taken by another for this long. */
const LEASE_MS = 60_000;
const ATTEMPTS_MAX = 5;

export interface ServiceMessageDraft {
  readonly id: string;
  readonly senderId: string;
  readonly kind: string;
  readonly language: string;
  readonly gateId: number;
  readonly contactId: string | null;
  readonly sealed: Buffer;
}

/** Queues a message. False when one of this kind was asked for this key today already. */
export async function insertServiceMessage(
  tx: Tx,
  workspaceId: string,
  draft: ServiceMessageDraft,
): Promise<boolean> {
  const inserted = await tx.execute(sql`
    insert into service_message (id, workspace_id, sender_id, kind, language, gate_id, contact_id, sealed, state, day,
      not_before, created_at)
    values (${draft.id}::uuid, ${workspaceId}::uuid, ${draft.senderId}::uuid, ${draft.kind}, ${draft.language},
      ${draft.gateId}, ${draft.contactId}::uuid, ${draft.sealed}, 'queued',
      (consentry_now() at time zone 'UTC')::date, consentry_now(), consentry_now())
    on conflict (workspace_id, gate_id, kind, day) do nothing returning id`);
  return inserted.length > 0;
}

export interface ServiceMessageRow {
  readonly id: string;
  readonly senderId: string;
  readonly kind: string;
  readonly language: string;
  readonly gateId: number;
  readonly contactId: string | null;
  readonly sealed: Buffer;
  readonly wrappedKey: Buffer | null;
  readonly createdAt: Date;
}

/** Ends what waited too long, and takes messages that are due; no other worker takes them for a minute. */
export async function takeServiceMessages(tx: Tx, limit: number): Promise<ServiceMessageRow[]> {
  await tx.execute(sql`
    update service_message set state = 'failed', reason = 'too-late', sealed = null, ended_at = consentry_now()
    where state = 'queued' and created_at < consentry_now() - ${QUEUED_HOURS_MAX} * interval '1 hour'`);
  const taken = await tx.execute<Record<string, unknown> & ServiceMessageRow>(sql`
    with due as (
      select id from service_message where state = 'queued' and not_before <= consentry_now()
      order by not_before limit ${limit} for update skip locked
    )
    update service_message m set not_before = consentry_now() + ${LEASE_MS} * interval '1 millisecond'
    from due where m.id = due.id
    returning m.id, m.sender_id as "senderId", m.kind, m.language, m.gate_id as "gateId",
      m.contact_id as "contactId", m.sealed, m.created_at as "createdAt",
      (select wrapped_key from contact c where c.id = m.contact_id) as "wrappedKey"`);
  return [...taken];
}

/**
 * Locks what a service message relies on, as a redeem does: the workspace and the gate row, shared. False while the
 * workspace is frozen.
 */
export async function lockForServiceMessage(tx: Tx, workspaceId: string, gateId: number): Promise<boolean> {
  const locked = await tx.execute(sql`
    with locked_workspace as materialized (
      select id, frozen_at from workspace where id = ${workspaceId}::uuid for share
    )
    select g.id from gate g
    where g.id = ${gateId} and (select count(*) from locked_workspace where frozen_at is null) > 0
    for share`);
  return locked.length > 0;
}

/** Puts a queued message on the wire, where stops for its key wait for it. False when it is not queued any more. */
export async function redeemServiceMessage(
  tx: Tx,
  workspaceId: string,
  messageId: string,
  workerSession: string,
): Promise<boolean> {
  const moved = await tx.execute(sql`
    with moved as (
      update service_message set state = 'sending', worker_session = ${workerSession}::uuid
      where id = ${messageId}::uuid and state = 'queued' returning id, gate_id
    )
    insert into in_flight (permit_id, workspace_id, gate_id, worker_session, redeemed_at)
    select id, ${workspaceId}::uuid, gate_id, ${workerSession}::uuid, consentry_now() from moved returning permit_id`);
  return moved.length > 0;
}

export interface ServiceMessageOutcome {
  readonly state: "queued" | "sent" | "failed" | "unconfirmed";
  readonly reason: string | null;
  readonly backoffMs: number;
  readonly countsAttempt: boolean;
  readonly queueId: string | null;
}

/** Stores how a hand-over ended and takes the message off the wire. What has ended keeps nothing of what it said. */
export async function recordServiceMessage(
  tx: Tx,
  messageId: string,
  outcome: ServiceMessageOutcome,
): Promise<void> {
  const attempt = outcome.countsAttempt ? 1 : 0;
  await tx.execute(sql`delete from in_flight where permit_id = ${messageId}::uuid`);
  await tx.execute(sql`
    with next as materialized (
      select id, case when ${outcome.state} = 'queued' and attempts + ${attempt} >= ${ATTEMPTS_MAX} then 'failed'
        else ${outcome.state} end as state
      from service_message where id = ${messageId}::uuid and state in ('queued', 'sending') for update
    )
    update service_message m set state = next.state, reason = ${outcome.reason}, attempts = m.attempts + ${attempt},
      queue_id = ${outcome.queueId}, not_before = consentry_now() + ${outcome.backoffMs} * interval '1 millisecond',
      worker_session = case when next.state = 'queued' then null else m.worker_session end,
      sealed = case when next.state = 'queued' then m.sealed end,
      ended_at = case when next.state <> 'queued' then consentry_now() end
    from next where m.id = next.id`);
}

/** The messages a dead session had on the wire: whether they left is not known, and nobody sends them again. */
export async function declareServiceMessagesUnconfirmed(tx: Tx, sessionId: string): Promise<number> {
  const lost = await tx.execute(sql`
    with lost as (
      delete from in_flight where worker_session = ${sessionId}::uuid and recipient_id is null returning permit_id
    )
    update service_message m set state = 'unconfirmed', reason = 'worker-lost', sealed = null,
      ended_at = consentry_now()
    from lost where m.id = lost.permit_id and m.state = 'sending' returning m.id`);
  return lost.length;
}

/** The workspaces that have a service message due. */
export async function workspacesWithServiceMail(tx: Tx): Promise<string[]> {
  const found = await tx.execute<{ id: string }>(sql`select id from workspaces_with_service_mail() as t(id)`);
  return found.map((row) => row.id);
}
