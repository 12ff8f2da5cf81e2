import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** A stop as it stands in a key's chain. Instants are ISO 8601 UTC, hashes hex. */
export interface LastStop {
  readonly type: "withdrawn" | "objected" | "suppressed";
  /** Null: everything was stopped. */
  readonly purposeId: string | null;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly seq: number;
  readonly leaf: string;
  readonly head: string;
}

/** The last stop on a key that covers a purpose; null when there was none. */
export async function readLastStop(
  tx: Tx,
  gateId: number,
  purposeId: string | null,
): Promise<LastStop | null> {
  const [row] = await tx.execute<
    Record<string, unknown> &
      Omit<LastStop, "occurredAt" | "recordedAt"> & { occurredAt: Date; recordedAt: Date }
  >(sql`
    select type, purpose_id as "purposeId", occurred_at as "occurredAt", recorded_at as "recordedAt", seq,
      encode(leaf, 'hex') as leaf, encode(head, 'hex') as head
    from consent_event
    where gate_id = ${gateId} and type in ('withdrawn', 'objected', 'suppressed')
      and (purpose_id is null or purpose_id = ${purposeId}::uuid)
    order by seq desc limit 1`);
  if (row === undefined) return null;
  return { ...row, occurredAt: row.occurredAt.toISOString(), recordedAt: row.recordedAt.toISOString() };
}
