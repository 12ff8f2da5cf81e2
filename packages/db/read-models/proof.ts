import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";
import {
  LEDGER_COLUMNS,
  type LedgerEventRow,
  ledgerEventOf,
  type StoredLeaf,
} from "../queries/ledger-events.ts";
import type { NoticeRecord } from "../queries/senders.ts";

/** An event of a key's chain, with its sealed evidence. */
export interface ChainEvent extends LedgerEventRow {
  readonly evidence: Buffer | null;
}

/** Every event on these keys, by key and number; of all people who share a key. */
export async function readChains(tx: Tx, gateIds: readonly number[]): Promise<ChainEvent[]> {
  const found = await tx.execute<StoredLeaf & Pick<ChainEvent, "evidence">>(sql`
    select ${LEDGER_COLUMNS}, e.evidence
    from consent_event e where e.gate_id = any(${array(gateIds, "bigint")}) order by e.gate_id, e.seq`);
  return found.map(({ evidence, ...stored }) => ({ ...ledgerEventOf(stored), evidence }));
}

/** A message or call to a person: the recipient row, and the decision it rests on. */
export interface ProofMessage {
  readonly recipientId: number;
  readonly campaignId: string;
  readonly campaign: string;
  readonly channel: "email" | "phone";
  readonly senderId: string;
  readonly purposeId: string;
  readonly gateId: number;
  readonly contactPointId: string;
  readonly state: string;
  readonly reason: string | null;
  readonly permitId: string | null;
  readonly redeemedAt: string | null;
  readonly endedAt: string | null;
  readonly queueId: string | null;
  readonly decision: {
    readonly verdict: string;
    readonly reason: string;
    readonly failing: readonly string[];
    readonly notChecked: readonly string[];
    readonly ruleset: string;
    readonly gateVersion: number;
    readonly policyEpoch: number;
    readonly decidedAt: string;
    readonly eventId: number | null;
  } | null;
}

const instantText = (column: string) =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

/** Everything that was sent to a person, or held back, oldest first. */
export async function readMessagesOf(tx: Tx, contactIds: readonly string[]): Promise<ProofMessage[]> {
  const found = await tx.execute<Record<string, unknown> & ProofMessage>(sql`
    select r.id as "recipientId", r.campaign_id as "campaignId", c.name as campaign, c.channel,
      c.sender_id as "senderId", c.purpose_id as "purposeId", r.gate_id as "gateId",
      r.contact_point_id as "contactPointId", r.state, r.reason, r.permit_id as "permitId",
      ${instantText("r.redeemed_at")} as "redeemedAt", ${instantText("r.ended_at")} as "endedAt",
      r.queue_id as "queueId",
      case when d.id is not null then jsonb_build_object('verdict', d.verdict, 'reason', d.reason,
        'failing', to_jsonb(d.failing), 'notChecked', to_jsonb(d.not_checked), 'ruleset', d.ruleset,
        'gateVersion', d.gate_version, 'policyEpoch', d.policy_epoch, 'decidedAt', ${instantText("d.decided_at")},
        'eventId', d.evidence_event_id) end as decision
    from recipient r join campaign c on c.id = r.campaign_id
    left join decision d on d.month = r.month and d.id = r.decision_id
    where r.contact_id = any(${array(contactIds, "uuid")}) order by r.month, r.id`);
  return [...found];
}

/** A notice with whom it speaks for, as receipts and proofs show it. */
export type NoticeText = Omit<NoticeRecord, "createdAt" | "statement" | "information" | "meaning">;

export async function readNoticeTexts(tx: Tx, noticeIds: readonly string[]): Promise<NoticeText[]> {
  if (noticeIds.length === 0) return [];
  const found = await tx.execute<Record<string, unknown> & NoticeText>(sql`
    select id, purpose_id as "purposeId", channel, version, language, wording, encode(hash, 'hex') as hash
    from notice where id = any(${array(noticeIds, "uuid")}) order by id`);
  return [...found];
}

/** A purpose and the sender it belongs to, as receipts and proofs name them. */
export interface SpeakerText {
  readonly purposeId: string;
  readonly purpose: string;
  readonly description: string;
  readonly dpvTerm: string;
  readonly consentLifetimeDays: number | null;
  /** The workspace's choices with the sender's over them. */
  readonly policy: Readonly<Record<string, unknown>>;
  readonly senderId: string;
  readonly sender: string;
  readonly postalAddress: string;
  readonly contact: string;
}

export async function readSpeakerTexts(tx: Tx, purposeIds: readonly string[]): Promise<SpeakerText[]> {
  if (purposeIds.length === 0) return [];
  const found = await tx.execute<Record<string, unknown> & SpeakerText>(sql`
    select p.id as "purposeId", p.name as purpose, p.description, p.dpv_term as "dpvTerm",
      p.consent_lifetime_days as "consentLifetimeDays", s.id as "senderId", s.name as sender,
      w.policy || s.policy as policy, s.postal_address as "postalAddress", coalesce(s.reply_to, s.from_address) as contact
    from purpose p join sender s on s.id = p.sender_id join workspace w on w.id = s.workspace_id
    where p.id = any(${array(purposeIds, "uuid")}) order by p.id`);
  return [...found];
}
