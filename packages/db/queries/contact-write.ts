import { sql } from "drizzle-orm";
import { array, digestList, rows, type Tx } from "../database.ts";
import type { BlindDigest } from "../vault/blind-index.ts";
import type { Provenance } from "./contact-facts.ts";

export interface ContactWrite {
  readonly id: string;
  readonly wrappedKey: Buffer;
  readonly identity: Buffer;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly country: string | null;
  readonly region: string | null;
  readonly language: string | null;
  readonly party: "consumer" | "business" | "sole-trader";
  readonly age: number | null;
  /** Of a new contact alone; `setProvenance` changes it later. */
  readonly sourceId?: string | null;
  readonly obtainedAt?: Date | null;
}

export interface PointWrite {
  readonly id: string;
  readonly contactId: string;
  readonly channel: "email" | "phone";
  readonly gateId: number;
  readonly isPrimary: boolean;
  readonly digests: readonly BlindDigest[];
}

const record = (contact: ContactWrite) => ({
  ...contact,
  wrappedKey: contact.wrappedKey.toString("hex"),
  identity: contact.identity.toString("hex"),
});

const SHAPE = sql`r(id uuid, "wrappedKey" text, identity text, attributes jsonb, country text, region text,
  language text, party text, age int, "sourceId" uuid, "obtainedAt" timestamptz)`;

/** Read once for a statement: as a call it would be made for every row. */
const NOW = sql`(select consentry_now())`;

/** Inserts contacts; their identifying part is sealed already. */
export async function insertContacts(
  tx: Tx,
  workspaceId: string,
  contacts: readonly ContactWrite[],
): Promise<void> {
  if (contacts.length === 0) return;
  await tx.execute(sql`
    insert into contact (id, workspace_id, wrapped_key, identity, attributes, country, region, language, party, age,
      source_id, obtained_at, created_at, updated_at)
    select id, ${workspaceId}::uuid, decode("wrappedKey", 'hex'), decode(identity, 'hex'), attributes, country, region,
      language, party, age, "sourceId", "obtainedAt", ${NOW}, ${NOW}
    from jsonb_to_recordset(${rows(contacts.map(record))}) as ${SHAPE}`);
}

/**
 * Updates contacts. The caller bumps the gate rows of those whose facts changed, in the same transaction.
 */
export async function updateContacts(tx: Tx, contacts: readonly ContactWrite[]): Promise<void> {
  if (contacts.length === 0) return;
  await tx.execute(sql`
    update contact k set identity = decode(r.identity, 'hex'), attributes = r.attributes, country = r.country,
      region = r.region, language = r.language, party = r.party, age = r.age, updated_at = ${NOW}
    from jsonb_to_recordset(${rows(contacts.map(record))}) as ${SHAPE}
    where k.id = r.id and k.erased_at is null`);
}

