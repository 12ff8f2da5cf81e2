import { type SQL, sql } from "drizzle-orm";
import { array, rows, type Tx } from "../database.ts";

export type CallState = "reserved" | "revealed" | "dialled" | "ended";

/** One recipient in one agent's hands. */
export interface CallRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly month: string;
  readonly recipientId: number;
  readonly gateId: number;
  readonly contactId: string;
  readonly contactPointId: string;
  readonly slice: number;
  readonly agent: string;
  readonly state: CallState;
  readonly scriptVersion: number;
  readonly reservedUntil: Date;
  readonly attemptedAt: Date | null;
  readonly permitId: string | null;
  readonly dialBy: Date | null;
  readonly stopReason: string | null;
  readonly outcome: string | null;
}

const COLUMNS = sql`c.id, c.workspace_id as "workspaceId", c.campaign_id as "campaignId", c.month::text as month,
  c.recipient_id as "recipientId", c.gate_id as "gateId", r.contact_id as "contactId",
  r.contact_point_id as "contactPointId", r.slice, c.agent, c.state, c.script_version as "scriptVersion",
  c.reserved_until as "reservedUntil", c.attempted_at as "attemptedAt", c.permit_id as "permitId",
  c.dial_by as "dialBy", c.stop_reason as "stopReason", c.outcome`;

/** One call; null when this workspace has none of that id. */
export async function readCall(tx: Tx, callId: string): Promise<CallRow | null> {
  const [row] = await tx.execute<Record<string, unknown> & CallRow>(sql`
    select ${COLUMNS} from call c join recipient r on r.month = c.month and r.id = c.recipient_id
    where c.id = ${callId}::uuid`);
  return row ?? null;
}

/** The same, held until the transaction ends. Whoever needs gate rows or the recipient too locks those first. */
export async function lockCall(tx: Tx, callId: string): Promise<CallRow | null> {
  await tx.execute(sql`select 1 from call where id = ${callId}::uuid for update`);
  return readCall(tx, callId);
}

export interface CallDraft {
  readonly id: string;
  readonly campaignId: string;
  readonly month: string;
  readonly recipientId: number;
  readonly gateId: number;
  readonly contactId: string;
  readonly agent: string;
  readonly scriptVersion: number;
  readonly reservedUntil: string;
}

/**
 * Reserves recipients that this transaction holds. A reservation of theirs that ran out ends here.
 * @returns the ids of the calls; an agent who got another call at the same moment gets none here.
 */
export async function insertCalls(
  tx: Tx,
  workspaceId: string,
  drafts: readonly CallDraft[],
): Promise<Set<string>> {
  if (drafts.length === 0) return new Set();
  const recipientIds = array(
    drafts.map((draft) => draft.recipientId),
    "bigint",
  );
  await endReservations(tx, sql`recipient_id = any(${recipientIds})`);
  const made = await tx.execute<{ id: string }>(sql`
    insert into call (id, workspace_id, campaign_id, month, recipient_id, gate_id, contact_id, agent, state,
      script_version, reserved_at, reserved_until, seen_at)
    select id, ${workspaceId}::uuid, "campaignId", month, "recipientId", "gateId", "contactId", agent, 'reserved',
      "scriptVersion", consentry_now(), "reservedUntil", consentry_now()
    from jsonb_to_recordset(${rows(drafts)}) as d(id uuid, "campaignId" uuid, month date, "recipientId" bigint,
      "gateId" bigint, "contactId" uuid, agent text, "scriptVersion" int, "reservedUntil" timestamptz)
    order by agent on conflict do nothing returning id`);
  return new Set(made.map((row) => row.id));
}

/** Ends these reservations: nothing was shown. */
export async function endReservations(tx: Tx, which: SQL): Promise<void> {
  await tx.execute(sql`
    update call set state = 'ended', ended_at = consentry_now(), outcome = 'expired'
    where ended_at is null and state = 'reserved' and ${which}`);
}

/** How an agent stands: the policy acknowledged, and the call in hand. */
export interface AgentStanding {
  readonly agent: string;
  readonly hasAcknowledged: boolean;
  readonly openCallId: string | null;
}

/**
 * Ends reservations of these agents that ran out, and says how each of them stands.
 * @param policyVersion the version they have to have acknowledged.
 */
export async function standingOfAgents(
  tx: Tx,
  agents: readonly string[],
  policyVersion: number,
): Promise<AgentStanding[]> {
  const asked = array(agents, "text");
  await endReservations(tx, sql`agent = any(${asked}) and reserved_until <= consentry_now()`);
  const found = await tx.execute<Record<string, unknown> & AgentStanding>(sql`
    select a.agent, exists (select 1 from calling_policy_acknowledgement k
      where k.version = ${policyVersion} and k.agent = a.agent) as "hasAcknowledged",
      (select c.id from call c where c.agent = a.agent and c.ended_at is null) as "openCallId"
    from unnest(${asked}) as a(agent)`);
  return [...found];
}

/** Moves a call on, while it is in one of these states. Returns whether it was. */
export async function moveCall(
  tx: Tx,
  callId: string,
  from: readonly CallState[],
  to: {
    readonly state: CallState;
    readonly outcome?: string;
    readonly stopReason?: string | null;
    readonly callbackAt?: Date | null;
    /** False: nobody was dialled, so that no cap counts it. */
    readonly isAttempt?: boolean;
  },
): Promise<boolean> {
  const moved = await tx.execute(sql`
    update call set state = ${to.state}, seen_at = consentry_now(),
      outcome = coalesce(${to.outcome ?? null}, outcome),
      stop_reason = coalesce(${to.stopReason ?? null}, stop_reason),
      callback_at = coalesce(${to.callbackAt?.toISOString() ?? null}::timestamptz, callback_at),
      attempted_at = case when ${to.isAttempt ?? true} then attempted_at end,
      ended_at = case when ${to.state} = 'ended' then consentry_now() end
    where id = ${callId}::uuid and state = any(${array(from, "text")})
    returning id`);
  return moved.length > 0;
}

/** Calls made to a recipient so far, unanswered ones included. */
export async function attemptsOf(tx: Tx, recipientId: number): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(*)::int as count from call where recipient_id = ${recipientId} and attempted_at is not null`);
  return row?.count ?? 0;
}

/** Where the recipient of a call stands now, why, and when it may be called again. */
export async function recipientOfCall(
  tx: Tx,
  call: Pick<CallRow, "month" | "recipientId">,
): Promise<{ state: string; reason: string | null; notBefore: Date | null } | null> {
  const [row] = await tx.execute<{ state: string; reason: string | null; notBefore: Date | null }>(sql`
    select state, reason, case when state = 'deferred' then not_before end as "notBefore"
    from recipient where month = ${call.month}::date and id = ${call.recipientId}`);
  return row ?? null;
}
