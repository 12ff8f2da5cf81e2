import { sql } from "drizzle-orm";
import type { SuppressionKind } from "#core/facts";
import { array, rows, type Tx } from "../database.ts";

export interface SuppressionDraft {
  readonly gateId: number;
  readonly kind: SuppressionKind;
  /** Null binds every sender. */
  readonly senderId: string | null;
  readonly contactId: string | null;
  readonly at: Date;
  /** The consent event recorded in the same transaction; its append bumped the gate row. */
  readonly eventId: number;
}

export interface StandingSuppression {
  readonly id: number;
  readonly gateId: number;
  readonly kind: SuppressionKind;
  readonly senderId: string | null;
  readonly contactId: string | null;
  readonly at: Date;
  readonly eventId: number;
}

/** Adds do-not-contact entries. The database refuses one whose gate row was not bumped in this transaction. */
export async function addSuppressions(
  tx: Tx,
  workspaceId: string,
  drafts: readonly SuppressionDraft[],
): Promise<void> {
  if (drafts.length === 0) return;
  await tx.execute(sql`
    insert into suppression (workspace_id, gate_id, kind, sender_id, contact_id, at, event_id)
    select ${workspaceId}::uuid, "gateId", kind, "senderId", "contactId", at, "eventId"
    from jsonb_to_recordset(${rows(drafts)})
      as r("gateId" bigint, kind text, "senderId" uuid, "contactId" uuid, at timestamptz, "eventId" bigint)`);
}

/**
 * The entries in force on these keys.
 * @param asOf those that stood on record at this past instant; null: those that stand now.
 */
export async function standingSuppressions(
  tx: Tx,
  gateIds: readonly number[],
  asOf: Date | null = null,
): Promise<StandingSuppression[]> {
  if (gateIds.length === 0) return [];
  const stood =
    asOf === null
      ? sql`lifted_by_event_id is null`
      : sql`exists (select 1 from consent_event e where e.id = event_id and e.recorded_at < ${asOf.toISOString()}::timestamptz)
          and not exists (select 1 from consent_event e
            where e.id = lifted_by_event_id and e.recorded_at < ${asOf.toISOString()}::timestamptz)`;
  const found = await tx.execute<Record<string, unknown> & StandingSuppression>(sql`
    select id, gate_id as "gateId", kind, sender_id as "senderId", contact_id as "contactId", at,
      event_id as "eventId"
    from suppression
    where gate_id = any(${array(gateIds, "bigint")}) and ${stood}`);
  return [...found];
}

/** Marks entries as lifted by the event that records the person's own act. Returns how many it lifted. */
export async function liftSuppressions(
  tx: Tx,
  suppressionIds: readonly number[],
  liftedByEventId: number,
): Promise<number> {
  if (suppressionIds.length === 0) return 0;
  const lifted = await tx.execute(sql`
    update suppression set lifted_by_event_id = ${liftedByEventId}
    where id = any(${array(suppressionIds, "bigint")}) and lifted_by_event_id is null
    returning id`);
  return lifted.length;
}
