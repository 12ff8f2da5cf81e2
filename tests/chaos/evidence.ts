import pg from "pg";

/*
 * What the storm looks at, read with a connection of its own for every question, and not through the product: the
 * database under it goes down on purpose, and the product's own view is what is being judged.
 */

export interface RecipientRow {
  readonly id: number;
  readonly campaignId: string;
  readonly gateId: number;
  readonly state: string;
  readonly reason: string | null;
  readonly workerSession: string | null;
  readonly permitId: string | null;
  /** Milliseconds since 1970. */
  readonly redeemedAt: number | null;
}

/** A permit that was on the wire when its worker died. */
export interface LostPermit {
  readonly permitId: string;
  readonly recipientId: number;
}

export interface CampaignEnd {
  readonly id: string;
  readonly state: string;
  /** Recipients per state, from the counts the product stored when it closed the slices. */
  readonly tally: Readonly<Record<string, number>>;
}

export interface Rows {
  readonly recipients: readonly RecipientRow[];
  readonly campaigns: readonly CampaignEnd[];
  readonly inFlight: number;
  readonly lateContacts: number;
}

const RETRY_MS = 250;
const PATIENCE_MS = 60_000;

/** Asks the database, again and again while it is down. @throws when it stays down for a minute. */
export async function ask<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    // A connection that breaks fails its query, which is tried again below.
    client.on("error", () => undefined);
    try {
      await client.connect();
      return (await client.query<Row>(text, [...values])).rows;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** What a dead worker still has on the wire. */
export async function lostPermits(url: string, session: string): Promise<LostPermit[]> {
  const rows = await ask<{ permit: string; recipient: string }>(
    url,
    "select permit_id as permit, recipient_id as recipient from in_flight where worker_session = $1",
    [session],
  );
  return rows.map((row) => ({ permitId: row.permit, recipientId: Number(row.recipient) }));
}

/** How many campaigns have finished, and how many recipients have not ended. */
export async function stillOpen(url: string): Promise<{ finished: number; recipients: number }> {
  const [row] = await ask<{ finished: number; recipients: number }>(
    url,
    `select (select count(*)::int from campaign where state = 'finished') as finished,
       (select count(*)::int from recipient
         where state in ('planned', 'permitted', 'deferred', 'redeemed')) as recipients`,
  );
  return row ?? { finished: 0, recipients: 0 };
}

/** Gate rows whose ledger holds a withdrawal. */
export async function withdrawnGates(url: string): Promise<Set<number>> {
  const rows = await ask<{ gate: string }>(
    url,
    "select distinct gate_id as gate from consent_event where type = 'withdrawn'",
  );
  return new Set(rows.map((row) => Number(row.gate)));
}

/** Everything that is judged, of these campaigns, read at the end. */
export async function readRows(url: string, campaignIds: readonly string[]): Promise<Rows> {
  const recipients = await ask<{
    id: string;
    campaign: string;
    gate: string;
    state: string;
    reason: string | null;
    session: string | null;
    permit: string | null;
    redeemed: string | null;
  }>(
    url,
    `select id, campaign_id as campaign, gate_id as gate, state, reason, worker_session as session,
       permit_id as permit, extract(epoch from redeemed_at) * 1000 as redeemed from recipient order by id`,
  );
  const campaigns = await ask<CampaignEnd>(
    url,
    `select c.id, c.state, coalesce((
       select jsonb_object_agg(t.state, t.count) from (
         select e->>'state' as state, sum((e->>'count')::int)::int as count
         from campaign_slice s, jsonb_array_elements(s.tally) e where s.campaign_id = c.id group by 1) t
     ), '{}') as tally from campaign c where c.id = any($1) order by c.id`,
    [campaignIds],
  );
  const [counts] = await ask<{ inFlight: number; late: number }>(
    url,
    `select (select count(*)::int from in_flight) as "inFlight", (select count(*)::int from late_contact) as late`,
  );
  return {
    recipients: recipients.map((row) => ({
      id: Number(row.id),
      campaignId: row.campaign,
      gateId: Number(row.gate),
      state: row.state,
      reason: row.reason,
      workerSession: row.session,
      permitId: row.permit,
      redeemedAt: row.redeemed === null ? null : Number(row.redeemed),
    })),
    campaigns,
    inFlight: counts?.inFlight ?? -1,
    lateContacts: counts?.late ?? -1,
  };
}
