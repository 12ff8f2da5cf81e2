import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** One message or call that was meant for a person, sent or held back, with what it rested on. */
export interface ContactMessage {
  readonly id: number;
  readonly campaignName: string;
  readonly channel: "email" | "phone";
  readonly senderName: string;
  readonly purposeName: string;
  readonly contactPointId: string;
  readonly state: "contacted" | "unconfirmed" | "blocked";
  readonly reason: string | null;
  /** When it was sent, or held back. */
  readonly at: Date;
  /** Why it was allowed: the gate's reason, and the consent event behind it. */
  readonly permission: string | null;
  readonly consentType: string | null;
  readonly consentAt: Date | null;
  readonly consentMethod: string | null;
  readonly noticeWording: string | null;
  readonly noticeLanguage: string | null;
}

/**
 * What was sent to a person or held back, newest first; `recipientId` asks for one. What came before somebody was
 * merged into them is theirs.
 */
export async function readContactMessages(
  tx: Tx,
  contactId: string,
  limit: number,
  recipientId: number | null = null,
): Promise<ContactMessage[]> {
  const found = await tx.execute<Record<string, unknown> & ContactMessage>(sql`
    select r.id, c.name as "campaignName", c.channel, s.name as "senderName", p.name as "purposeName",
      r.contact_point_id as "contactPointId", r.state, r.reason, coalesce(r.redeemed_at, r.ended_at) as at,
      case when d.verdict = 'allow' then d.reason end as permission, e.type as "consentType",
      e.occurred_at as "consentAt", e.method as "consentMethod", n.wording as "noticeWording",
      n.language as "noticeLanguage"
    from recipient r
    join campaign c on c.id = r.campaign_id
    join sender s on s.id = c.sender_id
    join purpose p on p.id = c.purpose_id
    left join decision d on d.month = r.month and d.id = r.decision_id
    left join consent_event e on e.id = d.evidence_event_id
    left join notice n on n.id = e.notice_id
    where r.contact_id in (select ${contactId}::uuid union all select id from contact where merged_into = ${contactId}::uuid)
      and r.state in ('contacted', 'unconfirmed', 'blocked')
      and r.duplicate_of is null and (${recipientId}::bigint is null or r.id = ${recipientId})
    order by coalesce(r.redeemed_at, r.ended_at) desc nulls last, r.id desc limit ${limit}`);
  return [...found];
}
