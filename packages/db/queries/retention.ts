import { sql } from "drizzle-orm";
import type { DataClass } from "#core/rights/retention";
import { array, type Tx } from "../database.ts";

export type ChosenDays = Readonly<Partial<Record<DataClass, number>>>;

/** What the workspace chose; classes it did not choose for are absent. */
export async function chosenRetention(tx: Tx): Promise<ChosenDays> {
  const found = await tx.execute<{ dataClass: DataClass; days: number }>(
    sql`select data_class as "dataClass", days from retention_policy`,
  );
  return Object.fromEntries(found.map((row) => [row.dataClass, row.days]));
}

export async function chooseRetention(
  tx: Tx,
  workspaceId: string,
  dataClass: DataClass,
  days: number,
): Promise<void> {
  await tx.execute(sql`
    insert into retention_policy (workspace_id, data_class, days, updated_at)
    values (${workspaceId}::uuid, ${dataClass}, ${days}, consentry_now())
    on conflict (workspace_id, data_class) do update set days = excluded.days, updated_at = excluded.updated_at`);
}

const before = (days: number) => sql`consentry_now() - ${days} * interval '1 day'`;

/** Stored answers older than this. */
export async function oldAnswers(tx: Tx, days: number, remove: boolean): Promise<number> {
  const old = sql`created_at < ${before(days)}`;
  return changed(
    tx,
    remove
      ? sql`delete from idempotency_entry where ${old} returning 1`
      : sql`select 1 from idempotency_entry where ${old}`,
  );
}

/**
 * Files of imports that ended so long ago. With the file's key its rows and refusals cannot be read any more, in
 * backups too; the counts stay.
 */
export async function oldImportFiles(tx: Tx, days: number, remove: boolean): Promise<number> {
  const old = sql`finished_at < ${before(days)} and wrapped_key is not null`;
  if (!remove) return changed(tx, sql`select 1 from contact_import where ${old}`);
  const ended = await tx.execute<{ id: string }>(
    sql`update contact_import set wrapped_key = null where ${old} returning id`,
  );
  const ids = array(
    ended.map((row) => row.id),
    "uuid",
  );
  await tx.execute(sql`delete from import_row where import_id = any(${ids})`);
  await tx.execute(sql`delete from import_refusal where import_id = any(${ids})`);
  return ended.length;
}

/** Texts of privacy requests closed so long ago, and requests that nobody verified while their link worked. */
export async function oldRequestTexts(tx: Tx, days: number, remove: boolean): Promise<number> {
  const old = sql`sealed is not null and (closed_at < ${before(days)}
    or (state = 'unverified' and link_until < consentry_now()))`;
  return changed(
    tx,
    remove
      ? sql`update privacy_request set sealed = null,
          state = case when state = 'unverified' then 'lapsed' else state end,
          closed_at = coalesce(closed_at, consentry_now())
        where ${old} returning 1`
      : sql`select 1 from privacy_request where ${old}`,
  );
}

/**
 * People with whom nothing has happened for so long: made, changed, asked, contacted or in business. Who has agreed
 * to something that still stands is not among them; the caller judges that. What was merged into somebody is not
 * either: it is kept as long as they are, for the evidence under its key.
 */
export async function inactiveContacts(tx: Tx, days: number, limit: number): Promise<string[]> {
  const found = await tx.execute<{ id: string }>(sql`
    select k.id from contact k
    where k.erased_at is null and k.wrapped_key is not null and k.merged_into is null
      and k.created_at < ${before(days)} and k.updated_at < ${before(days)}
      and not exists (select 1 from consent_event e where e.contact_id = k.id and e.recorded_at >= ${before(days)})
      and not exists (select 1 from recipient r where r.contact_id = k.id and (r.state not in
        ('blocked', 'cancelled', 'failed', 'contacted') or coalesce(r.ended_at, r.redeemed_at) >= ${before(days)}))
      and not exists (select 1 from relationship b where b.contact_id = k.id
        and (b.contract_in_force or greatest(b.last_purchase_at, b.last_inquiry_at) >= (${before(days)})::date))
      and not exists (select 1 from privacy_request q where q.contact_id = k.id and q.closed_at is null)
    order by k.id limit ${limit}`);
  return found.map((row) => row.id);
}

/** Months of recipients and decisions that no workspace wants to keep. */
export async function monthsPastRetention(tx: Tx, daysDefault: number): Promise<string[]> {
  const found = await tx.execute<{ month: string }>(
    sql`select month::text as month from months_past_retention(${daysDefault}) as t(month)`,
  );
  return found.map((row) => row.month);
}

export async function dropPastMonth(tx: Tx, month: string, daysDefault: number): Promise<void> {
  await tx.execute(sql`select drop_past_month(${month}::date, ${daysDefault})`);
}

export async function recordRetentionRun(
  tx: Tx,
  workspaceId: string,
  id: string,
  removed: Readonly<Record<string, number>>,
): Promise<void> {
  await tx.execute(sql`
    insert into retention_run (id, workspace_id, ran_at, removed)
    values (${id}::uuid, ${workspaceId}::uuid, consentry_now(), ${JSON.stringify(removed)}::jsonb)`);
}

export async function retentionRuns(
  tx: Tx,
  limit: number,
): Promise<{ ranAt: Date; removed: Readonly<Record<string, number>> }[]> {
  const found = await tx.execute<{ ranAt: Date; removed: Readonly<Record<string, number>> }>(sql`
    select ran_at as "ranAt", removed from retention_run order by ran_at desc limit ${limit}`);
  return [...found];
}

/** The workspaces whose daily run is due. */
export async function workspacesToRetain(tx: Tx): Promise<string[]> {
  const found = await tx.execute<{ id: string }>(sql`select id from workspaces_to_retain() as t(id)`);
  return found.map((row) => row.id);
}

const changed = async (tx: Tx, statement: ReturnType<typeof sql>): Promise<number> =>
  (await tx.execute(statement)).length;
