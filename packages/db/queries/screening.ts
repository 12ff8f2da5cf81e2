import { sql } from "drizzle-orm";
import { array, rows, type Tx } from "../database.ts";

/** A recipient taken for screening, with the versions its permit will rely on. */
export interface ScreenedRow {
  readonly month: string;
  readonly id: number;
  readonly campaignId: string;
  readonly contactId: string;
  readonly contactPointId: string;
  readonly gateId: number;
  readonly attempts: number;
  readonly gateVersion: number;
}

/**
 * Takes recipients of a slice that are due, locked against other workers, at most `limit`. Rows another worker is
 * screening are skipped. The gate versions come from this first statement and the facts from later ones: a fact may
 * be newer than its version, never older, and a version that moved makes the permit stale.
 */
export async function takeDueRecipients(
  tx: Tx,
  campaignId: string,
  slice: number,
  limit: number,
): Promise<ScreenedRow[]> {
  const taken = await tx.execute<Record<string, unknown> & ScreenedRow>(sql`
    with due as materialized (
      select r.month, r.id from recipient r join campaign c on c.id = r.campaign_id and c.month = r.month
      where r.campaign_id = ${campaignId}::uuid and r.slice = ${slice} and r.duplicate_of is null
        and r.state in ('planned', 'deferred') and (r.not_before is null or r.not_before <= (select consentry_now()))
      order by r.id limit ${limit}
      for update of r skip locked
    )
    ${withVersions(sql`due`)}`);
  return [...taken];
}

/** Takes these recipients again while they hold this worker's stale permit, for a second look inline. */
export async function takePermitted(
  tx: Tx,
  asks: readonly { readonly month: string; readonly recipientId: number; readonly permitId: string }[],
): Promise<ScreenedRow[]> {
  const taken = await tx.execute<Record<string, unknown> & ScreenedRow>(sql`
    with held as materialized (
      select r.month, r.id from recipient r
      join jsonb_to_recordset(${rows(asks)})
        as a(month date, "recipientId" bigint, "permitId" uuid)
        on r.month = a.month and r.id = a."recipientId" and r.permit_id = a."permitId"
      where r.state = 'permitted'
      order by r.id for update of r
    )
    ${withVersions(sql`held`)}`);
  return [...taken];
}

/** Rows of a month that this transaction has locked, with the versions their permits will rely on. */
export async function readTaken(
  tx: Tx,
  month: string,
  recipientIds: readonly number[],
): Promise<ScreenedRow[]> {
  if (recipientIds.length === 0) return [];
  const taken = await tx.execute<Record<string, unknown> & ScreenedRow>(
    withVersions(sql`(select month, id from recipient
      where month = ${month}::date and id = any(${array(recipientIds, "bigint")}))`),
  );
  return [...taken];
}

const withVersions = (source: ReturnType<typeof sql>) => sql`
    select r.month::text as month, r.id, r.campaign_id as "campaignId", r.contact_id as "contactId",
      r.contact_point_id as "contactPointId", r.gate_id as "gateId", r.attempts, g.version as "gateVersion"
    from ${source} s
    join recipient r on r.month = s.month and r.id = s.id
    join gate g on g.id = r.gate_id
    order by r.id`;

/** What the gate answered for one recipient, and the permit if it allowed. */
export interface ScreeningResult {
  readonly month: string;
  readonly recipientId: number;
  readonly campaignId: string;
  readonly gateId: number;
  readonly gateVersion: number;
  readonly policyEpoch: number;
  readonly campaignVersion: number;
  readonly verdict: "allow" | "block" | "defer";
  readonly reason: string;
  /** Not screened again before this instant. */
  readonly until: string | null;
  readonly failing: readonly string[];
  readonly notChecked: readonly string[];
  readonly ruleset: string;
  readonly evidenceEventId: number | null;
  /** Keyed digest of the facts, base64; null: they could not be read. */
  readonly factsHash: string | null;
  /**
   * The state the recipient goes to; a block that is the system's fault leaves it `deferred`, and who may be called
   * stays `planned`: until somebody asks, or until an agent's reservation ends.
   */
  readonly state: "permitted" | "blocked" | "deferred" | "planned";
  readonly permitId: string | null;
  readonly permitExpiresAt: string | null;
}

/**
 * Stores every decision and moves the recipients, in the transaction that locked them.
 * @param workerSession who holds the permits; null where none is given.
 */
