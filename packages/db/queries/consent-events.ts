import { sql } from "drizzle-orm";
import { array, readClock, rows, type Tx } from "../database.ts";
import { commitmentOf, type LeafFields, leafOf, newSalt, nextHead } from "../ledger/chain.ts";
import type { CONSENT_EVENT_TYPES } from "../schema/consent.ts";
import { encrypt, type Keyring, seal } from "../vault/keyring.ts";
import { bumpTips, type GateTip, lockTips } from "./gates.ts";

export type ConsentEventType = (typeof CONSENT_EVENT_TYPES)[number];

/** A fact to be recorded about one canonical key. Several for one key are chained in the order given. */
export interface ConsentEventDraft {
  readonly gateId: number;
  readonly channel: "email" | "phone";
  readonly type: ConsentEventType;
  readonly contactId: string | null;
  /** The exact contact point; null covers every point on the key. */
  readonly contactPointId: string | null;
  readonly senderId: string | null;
  readonly purposeId: string | null;
  readonly occurredAt: Date;
  readonly method: string;
  readonly actor: string;
  readonly claimed: boolean;
  readonly lifts: boolean;
  readonly noticeId: string | null;
  readonly expiresAt: Date | null;
  readonly campaignId: string | null;
  readonly suppressionKind: string | null;
  /** Personal evidence (page, address, user agent, wording…); sealed under `personKey`. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Null only when nobody is known behind the key; then the payload must hold nothing personal. */
  readonly personKey: Buffer | null;
}

export interface RecordedEvent {
  readonly id: number;
  readonly gateId: number;
  readonly seq: number;
  readonly gateVersion: number;
}

/**
 * The only writer of the ledger: bumps the gate rows, chains the events and stores them, in the caller's
 * transaction. Returns one record per draft, in order.
 */
export async function appendConsentEvents(
  tx: Tx,
  master: Keyring,
  workspaceId: string,
  drafts: readonly ConsentEventDraft[],
): Promise<RecordedEvent[]> {
  if (drafts.length === 0) return [];
  const tips = await lockTips(
    tx,
    drafts.map((draft) => draft.gateId),
  );
  const recordedAt = await readClock(tx);
  const entries = drafts.map((draft) => {
    const tip = tips.get(draft.gateId);
    if (tip === undefined) throw new Error("a consent event names a gate row that is not held");
    const entry = chainedEntry(draft, tip, recordedAt, workspaceId, master);
    tips.set(draft.gateId, { ...tip, head: entry.newHead, chainLength: tip.chainLength + 1 });
    return entry.row;
  });
  // In this order on one connection: the events are made ready while the server bumps their keys.
  const [, inserted] = await Promise.all([
    bumpTips(tx, [...tips.values()]),
    insertEntries(tx, workspaceId, entries),
  ]);
  return inserted;
}

function chainedEntry(
  draft: ConsentEventDraft,
  tip: GateTip,
  recordedAt: Date,
  workspaceId: string,
  master: Keyring,
) {
  const salt = newSalt();
  const commitment = commitmentOf(salt, draft.payload);
  const fields: LeafFields = {
    workspaceId,
    gateId: draft.gateId,
    seq: tip.chainLength + 1,
    type: draft.type,
    channel: draft.channel,
    contactId: draft.contactId,
    contactPointId: draft.contactPointId,
    senderId: draft.senderId,
    purposeId: draft.purposeId,
    occurredAt: draft.occurredAt.toISOString(),
    recordedAt: recordedAt.toISOString(),
    method: draft.method,
    actor: draft.actor,
    claimed: draft.claimed,
    lifts: draft.lifts,
    noticeId: draft.noticeId,
    expiresAt: draft.expiresAt?.toISOString() ?? null,
    campaignId: draft.campaignId,
    suppressionKind: draft.suppressionKind,
  };
  const leaf = leafOf(fields, commitment);
  const newHead = nextHead(tip.head, leaf);
  const evidence = Buffer.from(JSON.stringify({ salt: salt.toString("hex"), payload: draft.payload }));
  const context = evidenceContext(workspaceId, draft.gateId, fields.seq);
  const sealed =
    draft.personKey === null ? seal(master, evidence, context) : encrypt(draft.personKey, evidence, context);
  const row = {
    ...fields,
    // As the bump leaves it.
    gateVersion: tip.version + 1,
    evidence: sealed.toString("hex"),
    commitment: commitment.toString("hex"),
    leaf: leaf.toString("hex"),
    head: newHead.toString("hex"),
  };
  return { row, newHead };
}

/** What the seal of an event's evidence is bound to: the same blob in another place does not open. */
export const evidenceContext = (workspaceId: string, gateId: number, seq: number): string =>
  `evidence:${workspaceId}:${gateId}:${seq}`;

