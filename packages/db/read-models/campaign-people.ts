import { type SQL, sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** A recipient with the decision it stands on. */
export interface RecipientRow {
  readonly id: number;
  readonly contactId: string;
  readonly contactPointId: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly notBefore: Date | null;
  readonly redeemedAt: Date | null;
  readonly endedAt: Date | null;
  readonly reply: string | null;
  readonly queueId: string | null;
  readonly decision: {
    readonly id: number;
    readonly verdict: string;
    readonly reason: string;
    readonly failing: readonly string[];
    readonly notChecked: readonly string[];
    readonly ruleset: string;
    readonly decidedAt: string;
    readonly evidenceEventId: number | null;
    /** The consent event it rests on: what was said, when and how. */
    readonly evidence: {
      readonly type: string;
      readonly occurredAt: string;
      readonly method: string;
      readonly claimed: boolean;
      readonly noticeVersion: string | null;
    } | null;
  } | null;
}

/** Which of a campaign's recipients are asked for; null leaves a condition out. */
export interface RecipientFilter {
  readonly states: readonly string[] | null;
  readonly reason: string | null;
  /** Opted out from a message of it; were completed after a stop; had a message on the wire when they stopped. */
  readonly group: "opted-out" | "late" | "on-the-wire-at-stop" | null;
  /** The last one of the page before; 0 for the first page. */
  readonly after: number;
  readonly limit: number;
}

/** Recipients of a campaign in planning order. The rows of a campaign are written once, so paging by id misses none. */
export async function listRecipients(
  tx: Tx,
  campaignId: string,
  month: string,
  filter: RecipientFilter,
): Promise<RecipientRow[]> {
  const found = await tx.execute<Record<string, unknown> & RecipientRow>(sql`
    select r.id, r.contact_id as "contactId", r.contact_point_id as "contactPointId", r.state, r.reason, r.attempts,
      r.not_before as "notBefore", r.redeemed_at as "redeemedAt", r.ended_at as "endedAt", r.reply,
      r.queue_id as "queueId",
      case when d.id is not null then jsonb_build_object('id', d.id, 'verdict', d.verdict, 'reason', d.reason,
        'failing', to_jsonb(d.failing), 'notChecked', to_jsonb(d.not_checked), 'ruleset', d.ruleset,
        'decidedAt', d.decided_at, 'evidenceEventId', d.evidence_event_id,
        'evidence', case when e.id is not null then jsonb_build_object('type', e.type, 'occurredAt', e.occurred_at,
          'method', e.method, 'claimed', e.claimed, 'noticeVersion', n.version) end) end as decision
    from recipient r left join decision d on d.month = r.month and d.id = r.decision_id
    left join consent_event e on e.id = d.evidence_event_id left join notice n on n.id = e.notice_id
    where r.month = ${month}::date and r.campaign_id = ${campaignId}::uuid and r.id > ${filter.after}
      and ${ofStates(filter.states)}
      and (${filter.reason}::text is null or r.reason = ${filter.reason}) and ${ofGroup(campaignId, filter.group)}
    order by r.id limit ${filter.limit}`);
  return [...found];
}

const ofStates = (states: RecipientFilter["states"]): SQL =>
  states === null ? sql`true` : sql`r.state = any(${array(states, "text")})`;

function ofGroup(campaignId: string, group: RecipientFilter["group"]): SQL {
  switch (group) {
    case null:
      return sql`true`;
    case "late":
      return sql`r.id in (select recipient_id from late_contact where campaign_id = ${campaignId}::uuid)`;
    case "opted-out":
    case "on-the-wire-at-stop":
      return sql`r.duplicate_of is null and r.gate_id in (
        select gate_id from stop_entry where campaign_id = ${campaignId}::uuid and kind = 'unsubscribe'
          and (in_flight > 0 or ${group === "opted-out"}))`;
    default:
      return group satisfies never;
  }
}

/**
 * The newest decisions of a campaign, for the live feed.
 * @param upTo the newest to be shown; null: whatever is.
 */
export async function recentDecisions(
  tx: Tx,
  campaignId: string,
  month: string | null,
  limit: number,
  upTo: number | null = null,
) {
  if (month === null) return [];
  const found = await tx.execute<{
    id: number;
    verdict: string;
    reason: string;
    recipientId: number;
    contactId: string;
    at: Date;
  }>(sql`
    select d.id, d.verdict, d.reason, r.id as "recipientId", r.contact_id as "contactId", d.decided_at as at
    from decision d join recipient r on r.month = d.month and r.id = d.recipient_id
    where d.month = ${month}::date and d.campaign_id = ${campaignId}::uuid
      and (${upTo}::bigint is null or d.id <= ${upTo}::bigint)
    order by d.id desc limit ${limit}`);
  return [...found];
}
