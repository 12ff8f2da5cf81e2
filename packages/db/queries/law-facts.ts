import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** What a person and a sender have to do with each other, as the rules read it. Dates are `YYYY-MM-DD`. */
export interface RelationshipRow {
  readonly contactId: string;
  readonly lastPurchaseAt: string | null;
  readonly lastInquiryAt: string | null;
  readonly contractInForce: boolean;
  readonly collectedDuring: "sale" | "negotiation" | "free-account-with-paid-tier" | null;
  readonly similarProducts: boolean | null;
  readonly optOutOfferedAtCollection: boolean | null;
  readonly refusedAtCollection: boolean | null;
}

/** The relationships of these contacts with one sender. One set-based read. */
export async function readRelationships(
  tx: Tx,
  senderId: string,
  contactIds: readonly string[],
): Promise<RelationshipRow[]> {
  const found = await tx.execute<Record<string, unknown> & RelationshipRow>(sql`
    select contact_id as "contactId", last_purchase_at::text as "lastPurchaseAt",
      last_inquiry_at::text as "lastInquiryAt", contract_in_force as "contractInForce",
      collected_during as "collectedDuring", similar_products as "similarProducts",
      opt_out_offered_at_collection as "optOutOfferedAtCollection", refused_at_collection as "refusedAtCollection"
    from relationship where sender_id = ${senderId}::uuid and contact_id = any(${array(contactIds, "uuid")})`);
  return [...found];
}

/** A do-not-call list's copy, and which of the asked keys it lists. */
export interface RegistryRow {
  readonly registryId: string;
  readonly asOf: Date;
  readonly listed: readonly { readonly gateId: number; readonly listedAt: string | null }[];
}

/** Every list this workspace holds whole, with the entries about these keys. Every key is asked under each of its digests. */
export async function readRegistries(tx: Tx, gateIds: readonly number[]): Promise<RegistryRow[]> {
  const found = await tx.execute<{ registryId: string; asOf: Date; listed: RegistryRow["listed"] }>(sql`
    -- The digests' beginnings are made first: row-level security keeps a condition that calls a function away from an index.
    with asked as materialized (
      select gate_id, key_version, substring(digest from 1 for 8) as digest
      from gate_index where gate_id = any(${array(gateIds, "bigint")})
    )
    select c.registry_id as "registryId", c.as_of as "asOf", (
      select coalesce(jsonb_agg(jsonb_build_object('gateId', l.gate_id, 'listedAt', l.listed_at::text)), '[]') from (
        select i.gate_id, e.listed_at
        from gate_index i join registry_entry e on e.workspace_id = i.workspace_id and e.digest = i.digest
        where i.gate_id = any(${array(gateIds, "bigint")}) and e.registry_id = c.registry_id
        union all
        select found.gate_id, case when found.day > 0 then date '2000-01-01' + found.day end
        from (
          select asked.gate_id, case when b.days is null then 0
            else 256 * get_byte(b.days, (b.place - 1) / 8 * 2) + get_byte(b.days, (b.place - 1) / 8 * 2 + 1) end as day
          from asked, lateral (
            select days, position(asked.digest in near.digests) as place from (
              select digests, days from registry_block
              where version_id = c.version_id and key_version = asked.key_version and first <= asked.digest
              order by first desc limit 1) near) b
          where c.version_id is not null and b.place > 0) found) l) as listed
    from registry_copy c where c.as_of is not null`);
  return found.map((row) => ({ ...row }));
}

export interface ReassignmentRow {
  readonly gateId: number;
  readonly database: string;
  readonly answer: "yes" | "no" | "no-data";
  readonly queriedAt: Date;
  readonly consentDate: string;
}

/** The stored answers of reassigned-numbers databases about these keys. */
export async function readReassignments(tx: Tx, gateIds: readonly number[]): Promise<ReassignmentRow[]> {
  const found = await tx.execute<Record<string, unknown> & ReassignmentRow>(sql`
    select gate_id as "gateId", database, answer, queried_at as "queriedAt", consent_date::text as "consentDate"
    from reassignment_answer where gate_id = any(${array(gateIds, "bigint")})`);
  return [...found];
}