export async function storeScreening(
  tx: Tx,
  workspaceId: string,
  workerSession: string | null,
  results: readonly ScreeningResult[],
  inline: boolean,
): Promise<void> {
  if (results.length === 0) return;
  // Keys are given as arrays too: the planner cannot know how few rows JSON holds and would read the whole month.
  const ids = array(
    results.map((result) => result.recipientId),
    "bigint",
  );
  const months = array([...new Set(results.map((result) => result.month))], "date");
  await tx.execute(sql`
    with clock as materialized (
      select consentry_now() as now
    ), answer as materialized (
      select * from jsonb_to_recordset(${rows(results)}) as r(month date,
        "recipientId" bigint, "campaignId" uuid, "gateId" bigint, "gateVersion" bigint, "policyEpoch" bigint,
        "campaignVersion" bigint, verdict text, reason text, until timestamptz, failing jsonb, "notChecked" jsonb,
        ruleset text, "evidenceEventId" bigint, "factsHash" text, state text, "permitId" uuid, "permitExpiresAt" timestamptz)
    ), stored as (
      insert into decision (month, workspace_id, campaign_id, recipient_id, gate_id, verdict, reason, until, failing,
        not_checked, ruleset, gate_version, policy_epoch, evidence_event_id, facts_hash, inline, decided_at)
      select month, ${workspaceId}::uuid, "campaignId", "recipientId", "gateId", verdict, reason,
        case when verdict <> 'allow' then until end,
        array(select jsonb_array_elements_text(failing)), array(select jsonb_array_elements_text("notChecked")),
        ruleset, "gateVersion", "policyEpoch", "evidenceEventId", decode("factsHash", 'base64'), ${inline}, clock.now
      from answer, clock returning id, month, recipient_id
    )
    update recipient r set state = a.state, reason = case when a.verdict = 'allow' then null else a.reason end,
      decision_id = s.id, permit_id = a."permitId", permit_gate_version = a."gateVersion",
      permit_policy_epoch = a."policyEpoch", permit_campaign_version = a."campaignVersion",
      permit_expires_at = a."permitExpiresAt", not_before = a.until,
      worker_session = case when a.state = 'permitted' then ${workerSession}::uuid end,
      ended_at = case when a.state = 'blocked' then clock.now end
    from clock, answer a join stored s on s.recipient_id = a."recipientId" and s.month = a.month
    where r.month = any(${months}) and r.id = any(${ids}) and r.month = a.month and r.id = a."recipientId"`);
}

/**
 * Gives permits back: the recipients wait again as `planned`, not before `backoffMs` from now. Counts no attempt.
 * Only rows that still hold exactly this permit move.
 */
export async function returnPermits(
  tx: Tx,
  permits: readonly { readonly month: string; readonly recipientId: number; readonly permitId: string }[],
  backoffMs: number,
): Promise<number> {
  if (permits.length === 0) return 0;
  const returned = await tx.execute(sql`
    update recipient r set state = 'planned', permit_id = null, permit_expires_at = null, worker_session = null,
      not_before = consentry_now() + ${backoffMs} * interval '1 millisecond'
    from jsonb_to_recordset(${rows(permits)})
      as a(month date, "recipientId" bigint, "permitId" uuid)
    where r.month = a.month and r.id = a."recipientId" and r.permit_id = a."permitId" and r.state = 'permitted'
    returning r.id`);
  return returned.length;
}

/** The state and versions a permit of this campaign will rely on. Takes no lock: redeem compares them locked. */
export async function campaignVersions(tx: Tx, campaignId: string) {
  const [row] = await tx.execute<{
    version: number;
    state: string;
    policyEpoch: number;
    frozen: boolean;
  }>(sql`
    select c.version, c.state, w.policy_epoch as "policyEpoch", w.frozen_at is not null as frozen
    from campaign c join workspace w on w.id = c.workspace_id where c.id = ${campaignId}::uuid`);
  return row ?? null;
}

/**
 * How often these keys were contacted, or may have been, since `since`: for frequency caps over any campaign. A call
 * that nobody answered counts too; the last call of a recipient has its instant in both tables and counts once.
 * @param before only contacts before this instant; null for all.
 */
export async function contactsSince(
  tx: Tx,
  gateIds: readonly number[],
  since: Date,
  before: Date | null,
): Promise<{ gateId: number; at: Date }[]> {
  if (gateIds.length === 0) return [];
  const found = await tx.execute<{ gateId: number; at: Date }>(sql`
    select r.gate_id as "gateId", r.redeemed_at as at from recipient r
    where r.gate_id = any(${array(gateIds, "bigint")}) and r.redeemed_at >= ${since.toISOString()}::timestamptz
      and r.redeemed_at < coalesce(${before?.toISOString() ?? null}::timestamptz, 'infinity')
      and r.state in ('redeemed', 'contacted', 'unconfirmed')
    union
    select c.gate_id, c.attempted_at from call c
    where c.gate_id = any(${array(gateIds, "bigint")}) and c.attempted_at >= ${since.toISOString()}::timestamptz
      and c.attempted_at < coalesce(${before?.toISOString() ?? null}::timestamptz, 'infinity')`);
  return [...found];
}
