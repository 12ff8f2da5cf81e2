import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** Recipients one doorbell job names. Small enough that three workers share a small campaign. */
const SLICE_SIZE = 500;

export interface PlanScope {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly month: string;
  readonly channel: "email" | "phone";
  readonly purposeId: string;
  /** The audience filter over `contact`, as a condition on the alias `k`. */
  readonly audience: SQL;
}

/**
 * Makes the month's partitions, should they be missing. In a transaction of its own: two campaigns of a new month
 * would otherwise wait for each other's whole plan.
 */
export async function ensureMonth(tx: Tx, month: string): Promise<void> {
  await tx.execute(sql`select ensure_month(${month}::date)`);
}

/**
 * Plans a campaign's audience: one recipient per contact point, one of those on the same key chosen, the others
 * marked as its duplicates. One transaction, so that a crash leaves nothing half planned.
 * Chosen is the point whose forecast allows, then the primary one, then the oldest.
 * @returns how many recipients were planned, duplicates included.
 */
export async function planRecipients(tx: Tx, scope: PlanScope): Promise<number> {
  await tx.execute(sql`set local statement_timeout = 0`);
  await tx.execute(sql`
    create temporary table planned_point on commit drop as
    select p.id as contact_point_id, p.contact_id, p.gate_id,
      row_number() over (partition by p.gate_id order by forecast.allows desc, p.is_primary desc, p.id) as place,
      null::bigint as ordinal
    from contact_point p join contact k on k.id = p.contact_id
    cross join lateral (
      select exists (
        select 1 from consent_event e
        where e.gate_id = p.gate_id and e.purpose_id = ${scope.purposeId}::uuid
          and e.contact_point_id = p.id and e.type in ('given', 'confirmed', 'renewed')) as allows
    ) forecast
    where p.channel = ${scope.channel} and k.erased_at is null and (${scope.audience})`);
  await tx.execute(sql`
    insert into recipient (month, workspace_id, campaign_id, slice, contact_id, contact_point_id, gate_id, state)
    select ${scope.month}::date, ${scope.workspaceId}::uuid, ${scope.campaignId}::uuid,
      ((row_number() over (order by gate_id) - 1) / ${SLICE_SIZE})::int, contact_id, contact_point_id, gate_id, 'planned'
    from planned_point where place = 1`);
  await tx.execute(sql`
    insert into recipient (month, workspace_id, campaign_id, slice, contact_id, contact_point_id, gate_id,
      duplicate_of, state, reason, ended_at)
    select ${scope.month}::date, ${scope.workspaceId}::uuid, ${scope.campaignId}::uuid, r.slice, p.contact_id,
      p.contact_point_id, p.gate_id, r.id, 'blocked', 'duplicate-in-campaign', consentry_now()
    from planned_point p
    join recipient r on r.month = ${scope.month}::date and r.campaign_id = ${scope.campaignId}::uuid
      and r.gate_id = p.gate_id and r.duplicate_of is null
    where p.place > 1`);
  const slices = await tx.execute<{ size: number }>(sql`
    insert into campaign_slice (workspace_id, campaign_id, slice, size, tally)
    select ${scope.workspaceId}::uuid, ${scope.campaignId}::uuid, slice, sum(count)::int,
      jsonb_agg(jsonb_build_object('state', state, 'reason', reason, 'count', count))
    from (
      select slice, state, reason, count(*)::int as count from recipient
      where month = ${scope.month}::date and campaign_id = ${scope.campaignId}::uuid group by slice, state, reason
    ) counted group by slice returning size`);
  return slices.reduce((sum, row) => sum + row.size, 0);
}
