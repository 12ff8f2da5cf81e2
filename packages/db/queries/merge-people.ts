import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";
import { type Page, pageById } from "../page.ts";

/** Gives contact points to another contact. None stays the primary one: that contact has its own. */
export async function movePoints(
  tx: Tx,
  pointIds: readonly string[],
  toContactId: string,
  primaryPointIds: readonly string[],
): Promise<void> {
  await tx.execute(sql`
    update contact_point set contact_id = ${toContactId}::uuid,
      is_primary = (id = any(${array(primaryPointIds, "uuid")}))
    where id = any(${array(pointIds, "uuid")})`);
}

/** Takes points out of the index that say the same as another point of the same person. */
export async function unindexPoints(tx: Tx, pointIds: readonly string[]): Promise<void> {
  await tx.execute(sql`delete from point_index where contact_point_id = any(${array(pointIds, "uuid")})`);
}

/** Leaves a contact as what was merged into another: its key for the evidence, and nothing that names anybody. */
export async function markMerged(tx: Tx, contactId: string, intoId: string): Promise<void> {
  await tx.execute(sql`delete from name_index where contact_id = ${contactId}::uuid`);
  await tx.execute(sql`
    update relationship r set contact_id = ${intoId}::uuid where contact_id = ${contactId}::uuid and not exists (
      select 1 from relationship o where o.contact_id = ${intoId}::uuid and o.sender_id = r.sender_id)`);
  await tx.execute(sql`delete from relationship where contact_id = ${contactId}::uuid`);
  await tx.execute(
    sql`update contact set merged_into = ${intoId}::uuid where merged_into = ${contactId}::uuid`,
  );
  await tx.execute(sql`
    update contact set merged_into = ${intoId}::uuid, identity = null, attributes = '{}', country = null, region = null,
      language = null, age = null, updated_at = consentry_now()
    where id = ${contactId}::uuid`);
}

/** The contact itself and all that were merged into it: what is on record of any of them is this person's. */
export async function idsOfPerson(tx: Tx, contactId: string): Promise<string[]> {
  const merged = await tx.execute<{ id: string }>(
    sql`select id from contact where merged_into = ${contactId}::uuid order by id`,
  );
  return [contactId, ...merged.map((row) => row.id)];
}

/** The contact that stands for this one: itself, or the one it was merged into. Links in old messages name either. */
export async function contactThatStays(tx: Tx, contactId: string): Promise<string> {
  const [row] = await tx.execute<{ id: string }>(
    sql`select coalesce(merged_into, id) as id from contact where id = ${contactId}::uuid`,
  );
  return row?.id ?? contactId;
}

/** The stricter of two people's wishes, as one: the longer break and the lower cap. */
export async function mergeWishes(
  tx: Tx,
  workspaceId: string,
  fromId: string,
  intoId: string,
): Promise<void> {
  const newest = (id: string) => sql`
    (select * from contact_preference where contact_id = ${id}::uuid order by id desc limit 1)`;
  await tx.execute(sql`
    insert into contact_preference (workspace_id, contact_id, paused_until, cap_max, cap_window_hours, created_at)
    select ${workspaceId}::uuid, ${intoId}::uuid, greatest(f.paused_until, i.paused_until),
      case when i.cap_max is null or f.cap_max < i.cap_max then f.cap_max else i.cap_max end,
      case when i.cap_max is null or f.cap_max < i.cap_max then f.cap_window_hours else i.cap_window_hours end,
      consentry_now()
    from ${newest(fromId)} f left join ${newest(intoId)} i on true`);
}

/** The facts that only ever get stricter: restriction, age, the opt-out of sale, an unverified source. */
export async function keepStricterFacts(tx: Tx, fromId: string, intoId: string): Promise<void> {
  await tx.execute(sql`
    update contact k set restricted_since = least(k.restricted_since, f.restricted_since),
      age = least(k.age, f.age), opt_out_signal_at = greatest(k.opt_out_signal_at, f.opt_out_signal_at),
      country = coalesce(k.country, f.country), region = coalesce(k.region, f.region),
      language = coalesce(k.language, f.language), attributes = f.attributes || k.attributes,
      source_id = coalesce(k.source_id, f.source_id), obtained_at = coalesce(k.obtained_at, f.obtained_at),
      updated_at = consentry_now()
    from contact f where k.id = ${intoId}::uuid and f.id = ${fromId}::uuid`);
}

/** Contacts that look like one person. */
export interface Duplicate {
  /** The same for the same people and reason; lists go on after it. */
  readonly id: string;
  readonly contactIds: readonly string[];
  /** `same-address`: one mailbox in two spellings. `same-number-and-name`: one number and one full name. */
  readonly reason: "same-address" | "same-number-and-name";
}

export async function findDuplicates(tx: Tx, limit: number, after: string | null): Promise<Duplicate[]> {
  const found = await tx.execute<Record<string, unknown> & Duplicate>(sql`
    with live as (
      select p.gate_id, p.channel, p.contact_id from contact_point p join contact k on k.id = p.contact_id
      where k.identity is not null and k.erased_at is null and k.merged_into is null
    ), shared as (
      select gate_id, channel, array_agg(distinct contact_id order by contact_id) as ids
      from live group by gate_id, channel having count(distinct contact_id) > 1
    ), alike as (
      select ids, 'same-address' as reason from shared where channel = 'email'
      union
      select array_agg(distinct n.contact_id order by n.contact_id), 'same-number-and-name'
      from shared s join name_index n on n.contact_id = any(s.ids) where s.channel = 'phone'
      group by s.gate_id, n.digest having count(distinct n.contact_id) > 1
    ), named as (
      select md5(reason || ids::text) as id, to_jsonb(ids) as "contactIds", reason from alike
    )
    select * from named where ${after}::text is null or id > ${after} order by id limit ${limit}`);
  return [...found];
}

/** A contact point that does not reach its person any more. */
export interface StalePoint {
  /** The contact point's. */
  readonly id: string;
  readonly contactId: string;
  readonly channel: "email" | "phone";
  readonly reason: "mailbox-gone" | "number-reassigned";
  readonly since: Date;
}

export async function stalePoints(tx: Tx, page: Page): Promise<StalePoint[]> {
  const found = await tx.execute<Record<string, unknown> & StalePoint>(sql`
    with stale as (
    select p.id, p.contact_id, p.channel, 'mailbox-gone' as reason, s.at
    from suppression s join contact_point p on p.gate_id = s.gate_id join contact k on k.id = p.contact_id
    where s.kind = 'hard-bounce' and s.lifted_by_event_id is null and k.identity is not null
    union all
    select p.id, p.contact_id, p.channel, 'number-reassigned', a.queried_at
    from reassignment_answer a join contact_point p on p.gate_id = a.gate_id join contact k on k.id = p.contact_id
    where a.answer = 'yes' and k.identity is not null
    ), known as (
      select id, contact_id as "contactId", channel, reason, min(at) as since from stale
      group by id, contact_id, channel, reason
    )
    select * from known ${pageById(page)}`);
  return [...found];
}
