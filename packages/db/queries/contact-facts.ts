import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";
import type { RelationshipRow } from "./law-facts.ts";

/** Restricts a contact, or lifts the restriction. The caller bumps the contact's gate rows. */
export async function setRestriction(tx: Tx, contactId: string, since: Date | null): Promise<void> {
  await tx.execute(sql`
    update contact set restricted_since = ${since?.toISOString() ?? null}::timestamptz, updated_at = consentry_now()
    where id = ${contactId}::uuid`);
}

/** Since when the use of a contact's data is restricted; null when it is not. */
export async function readRestriction(tx: Tx, contactId: string): Promise<Date | null> {
  const [row] = await tx.execute<{ since: Date | null }>(
    sql`select restricted_since as since from contact where id = ${contactId}::uuid`,
  );
  return row?.since ?? null;
}

/** Where a contact's data came from, what the person was told of it, and their browser's opt-out. */
export interface Provenance {
  readonly sourceId: string | null;
  readonly obtainedAt: Date | null;
  readonly art14NoticeAt: Date | null;
  readonly optOutSignalAt: Date | null;
}

/** Stores a contact's provenance. The caller bumps the contact's gate rows. */
export async function setProvenance(tx: Tx, contactId: string, provenance: Provenance): Promise<void> {
  const at = (instant: Date | null) => sql`${instant?.toISOString() ?? null}::timestamptz`;
  await tx.execute(sql`
    update contact set source_id = ${provenance.sourceId}::uuid, obtained_at = ${at(provenance.obtainedAt)},
      art14_notice_at = ${at(provenance.art14NoticeAt)}, opt_out_signal_at = ${at(provenance.optOutSignalAt)},
      updated_at = consentry_now()
    where id = ${contactId}::uuid`);
}

/** Stores what a contact and a sender have to do with each other. The caller bumps the contact's gate rows. */
export async function setRelationship(
  tx: Tx,
  workspaceId: string,
  senderId: string,
  row: RelationshipRow,
): Promise<void> {
  await tx.execute(sql`
    insert into relationship (workspace_id, contact_id, sender_id, last_purchase_at, last_inquiry_at,
      contract_in_force, collected_during, similar_products, opt_out_offered_at_collection, refused_at_collection,
      updated_at)
    values (${workspaceId}, ${row.contactId}, ${senderId}, ${row.lastPurchaseAt}::date, ${row.lastInquiryAt}::date,
      ${row.contractInForce}, ${row.collectedDuring}, ${row.similarProducts}, ${row.optOutOfferedAtCollection},
      ${row.refusedAtCollection}, consentry_now())
    on conflict (contact_id, sender_id) do update set last_purchase_at = excluded.last_purchase_at,
      last_inquiry_at = excluded.last_inquiry_at, contract_in_force = excluded.contract_in_force,
      collected_during = excluded.collected_during, similar_products = excluded.similar_products,
      opt_out_offered_at_collection = excluded.opt_out_offered_at_collection,
      refused_at_collection = excluded.refused_at_collection, updated_at = excluded.updated_at`);
}