/** Locks contacts in sorted order: writers of contact-level facts take them before any gate row. */
export async function lockContacts(tx: Tx, contactIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    select id from contact where id = any(${array(contactIds, "uuid")}) order by id for no key update`);
}

/** Inserts contact points with their exact blind indexes. */
export async function insertPoints(
  tx: Tx,
  workspaceId: string,
  points: readonly PointWrite[],
): Promise<void> {
  if (points.length === 0) return;
  const stored = tx.execute(sql`
    insert into contact_point (id, workspace_id, contact_id, channel, gate_id, is_primary, created_at)
    select id, ${workspaceId}::uuid, "contactId", channel, "gateId", "isPrimary", ${NOW}
    from jsonb_to_recordset(${rows(points.map(({ digests: _digests, ...point }) => point))})
      as r(id uuid, "contactId" uuid, channel text, "gateId" bigint, "isPrimary" boolean)`);
  const index = points.flatMap((point) =>
    point.digests.map((entry) => ({
      version: entry.keyVersion,
      digest: entry.digest.toString("hex"),
      point: point.id,
    })),
  );
  const indexed = tx.execute(sql`
    insert into point_index (workspace_id, key_version, digest, contact_point_id)
    select ${workspaceId}::uuid, version, decode(digest, 'hex'), point
    from jsonb_to_recordset(${rows(index)}) as r(version text, digest text, point uuid) on conflict do nothing`);
  await Promise.all([stored, indexed]);
}

export interface NameDraft {
  readonly contactId: string;
  readonly digests: readonly BlindDigest[];
  /** True: the contact was just made, and has no older name to take out of the index. */
  readonly isNew?: boolean;
}

/** Sets the name indexes of contacts anew. */
export async function replaceNames(tx: Tx, workspaceId: string, names: readonly NameDraft[]): Promise<void> {
  if (names.length === 0) return;
  const renamed = names.filter((name) => !name.isNew).map((name) => name.contactId);
  if (renamed.length > 0) {
    await tx.execute(sql`delete from name_index where contact_id = any(${array(renamed, "uuid")})`);
  }
  const index = names.flatMap((name) =>
    name.digests.map((entry) => ({
      version: entry.keyVersion,
      digest: entry.digest.toString("hex"),
      contact: name.contactId,
    })),
  );
  await tx.execute(sql`
    insert into name_index (workspace_id, key_version, digest, contact_id)
    select ${workspaceId}::uuid, version, decode(digest, 'hex'), contact
    from jsonb_to_recordset(${rows(index)}) as r(version text, digest text, contact uuid) on conflict do nothing`);
}

/** A contact as stored, with its points: emails before phones, of each the primary one first, then the oldest. */
export interface ContactRecord extends Provenance {
  readonly id: string;
  readonly wrappedKey: Buffer | null;
  readonly identity: Buffer | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly country: string | null;
  readonly region: string | null;
  readonly language: string | null;
  readonly party: "consumer" | "business" | "sole-trader";
  readonly age: number | null;
  readonly restrictedSince: Date | null;
  readonly erasedAt: Date | null;
  readonly createdAt: Date;
  readonly points: readonly {
    readonly id: string;
    readonly channel: "email" | "phone";
    readonly gateId: number;
    readonly isPrimary: boolean;
  }[];
}

const CONTACT = sql`k.id, k.wrapped_key as "wrappedKey", k.identity, k.attributes, k.country, k.region, k.language,
  k.party, k.age, k.source_id as "sourceId", k.obtained_at as "obtainedAt", k.art14_notice_at as "art14NoticeAt",
  k.opt_out_signal_at as "optOutSignalAt", k.restricted_since as "restrictedSince", k.erased_at as "erasedAt", k.created_at as "createdAt",
  (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'channel', p.channel, 'gateId', p.gate_id,
    'isPrimary', p.is_primary) order by p.channel, p.is_primary desc, p.created_at, p.id), '[]')
   from contact_point p where p.contact_id = k.id) as points`;

export async function readContacts(tx: Tx, contactIds: readonly string[]): Promise<ContactRecord[]> {
  if (contactIds.length === 0) return [];
  const found = await tx.execute<Record<string, unknown> & ContactRecord>(
    sql`select ${CONTACT} from contact k where k.id = any(${array(contactIds, "uuid")})`,
  );
  return [...found];
}

/** Contacts, newest first (their ids are time-ordered); `before` is the last one seen. */
export async function listContacts(tx: Tx, limit: number, before: string | null): Promise<ContactRecord[]> {
  const found = await tx.execute<Record<string, unknown> & ContactRecord>(sql`
    select ${CONTACT} from contact k
    where ${before}::uuid is null or k.id < ${before}::uuid order by k.id desc limit ${limit}`);
  return [...found];
}

/** Which contact points have these exact digests (hex); a number may belong to several. */
export async function findPoints(
  tx: Tx,
  digests: readonly string[],
): Promise<{ digest: string; contactPointId: string; contactId: string; gateId: number }[]> {
  if (digests.length === 0) return [];
  const found = await tx.execute<{
    digest: string;
    contactPointId: string;
    contactId: string;
    gateId: number;
  }>(sql`
    select encode(i.digest, 'hex') as digest, i.contact_point_id as "contactPointId", p.contact_id as "contactId",
      p.gate_id as "gateId"
    from point_index i join contact_point p on p.id = i.contact_point_id
    where i.digest = any(${digestList(digests)})`);
  return [...found];
}

/** Contacts whose full name has one of these digests. */
export async function findByName(tx: Tx, digests: readonly string[]): Promise<string[]> {
  const found = await tx.execute<{ contact_id: string }>(sql`
    select distinct i.contact_id from name_index i where i.digest = any(${digestList(digests)})`);
  return found.map((row) => row.contact_id);
}
