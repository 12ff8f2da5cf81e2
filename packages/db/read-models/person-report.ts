import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** An event of a person's ledger with what they were shown; its evidence is read apart. */
export interface ReportedEvent {
  readonly id: number;
  readonly contactId: string | null;
  readonly contactPointId: string | null;
  readonly channel: "email" | "phone";
  readonly type: string;
  readonly purpose: string | null;
  readonly sender: string | null;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly method: string;
  readonly claimed: boolean;
  readonly noticeVersion: string | null;
  readonly noticeWording: string | null;
  readonly suppressionKind: string | null;
}

/** The events about a person, and those of their keys that are about nobody in particular. Another person's are not. */
export async function eventsOfPerson(
  tx: Tx,
  contactId: string,
  gateIds: readonly number[],
): Promise<ReportedEvent[]> {
  const found = await tx.execute<Record<string, unknown> & ReportedEvent>(sql`
    select e.id, e.contact_id as "contactId", e.contact_point_id as "contactPointId",
      e.channel, e.type, p.name as purpose, s.name as sender, e.occurred_at as "occurredAt",
      e.recorded_at as "recordedAt", e.method, e.claimed, n.version as "noticeVersion",
      n.wording as "noticeWording", e.suppression_kind as "suppressionKind"
    from consent_event e left join purpose p on p.id = e.purpose_id left join sender s on s.id = e.sender_id
    left join notice n on n.id = e.notice_id
    where e.contact_id = ${contactId}::uuid
      or e.contact_id in (select id from contact where merged_into = ${contactId}::uuid)
      or (e.contact_id is null and e.gate_id = any(${array(gateIds, "bigint")}))
    order by e.recorded_at, e.id`);
  return [...found];
}

/** What a campaign did about a person, and why. */
export interface ReportedMessage {
  readonly campaign: string;
  readonly sender: string;
  readonly purpose: string;
  readonly channel: "email" | "phone";
  readonly state: string;
  readonly reason: string | null;
  readonly at: Date | null;
  readonly decision: string | null;
  readonly evidenceEventId: number | null;
}

const MESSAGES_MAX = 5_000;

/** The newest messages and calls planned for a person, with the decision each rests on. */
export async function messagesOfPerson(tx: Tx, contactId: string): Promise<ReportedMessage[]> {
  const found = await tx.execute<Record<string, unknown> & ReportedMessage>(sql`
    select c.name as campaign, s.name as sender, p.name as purpose, c.channel, r.state, r.reason,
      coalesce(r.ended_at, r.redeemed_at) as at,
      d.verdict || ' ' || d.reason as decision, d.evidence_event_id as "evidenceEventId"
    from recipient r join campaign c on c.id = r.campaign_id join sender s on s.id = c.sender_id
    join purpose p on p.id = c.purpose_id
    left join decision d on d.month = r.month and d.id = r.decision_id
    where r.contact_id = ${contactId}::uuid
      or r.contact_id in (select id from contact where merged_into = ${contactId}::uuid)
    order by r.month desc, r.id desc limit ${MESSAGES_MAX}`);
  return [...found];
}

/** Purchases, inquiries and contracts on record between a person and each sender. */
export async function relationshipsOfPerson(
  tx: Tx,
  contactId: string,
): Promise<Readonly<Record<string, unknown>>[]> {
  const found = await tx.execute<Record<string, unknown>>(sql`
    select s.name as sender, r.last_purchase_at::text as "lastPurchaseAt", r.last_inquiry_at::text as "lastInquiryAt",
      r.contract_in_force as "contractInForce", r.collected_during as "collectedDuring",
      r.similar_products as "similarProducts", r.opt_out_offered_at_collection as "optOutOfferedAtCollection",
      r.refused_at_collection as "refusedAtCollection"
    from relationship r join sender s on s.id = r.sender_id where r.contact_id = ${contactId}::uuid order by s.name`);
  return [...found];
}

/** The pauses and paces a person chose, newest last. */
export async function preferencesOfPerson(
  tx: Tx,
  contactId: string,
): Promise<Readonly<Record<string, unknown>>[]> {
  const found = await tx.execute<Record<string, unknown>>(sql`
    select paused_until as "pausedUntil", cap_max as "capMax", cap_window_hours as "capWindowHours",
      created_at as "createdAt"
    from contact_preference where contact_id = ${contactId}::uuid order by id`);
  return [...found];
}
