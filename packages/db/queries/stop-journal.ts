import { sql } from "drizzle-orm";
import type { SuppressionKind } from "#core/facts";
import { array, type Tx } from "../database.ts";

/** A stop as the journal keeps it: ids and keyed digests, nothing that names a person. */
export interface JournalEntry {
  /** The leaf of the ledger's event: no other event has the same. */
  readonly leaf: string;
  readonly workspaceId: string;
  readonly channel: "email" | "phone";
  /** The canonical key under every version of the index key that was live. */
  readonly digests: readonly { readonly keyVersion: string; readonly digest: string }[];
  readonly type: "withdrawn" | "refused" | "objected" | "suppressed";
  readonly suppressionKind: SuppressionKind | null;
  readonly contactId: string | null;
  readonly senderId: string | null;
  readonly purposeId: string | null;
  readonly campaignId: string | null;
  readonly method: string;
  readonly occurredAt: string;
}

/** Stops, of all workspaces, that do not stand in the journal yet. */
export async function waitingStops(
  tx: Tx,
  limit: number,
): Promise<{ eventId: number; entry: JournalEntry }[]> {
  const found = await tx.execute<{ eventId: number; entry: JournalEntry }>(
    sql`select event_id as "eventId", entry from stop_journal_waiting(${limit})`,
  );
  return [...found];
}

/** Notes that these stops stand in the journal, in the transaction that moves the position. */
export async function noteWritten(tx: Tx, eventIds: readonly number[]): Promise<void> {
  await tx.execute(sql`select stop_journal_written(${array(eventIds, "bigint")})`);
}

/** How far this database knows each of the journal's files. */
export async function journalPositions(tx: Tx): Promise<Map<string, number>> {
  const found = await tx.execute<{ file: string; bytes: number }>(
    sql`select file, bytes from stop_journal_position`,
  );
  return new Map(found.map((row) => [row.file, row.bytes]));
}

/** The position of a file, held until the transaction ends: one process writes to it at a time. */
export async function holdPosition(tx: Tx, file: string): Promise<number> {
  await tx.execute(
    sql`insert into stop_journal_position (file, bytes) values (${file}, 0) on conflict do nothing`,
  );
  const [row] = await tx.execute<{ bytes: number }>(
    sql`select bytes from stop_journal_position where file = ${file} for update`,
  );
  return row?.bytes ?? 0;
}

export async function setPosition(tx: Tx, file: string, bytes: number): Promise<void> {
  await tx.execute(sql`update stop_journal_position set bytes = ${bytes} where file = ${file}`);
}

/** True when a stop of the journal is on this ledger: as it was, or recorded anew. The caller holds the gate row. */
export async function isOnLedger(tx: Tx, gateId: number, leaf: Buffer): Promise<boolean> {
  const found = await tx.execute(sql`
    select 1 from consent_event where gate_id = ${gateId} and leaf = ${leaf}
    union all select 1 from restored_stop where leaf = ${leaf}`);
  return found.length > 0;
}

export async function noteRestored(
  tx: Tx,
  workspaceId: string,
  leaf: Buffer,
  eventId: number,
): Promise<void> {
  await tx.execute(sql`
    insert into restored_stop (workspace_id, leaf, event_id) values (${workspaceId}, ${leaf}, ${eventId})`);
}
