import { sql } from "drizzle-orm";
import { array, rows, type Tx } from "../database.ts";

export interface UndoDraft {
  readonly workspaceId: string;
  readonly nonceHash: Buffer;
  readonly gateId: number;
  readonly eventIds: readonly number[];
  readonly expiresAt: Date;
}

/** Keeps the hash of a one-time undo; the nonce itself stands only in the answer to the stop. */
export async function insertUndoNonce(tx: Tx, draft: UndoDraft): Promise<void> {
  const [record] = [{ event_ids: draft.eventIds, expires_at: draft.expiresAt.toISOString() }];
  await tx.execute(sql`
    insert into undo_nonce (nonce_hash, workspace_id, gate_id, event_ids, expires_at)
    select ${draft.nonceHash}, ${draft.workspaceId}::uuid, ${draft.gateId}, ${array(draft.eventIds, "bigint")}, expires_at
    from jsonb_to_recordset(${rows([record])}) as r(expires_at timestamptz)`);
}

/** A consent event that an undo takes back, as it was recorded. */
export interface UndoableEvent {
  readonly id: number;
  readonly gateId: number;
  readonly channel: "email" | "phone";
  readonly contactId: string | null;
  readonly senderId: string | null;
  readonly purposeId: string | null;
  readonly type: string;
}

/**
 * Uses up a nonce that is known, unused and not expired, and returns the events it may take back; null otherwise.
 * The update is the claim: of two presses at once one finds it used.
 */
export async function claimUndoNonce(tx: Tx, nonceHash: Buffer): Promise<readonly UndoableEvent[] | null> {
  const [claimed] = await tx.execute<{ event_ids: number[] | string }>(sql`
    update undo_nonce set used_at = consentry_now()
    where nonce_hash = ${nonceHash} and used_at is null and expires_at > consentry_now()
    returning to_json(event_ids) as event_ids`);
  if (claimed === undefined) return null;
  const ids =
    typeof claimed.event_ids === "string" ? (JSON.parse(claimed.event_ids) as number[]) : claimed.event_ids;
  const events = await tx.execute<Record<string, unknown> & UndoableEvent>(sql`
    select id, gate_id as "gateId", channel, contact_id as "contactId", sender_id as "senderId",
      purpose_id as "purposeId", type
    from consent_event where id = any(${array(ids, "bigint")}) order by id`);
  return [...events];
}
