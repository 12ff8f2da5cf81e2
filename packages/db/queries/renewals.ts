import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** A consent by email whose end seems near, by the event that gave it; the gate's own rules have the last word. */
export interface EndingConsent {
  readonly id: number;
  readonly contactId: string;
  readonly contactPointId: string;
  readonly gateId: number;
  readonly purposeId: string;
  readonly senderId: string;
  /** When its person was asked to renew it; null: not yet. */
  readonly askedAt: Date | null;
}

export interface EndingQuery {
  /** Where neither sender nor workspace chose. */
  readonly defaults: {
    readonly consentMonths: number;
    readonly thirdPartyConsentMonths: number;
    readonly renewalDays: number;
  };
  /** Only these events; null: all. */
  readonly eventIds: readonly number[] | null;
  readonly after: number;
  readonly limit: number;
}

/**
 * Consents by email that end within the days of their sender's policy, or did so less than three days ago: months are
 * counted a little differently here than by the rules, which decide afterwards. Each is the last yes on its key and
 * purpose; nobody who was erased, restricted or stopped is among them. In the order they were recorded.
 */
export async function endingConsents(tx: Tx, query: EndingQuery): Promise<EndingConsent[]> {
  const { consentMonths, thirdPartyConsentMonths, renewalDays } = query.defaults;
  const number = (key: string, standard: number) =>
    sql`coalesce(((w.policy || s.policy) ->> ${key})::int, ${standard}::int)`;
  const lapse = sql`coalesce(least(e.expires_at, e.occurred_at + p.consent_lifetime_days * interval '1 day'),
    e.occurred_at + interval '1 month' * case when o.kind in ('purchased-list', 'third-party-named-consent')
      then ${number("thirdPartyConsentMonths", thirdPartyConsentMonths)}
      else ${number("consentMonths", consentMonths)} end)`;
  const wanted = query.eventIds === null ? sql`true` : sql`e.id = any(${array(query.eventIds, "bigint")})`;
  const found = await tx.execute<Record<string, unknown> & EndingConsent>(sql`
    select e.id, c.id as "contactId", e.contact_point_id as "contactPointId", e.gate_id as "gateId",
      e.purpose_id as "purposeId", e.sender_id as "senderId", r.ordered_at as "askedAt"
    from consent_event e
    join purpose p on p.id = e.purpose_id and p.kind = 'marketing'
    join sender s on s.id = p.sender_id
    join workspace w on w.id = e.workspace_id
    join contact_point t on t.id = e.contact_point_id
    join contact c on c.id = t.contact_id and c.erased_at is null and c.restricted_since is null
    left join source o on o.id = c.source_id
    left join renewal r on r.workspace_id = e.workspace_id and r.event_id = e.id
    where e.channel = 'email' and e.type in ('given', 'confirmed', 'renewed') and e.id > ${query.after} and ${wanted}
      and ${lapse} > consentry_now() - interval '3 days'
      and ${lapse} <= consentry_now() + interval '3 days' + interval '1 day' * ${number("renewalDays", renewalDays)}
      and not exists (
        select 1 from consent_event x
        where x.gate_id = e.gate_id and x.seq > e.seq and x.purpose_id = e.purpose_id
          and x.type in ('given', 'confirmed', 'renewed', 'expired'))
      and not exists (
        select 1 from suppression u where u.gate_id = e.gate_id and u.lifted_by_event_id is null
          and (u.sender_id is null or u.sender_id = e.sender_id))
    order by e.id limit ${query.limit}`);
  return [...found];
}

/** Notes that the person of a consent was asked. @throws when they were before: the caller holds the key and looked. */
export async function insertRenewal(
  tx: Tx,
  workspaceId: string,
  renewal: { readonly eventId: number; readonly signUpId: string; readonly actor: string },
): Promise<void> {
  await tx.execute(sql`
    insert into renewal (workspace_id, event_id, sign_up_id, actor, ordered_at)
    values (${workspaceId}::uuid, ${renewal.eventId}, ${renewal.signUpId}::uuid, ${renewal.actor}, consentry_now())`);
}
