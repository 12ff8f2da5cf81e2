import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";
import type { CallPlan } from "../schema/call.ts";
import type { CampaignCircumstances } from "../schema/campaign.ts";

/** A campaign as lists and pages show it. */
export interface CampaignSummary {
  readonly id: string;
  readonly name: string;
  readonly channel: "email" | "phone";
  readonly state: string;
  readonly senderId: string;
  readonly senderName: string;
  /** What may permit contact for this sender now; each decision's reason names what permitted it then. */
  readonly legalBasis: "consent-only" | "law";
  readonly purposeId: string;
  readonly purposeName: string;
  readonly audience: unknown;
  /** Null for calls. */
  readonly content: { readonly subject: string; readonly html: string; readonly text?: string } | null;
  /** Null for email, and so are the script and its version. */
  readonly callPlan: CallPlan | null;
  readonly scriptVersion: number | null;
  readonly script: string | null;
  readonly circumstances: CampaignCircumstances;
  readonly ratePerSecond: number | null;
  readonly frequencyCapMax: number | null;
  readonly frequencyCapWindowHours: number | null;
  readonly month: string | null;
  readonly scheduledAt: Date | null;
  readonly endsAt: Date | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly createdAt: Date;
}

const SUMMARY = sql`c.id, c.name, c.channel, c.state, c.sender_id as "senderId", s.name as "senderName",
  s.legal_basis as "legalBasis", c.circumstances,
  c.purpose_id as "purposeId", p.name as "purposeName", c.audience, c.content,
  c.call_plan as "callPlan", c.script_version as "scriptVersion", (select t.text from call_script t
    where t.campaign_id = c.id and t.version = c.script_version) as script,
  c.rate_per_second::float8 as "ratePerSecond", c.frequency_cap_max as "frequencyCapMax",
  c.frequency_cap_window_hours as "frequencyCapWindowHours", c.month::text as month,
  c.scheduled_at as "scheduledAt", c.ends_at as "endsAt", c.started_at as "startedAt",
  c.finished_at as "finishedAt", c.created_at as "createdAt"
  from campaign c join sender s on s.id = c.sender_id join purpose p on p.id = c.purpose_id`;

export async function campaignSummary(tx: Tx, campaignId: string): Promise<CampaignSummary | null> {
  const [row] = await tx.execute<Record<string, unknown> & CampaignSummary>(
    sql`select ${SUMMARY} where c.id = ${campaignId}::uuid`,
  );
  return row ?? null;
}

/** Campaigns, newest first (their ids are time-ordered); `before` is the last one seen, `state` null means any. */
export async function listCampaigns(
  tx: Tx,
  limit: number,
  before: string | null,
  state: string | null = null,
): Promise<CampaignSummary[]> {
  const found = await tx.execute<Record<string, unknown> & CampaignSummary>(sql`
    select ${SUMMARY}
    where (${before}::uuid is null or c.id < ${before}::uuid) and (${state}::text is null or c.state = ${state})
    order by c.id desc limit ${limit}`);
  return [...found];
}

/** Campaigns that are scheduled or under way: whose people a change of policy decides anew. */
export async function movingCampaigns(
  tx: Tx,
): Promise<{ id: string; name: string; state: string; senderId: string }[]> {
  const found = await tx.execute<{ id: string; name: string; state: string; senderId: string }>(sql`
    select id, name, state, sender_id as "senderId" from campaign
    where state in ('scheduled', 'planning', 'sending', 'paused') order by id desc`);
  return [...found];
}

export interface StateCount {
  readonly state: string;
  readonly reason: string | null;
  readonly count: number;
}

/**
 * Recipients by state and reason. Slices keep their counts; only those that a job works on are counted from their rows,
 * so that looking costs little however large the campaign is: with a million recipients, half of the 2,000 slices open and
 * four worked on, the whole page's figures took 20 to 95 ms; counting the rows of the open ones took 1.2 to 3.4 s.
 */
