import { type SQL, sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";
import { walk } from "../walk.ts";

/** A contact point and the person behind it, still sealed. */
export interface CandidateRow {
  readonly contactPointId: string;
  readonly contactId: string;
  readonly gateId: number;
  readonly channel: "email" | "phone";
  readonly wrappedKey: Buffer | null;
  readonly identity: Buffer | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly country: string | null;
  readonly region: string | null;
  readonly language: string | null;
  readonly party: "consumer" | "business" | "sole-trader";
  readonly age: number | null;
  readonly restrictedSince: Date | null;
  /** The person was erased: nothing else of this row can be read any more. */
  readonly erasedAt: Date | null;
  /** Null: the data came from the person. */
  readonly sourceKind: "csv-import" | "purchased-list" | "third-party-named-consent" | null;
  readonly sourceVendor: string | null;
  readonly sourceVerifiedAt: Date | null;
  readonly sourceDeletionsRunAt: Date | null;
  readonly obtainedAt: Date | null;
  readonly art14NoticeAt: Date | null;
  readonly optOutSignalAt: Date | null;
}

const COLUMNS = sql`p.id as "contactPointId", p.contact_id as "contactId", p.gate_id as "gateId", p.channel,
  k.wrapped_key as "wrappedKey", k.identity, k.attributes, k.country, k.region, k.language, k.party, k.age,
  k.restricted_since as "restrictedSince", k.erased_at as "erasedAt", o.kind as "sourceKind",
  o.vendor as "sourceVendor", o.verified_at as "sourceVerifiedAt", o.deletions_run_at as "sourceDeletionsRunAt",
  k.obtained_at as "obtainedAt", k.art14_notice_at as "art14NoticeAt",
  k.opt_out_signal_at as "optOutSignalAt"`;
const TABLES = sql`contact_point p join contact k on k.id = p.contact_id left join source o on o.id = k.source_id`;

/** A candidate that a campaign has as a recipient. */
export interface ScreenableRow extends CandidateRow {
  /** Other contacts turned out to be this person: a campaign may have them too. */
  readonly tookOthersIn: boolean;
}

/** The facts about these contact points' people. One set-based read. */
export async function readCandidates(tx: Tx, contactPointIds: readonly string[]): Promise<ScreenableRow[]> {
  if (contactPointIds.length === 0) return [];
  const found = await tx.execute<Record<string, unknown> & ScreenableRow>(sql`
    select ${COLUMNS}, exists (select 1 from contact m where m.merged_into = k.id) as "tookOthersIn" from ${TABLES}
    where p.id = any(${array(contactPointIds, "uuid")})`);
  return [...found];
}

/**
 * Everyone an audience filter selects on a channel, in batches, from one snapshot (a cursor in this transaction):
 * paging by id would miss rows that commit out of order. Points on one gate row come one after the other, the primary
 * ones first.
 */
export function walkAudience(
  tx: Tx,
  channel: "email" | "phone",
  audience: SQL,
  batchSize: number,
): AsyncGenerator<(CandidateRow & { readonly isPrimary: boolean })[]> {
  const everyone = sql`
    select ${COLUMNS}, p.is_primary as "isPrimary" from ${TABLES}
    where p.channel = ${sql.raw(channel === "email" ? "'email'" : "'phone'")} and k.erased_at is null and (${audience})
    order by p.gate_id, p.is_primary desc, p.id`;
  return walk(tx, everyone, batchSize);
}

/** The sender and purpose a campaign speaks for, as its decisions need them. */
export interface SpeakerRow {
  readonly senderId: string;
  readonly senderName: string;
  readonly postalAddress: string;
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  readonly callerId: string | null;
  readonly legalBasis: "consent-only" | "law";
  /** The workspace's choices with the sender's over them. */
  readonly policy: Readonly<Record<string, unknown>>;
  readonly isBulkSender: boolean;
  readonly dkimDomain: string | null;
  readonly dkimSelector: string | null;
  readonly dkimKey: Buffer | null;
  readonly purposeId: string;
  readonly purposeName: string;
  readonly purposeKind: "marketing" | "transactional";
  readonly consentLifetimeDays: number | null;
}

const SPEAKER = sql`s.id as "senderId", s.name as "senderName", s.postal_address as "postalAddress",
  s.from_name as "fromName", s.from_address as "fromAddress", s.reply_to as "replyTo", s.caller_id as "callerId",
  s.legal_basis as "legalBasis", w.policy || s.policy as policy, s.is_bulk_sender as "isBulkSender",
  s.dkim_domain as "dkimDomain", s.dkim_selector as "dkimSelector", s.dkim_key as "dkimKey", p.id as "purposeId",
  p.name as "purposeName", p.kind as "purposeKind", p.consent_lifetime_days as "consentLifetimeDays"
  from sender s join purpose p on p.sender_id = s.id join workspace w on w.id = s.workspace_id`;

/** The sender and purpose of a campaign; null when the purpose is not this sender's. */
export async function readSpeaker(tx: Tx, senderId: string, purposeId: string): Promise<SpeakerRow | null> {
  const [row] = await tx.execute<Record<string, unknown> & SpeakerRow>(
    sql`select ${SPEAKER} where s.id = ${senderId}::uuid and p.id = ${purposeId}::uuid`,
  );
  return row ?? null;
}

/** Every marketing purpose of the workspace with its sender, in the order they were made. */
export async function readMarketingSpeakers(tx: Tx): Promise<SpeakerRow[]> {
  const found = await tx.execute<Record<string, unknown> & SpeakerRow>(
    sql`select ${SPEAKER} where p.kind = 'marketing' order by p.created_at, p.id`,
  );
  return [...found];
}

/** The sender of a purpose and both their names, for public pages; null when this workspace has no such purpose. */
export async function readSpeakerOfPurpose(tx: Tx, purposeId: string) {
  const [row] = await tx.execute<{
    senderId: string;
    senderName: string;
    postalAddress: string;
    purposeName: string;
  }>(sql`
    select s.id as "senderId", s.name as "senderName", s.postal_address as "postalAddress", p.name as "purposeName"
    from purpose p join sender s on s.id = p.sender_id where p.id = ${purposeId}::uuid`);
  return row ?? null;
}