async function insertEntries(tx: Tx, workspaceId: string, entries: readonly Record<string, unknown>[]) {
  const inserted = await tx.execute<{ id: number; gate_id: number; seq: number; gate_version: number }>(sql`
    insert into consent_event (workspace_id, gate_id, seq, gate_version, contact_id, contact_point_id, channel,
      sender_id, purpose_id, type, occurred_at, recorded_at, method, actor, claimed, lifts, notice_id, expires_at,
      campaign_id, suppression_kind, evidence, commitment, leaf, head)
    select ${workspaceId}::uuid, "gateId", seq, "gateVersion", "contactId", "contactPointId", channel,
      "senderId", "purposeId", type, "occurredAt", "recordedAt", method, actor, claimed, lifts, "noticeId",
      "expiresAt", "campaignId", "suppressionKind", decode(evidence, 'hex'), decode(commitment, 'hex'),
      decode(leaf, 'hex'), decode(head, 'hex')
    from jsonb_to_recordset(${rows(entries)}) as r("gateId" bigint, seq bigint, "gateVersion" bigint,
      "contactId" uuid, "contactPointId" uuid, channel text, "senderId" uuid, "purposeId" uuid, type text,
      "occurredAt" timestamptz, "recordedAt" timestamptz, method text, actor text, claimed boolean, lifts boolean,
      "noticeId" uuid, "expiresAt" timestamptz, "campaignId" uuid, "suppressionKind" text, evidence text,
      commitment text, leaf text, head text)
    returning id, gate_id, seq, gate_version`);
  const byPlace = new Map(inserted.map((row) => [`${row.gate_id}:${row.seq}`, row]));
  return entries.map((entry) => {
    const row = byPlace.get(`${entry["gateId"]}:${entry["seq"]}`);
    if (row === undefined) throw new Error("an inserted consent event did not come back");
    return { id: row.id, gateId: row.gate_id, seq: row.seq, gateVersion: row.gate_version };
  });
}

/** A consent event as the derivation of state reads it. */
export interface StoredEvent {
  readonly id: number;
  readonly gateId: number;
  readonly contactId: string | null;
  readonly contactPointId: string | null;
  readonly channel: "email" | "phone";
  readonly senderId: string | null;
  readonly purposeId: string | null;
  readonly type: ConsentEventType;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly expiresAt: Date | null;
  readonly lifts: boolean;
  readonly claimed: boolean;
  readonly method: string;
  readonly noticeId: string | null;
  readonly noticeVersion: string | null;
  readonly noticeHash: string | null;
  readonly noticeWording: string | null;
  /** When a notice of another meaning took its place; null: it means what the one in force means. */
  readonly noticeChangedAt: Date | null;
}

const STORED = sql`e.id, e.gate_id as "gateId", e.contact_id as "contactId", e.contact_point_id as "contactPointId",
  e.channel, e.sender_id as "senderId", e.purpose_id as "purposeId", e.type, e.occurred_at as "occurredAt",
  e.recorded_at as "recordedAt", e.expires_at as "expiresAt", e.lifts, e.claimed, e.method,
  e.notice_id as "noticeId", n.version as "noticeVersion", encode(n.hash, 'hex') as "noticeHash",
  n.wording as "noticeWording",
  (select min(later.created_at) from notice later where later.workspace_id = n.workspace_id
    and later.purpose_id = n.purpose_id and later.channel = n.channel and later.meaning > n.meaning)
    as "noticeChangedAt"
  from consent_event e left join notice n on n.id = e.notice_id`;

/**
 * Every consent event of these keys with the notice it names, oldest first. One set-based read per micro-batch.
 * @param recordedBefore only what was on record before this instant ("as of"); null for everything.
 */
export async function readConsentEvents(
  tx: Tx,
  gateIds: readonly number[],
  recordedBefore: Date | null = null,
): Promise<StoredEvent[]> {
  if (gateIds.length === 0) return [];
  const found = await tx.execute<Record<string, unknown> & StoredEvent>(sql`
    select ${STORED}
    where e.gate_id = any(${array(gateIds, "bigint")})
      and (${recordedBefore?.toISOString() ?? null}::timestamptz is null
        or e.recorded_at < ${recordedBefore?.toISOString() ?? null}::timestamptz)
    order by e.gate_id, e.seq`);
  return [...found];
}

/** A page of the consent events of these keys, in the order they were recorded; `after` is the last one seen. */
export async function listConsentEvents(
  tx: Tx,
  gateIds: readonly number[],
  limit: number,
  after: number | null,
): Promise<StoredEvent[]> {
  const found = await tx.execute<Record<string, unknown> & StoredEvent>(sql`
    select ${STORED}
    where e.gate_id = any(${array(gateIds, "bigint")}) and e.id > ${after ?? 0} order by e.id limit ${limit}`);
  return [...found];
}