export async function campaignTally(tx: Tx, campaignId: string, month: string | null): Promise<StateCount[]> {
  if (month === null) return [];
  const found = await tx.execute<Record<string, unknown> & StateCount>(sql`
    select state, reason, sum(count)::int as count from (
      select t.state, t.reason, t.count from campaign_slice s
      cross join lateral jsonb_to_recordset(s.tally) as t(state text, reason text, count int)
      where s.campaign_id = ${campaignId}::uuid and s.worked_at is null
      union all
      select r.state, r.reason, count(*)::int from campaign_slice s
      join recipient r on r.month = ${month}::date and r.campaign_id = s.campaign_id and r.slice = s.slice
      where s.campaign_id = ${campaignId}::uuid and s.worked_at is not null
      group by r.state, r.reason
    ) all_slices group by state, reason order by count desc`);
  return [...found];
}

/** How stops went: how many, how long until the answer, and what was still on the wire. */
export interface StopFigures {
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly slowestMs: number | null;
  readonly withInFlight: number;
  /** Messages completed after an acknowledged stop. Promise 2: zero. */
  readonly late: number;
}

/** Opt-outs that came while or after this campaign was sent, out of its own messages. */
export async function optOutFigures(tx: Tx, campaignId: string): Promise<StopFigures> {
  const [row] = await tx.execute<Record<string, unknown> & StopFigures>(sql`
    select count(distinct gate_id)::int as count,
      percentile_cont(0.5) within group (order by waited_ms)::float8 as "p50Ms",
      percentile_cont(0.99) within group (order by waited_ms)::float8 as "p99Ms",
      max(waited_ms)::float8 as "slowestMs",
      count(distinct gate_id) filter (where in_flight > 0)::int as "withInFlight",
      (select count(*)::int from late_contact l where l.campaign_id = ${campaignId}::uuid) as late
    from stop_entry where campaign_id = ${campaignId}::uuid and kind = 'unsubscribe'`);
  return row ?? { count: 0, p50Ms: null, p99Ms: null, slowestMs: null, withInFlight: 0, late: 0 };
}

const RATE_WINDOW_SECONDS = 10;

/** Messages handed over per second, over the last ten seconds or since the first of them. */
export async function recentRate(tx: Tx, campaignId: string, month: string | null): Promise<number> {
  if (month === null) return 0;
  const [row] = await tx.execute<{ rate: number }>(sql`
    select (count(*) / greatest(1, extract(epoch from consentry_now() - greatest(min(c.started_at),
      consentry_now() - ${RATE_WINDOW_SECONDS} * interval '1 second'))))::float8 as rate
    from campaign c join campaign_slice s on s.campaign_id = c.id
    join recipient r on r.month = ${month}::date and r.campaign_id = s.campaign_id and r.slice = s.slice
    where c.id = ${campaignId}::uuid
      and (s.worked_at is not null or s.settled_at > consentry_now() - ${RATE_WINDOW_SECONDS} * interval '1 second')
      and r.state = 'contacted' and r.ended_at > consentry_now() - ${RATE_WINDOW_SECONDS} * interval '1 second'`);
  return row?.rate ?? 0;
}

/** Figures over the whole workspace, for its home page. */
export async function workspaceFigures(tx: Tx) {
  const [row] = await tx.execute<{
    contacts: number;
    sending: number;
    optOuts: number;
    late: number;
    unconfirmed: number;
  }>(sql`
    select (select count(*)::int from contact where erased_at is null and merged_into is null) as contacts,
      (select count(*)::int from campaign where state in ('planning', 'sending')) as sending,
      (select count(*)::int from stop_entry where kind = 'unsubscribe') as "optOuts",
      (select count(*)::int from late_contact) as late,
      (select coalesce(sum(t.count), 0)::int from campaign_slice s
        cross join lateral jsonb_to_recordset(s.tally) as t(state text, count int)
        where t.state = 'unconfirmed') as unconfirmed`);
  return row ?? { contacts: 0, sending: 0, optOuts: 0, late: 0, unconfirmed: 0 };
}
