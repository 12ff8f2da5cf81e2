import { sql } from "drizzle-orm";
import type { NoticeInformation } from "#core/notice-text";
import type { Tx } from "../database.ts";
import { EVERYTHING, type Page, pageById } from "../page.ts";

export interface SenderRecord {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly postalAddress: string;
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  readonly callerId: string | null;
  readonly legalBasis: "consent-only" | "law";
  /** The switches this sender has set over the workspace's. */
  readonly policy: Readonly<Record<string, unknown>>;
  readonly isBulkSender: boolean;
  readonly dkimDomain: string | null;
  readonly dkimSelector: string | null;
  readonly createdAt: Date;
}

export interface PurposeRecord {
  readonly id: string;
  readonly senderId: string;
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly dpvTerm: string;
  readonly kind: "marketing" | "transactional";
  readonly consentLifetimeDays: number | null;
  readonly createdAt: Date;
}

export interface NoticeRecord {
  readonly id: string;
  readonly purposeId: string;
  readonly channel: "email" | "phone";
  readonly version: string;
  readonly language: string;
  /** Everything people read. */
  readonly wording: string;
  /** The sentence beside the box, where the wording is made of it and of `information`; null: it is all one text. */
  readonly statement: string | null;
  readonly information: NoticeInformation | null;
  /** Consent counts only under the notices with the largest of their purpose and channel. */
  readonly meaning: number;
  /** SHA-256 of the wording, in hex. */
  readonly hash: string;
  readonly createdAt: Date;
}

const SENDER = sql`id, key, name, postal_address as "postalAddress", from_name as "fromName",
  from_address as "fromAddress", reply_to as "replyTo", caller_id as "callerId", legal_basis as "legalBasis",
  policy, is_bulk_sender as "isBulkSender", dkim_domain as "dkimDomain", dkim_selector as "dkimSelector",
  created_at as "createdAt"`;
const PURPOSE = sql`id, sender_id as "senderId", key, name, description, dpv_term as "dpvTerm", kind,
  consent_lifetime_days as "consentLifetimeDays", created_at as "createdAt"`;
const NOTICE = sql`id, purpose_id as "purposeId", channel, version, language, wording, statement,
  information, meaning, encode(hash, 'hex') as hash,
  created_at as "createdAt"`;

export type SenderDraft = Omit<SenderRecord, "createdAt" | "legalBasis" | "policy" | "isBulkSender"> & {
  readonly dkimKey: Buffer | null;
};

/** Inserts a sender; null when its key is taken. */
export async function insertSender(
  tx: Tx,
  workspaceId: string,
  draft: SenderDraft,
): Promise<SenderRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & SenderRecord>(sql`
    insert into sender (id, workspace_id, key, name, postal_address, from_name, from_address, reply_to, caller_id,
      dkim_domain, dkim_selector, dkim_key, created_at, updated_at)
    values (${draft.id}, ${workspaceId}, ${draft.key}, ${draft.name}, ${draft.postalAddress}, ${draft.fromName},
      ${draft.fromAddress}, ${draft.replyTo}, ${draft.callerId}, ${draft.dkimDomain}, ${draft.dkimSelector},
      ${draft.dkimKey}, consentry_now(), consentry_now())
    on conflict do nothing returning ${SENDER}`);
  return row ?? null;
}

export async function readSenders(tx: Tx, page: Page = EVERYTHING): Promise<SenderRecord[]> {
  const found = await tx.execute<Record<string, unknown> & SenderRecord>(
    sql`select ${SENDER} from sender ${pageById(page)}`,
  );
  return [...found];
}

/** True when this workspace has a sender of that id. */
export async function isSender(tx: Tx, senderId: string): Promise<boolean> {
  return (await tx.execute(sql`select 1 from sender where id = ${senderId}::uuid`)).length > 0;
}

/** A sender, locked until the transaction ends; null when this workspace has none of that id. */
export async function lockSender(tx: Tx, senderId: string): Promise<SenderRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & SenderRecord>(
    sql`select ${SENDER} from sender where id = ${senderId}::uuid for no key update`,
  );
  return row ?? null;
}

/** Changes a sender that is locked. The caller bumps the policy epoch in the same transaction. */
export async function updateSender(
  tx: Tx,
  senderId: string,
  change: Pick<SenderRecord, "legalBasis" | "policy" | "isBulkSender" | "callerId" | "postalAddress">,
): Promise<SenderRecord> {
  const [row] = await tx.execute<Record<string, unknown> & SenderRecord>(sql`
    update sender set legal_basis = ${change.legalBasis}, policy = ${JSON.stringify(change.policy)}::jsonb,
      is_bulk_sender = ${change.isBulkSender}, caller_id = ${change.callerId},
      postal_address = ${change.postalAddress}, updated_at = consentry_now()
    where id = ${senderId}::uuid returning ${SENDER}`);
  if (row === undefined) throw new Error("the sender to change does not exist");
  return row;
}

/** Inserts a purpose; null when its key is taken or the sender is not of this workspace. */
export async function insertPurpose(
  tx: Tx,
  workspaceId: string,
  draft: Omit<PurposeRecord, "createdAt">,
): Promise<PurposeRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & PurposeRecord>(sql`
    insert into purpose (id, workspace_id, sender_id, key, name, description, dpv_term, kind, consent_lifetime_days,
      created_at)
    select ${draft.id}, ${workspaceId}, s.id, ${draft.key}, ${draft.name}, ${draft.description}, ${draft.dpvTerm},
      ${draft.kind}, ${draft.consentLifetimeDays}::int, consentry_now()
    from sender s where s.id = ${draft.senderId}::uuid
    on conflict do nothing returning ${PURPOSE}`);
  return row ?? null;
}

export async function readPurposes(tx: Tx, page: Page = EVERYTHING): Promise<PurposeRecord[]> {
  const found = await tx.execute<Record<string, unknown> & PurposeRecord>(
    sql`select ${PURPOSE} from purpose ${pageById(page)}`,
  );
  return [...found];
}

/** Locks a purpose, so that its notices are published one after the other; false when there is none of that id. */
export async function lockPurpose(tx: Tx, purposeId: string): Promise<boolean> {
  const found = await tx.execute(sql`select 1 from purpose where id = ${purposeId}::uuid for no key update`);
  return found.length > 0;
}

/** Inserts a notice; null when that version exists or the purpose is not of this workspace. Wording never changes. */
export async function insertNotice(
  tx: Tx,
  workspaceId: string,
  draft: Omit<NoticeRecord, "createdAt">,
): Promise<NoticeRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & NoticeRecord>(sql`
    insert into notice (id, workspace_id, purpose_id, channel, version, language, wording, statement, information,
      meaning, hash, created_at)
    select ${draft.id}, ${workspaceId}, p.id, ${draft.channel}, ${draft.version}, ${draft.language}, ${draft.wording},
      ${draft.statement}, ${draft.information === null ? null : JSON.stringify(draft.information)}::jsonb,
      ${draft.meaning}::int, decode(${draft.hash}, 'hex'), consentry_now()
    from purpose p where p.id = ${draft.purposeId}::uuid
    on conflict do nothing returning ${NOTICE}`);
  return row ?? null;
}

export async function readNotices(tx: Tx, page: Page = EVERYTHING): Promise<NoticeRecord[]> {
  const found = await tx.execute<Record<string, unknown> & NoticeRecord>(
    sql`select ${NOTICE} from notice ${pageById(page)}`,
  );
  return [...found];
}
