import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** The sealed evidence of an event, with the wrapped key of the person it is sealed for. */
export interface SealedEvidence {
  readonly eventId: number;
  readonly gateId: number;
  readonly seq: number;
  readonly contactId: string | null;
  readonly evidence: Buffer | null;
  readonly wrappedKey: Buffer | null;
}

export async function readSealedEvidence(tx: Tx, eventIds: readonly number[]): Promise<SealedEvidence[]> {
  if (eventIds.length === 0) return [];
  const found = await tx.execute<Record<string, unknown> & SealedEvidence>(sql`
    select e.id as "eventId", e.gate_id as "gateId", e.seq, e.contact_id as "contactId", e.evidence,
      c.wrapped_key as "wrappedKey"
    from consent_event e left join contact c on c.id = e.contact_id
    where e.id = any(${array(eventIds, "bigint")}) order by e.id`);
  return [...found];
}
