import postgres from "postgres";
import { EMPTY_HEAD, type LeafFields, leafOf, nextHead } from "#db/ledger/chain";

type EventRow = Omit<LeafFields, "gateId" | "seq" | "occurredAt" | "recordedAt" | "expiresAt"> & {
  readonly id: string;
  readonly gateId: string;
  readonly seq: string;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly expiresAt: Date | null;
  readonly commitment: Buffer;
  readonly leaf: Buffer;
  readonly head: Buffer;
};

/** What does not add up in a database's consent ledger, recomputed from its public columns and commitments alone. */
export async function chainFaults(ownerUrl: string): Promise<{ events: number; faults: string[] }> {
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    const events = await owner<EventRow[]>`
      select id, workspace_id as "workspaceId", gate_id as "gateId", seq, type, channel, contact_id as "contactId",
        contact_point_id as "contactPointId", sender_id as "senderId", purpose_id as "purposeId",
        occurred_at as "occurredAt", recorded_at as "recordedAt", method, actor, claimed, lifts,
        notice_id as "noticeId", expires_at as "expiresAt", campaign_id as "campaignId",
        suppression_kind as "suppressionKind", commitment, leaf, head
      from consent_event order by gate_id, seq`;
    const faults: string[] = [];
    const heads = new Map<string, Buffer>();
    for (const { id, commitment, leaf, head, ...row } of events) {
      const fields: LeafFields = {
        ...row,
        gateId: Number(row.gateId),
        seq: Number(row.seq),
        occurredAt: row.occurredAt.toISOString(),
        recordedAt: row.recordedAt.toISOString(),
        expiresAt: row.expiresAt?.toISOString() ?? null,
      };
      const before = heads.get(row.gateId) ?? EMPTY_HEAD;
      if (!leafOf(fields, commitment).equals(leaf)) faults.push(`event ${id}: leaf`);
      if (!nextHead(before, leaf).equals(head)) faults.push(`event ${id}: head`);
      heads.set(row.gateId, head);
    }
    for (const gate of await owner<{ id: string; head: Buffer }[]>`select id, head from gate`)
      if (!(heads.get(gate.id) ?? EMPTY_HEAD).equals(gate.head)) faults.push(`gate row ${gate.id}: head`);
    return { events: events.length, faults };
  } finally {
    await owner.end();
  }
}
