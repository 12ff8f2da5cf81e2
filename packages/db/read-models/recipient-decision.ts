import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** A recipient and the decision it stands on, as they are stored. */
export interface RecipientDecision {
  readonly id: number;
  readonly month: string;
  readonly campaignId: string;
  readonly campaignName: string;
  readonly contactId: string;
  readonly contactPointId: string;
  readonly state: string;
  readonly reason: string | null;
  readonly decision: {
    readonly id: number;
    readonly verdict: "allow" | "block" | "defer";
    readonly reason: string;
    readonly until: string | null;
    readonly failing: readonly string[];
    readonly notChecked: readonly string[];
    readonly ruleset: string;
    readonly decidedAt: string;
    readonly evidenceEventId: number | null;
    /** Keyed digest of the facts it was made from, in hex; null: none is stored. */
    readonly factsHash: string | null;
  } | null;
}

/** One recipient of this workspace, or null. */
export async function readRecipientDecision(tx: Tx, recipientId: number): Promise<RecipientDecision | null> {
  const [row] = await tx.execute<Record<string, unknown> & RecipientDecision>(sql`
    select r.id, r.month::text as month, r.campaign_id as "campaignId", c.name as "campaignName",
      r.contact_id as "contactId", r.contact_point_id as "contactPointId", r.state, r.reason,
      case when d.id is not null then jsonb_build_object('id', d.id, 'verdict', d.verdict, 'reason', d.reason,
        'until', d.until, 'failing', to_jsonb(d.failing), 'notChecked', to_jsonb(d.not_checked),
        'ruleset', d.ruleset, 'decidedAt', d.decided_at, 'evidenceEventId', d.evidence_event_id,
        'factsHash', encode(d.facts_hash, 'hex')) end as decision
    from recipient r join campaign c on c.id = r.campaign_id
    left join decision d on d.month = r.month and d.id = r.decision_id
    where r.id = ${recipientId}`);
  return row ?? null;
}
