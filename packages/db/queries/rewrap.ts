import { sql } from "drizzle-orm";
import { rows, type Tx } from "../database.ts";
import { walk } from "../walk.ts";

/** A column that the master key seals. `id` is what its seal is bound to, after the context's first word. */
export interface SealedColumn {
  readonly table:
    | "contact"
    | "contact_import"
    | "sender"
    | "idempotency_entry"
    | "consent_event"
    | "service_message";
  readonly column: string;
  readonly id: string;
  /** Finds the row of an id again; `t` is the table, `r.id` the id. */
  readonly match: string;
  readonly contextWord: string;
}

const BY_ID = { id: "t.id::text", match: "t.id = r.id::uuid" };

/** Evidence of nobody in particular stands under the master key, everybody else's under their own. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { ...BY_ID, table: "contact", column: "wrapped_key", contextWord: "person" },
  { ...BY_ID, table: "contact_import", column: "wrapped_key", contextWord: "import" },
  { ...BY_ID, table: "sender", column: "dkim_key", contextWord: "dkim" },
  {
    table: "idempotency_entry",
    column: "response",
    id: "t.api_key_id || ':' || t.key",
    match: "t.api_key_id || ':' || t.key = r.id",
    contextWord: "idempotency",
  },
  {
    table: "consent_event",
    column: "evidence",
    id: "t.workspace_id || ':' || t.gate_id || ':' || t.seq",
    match: "t.gate_id = split_part(r.id, ':', 2)::bigint and t.seq = split_part(r.id, ':', 3)::bigint",
    contextWord: "evidence",
  },
  {
    table: "service_message",
    column: "sealed",
    id: "t.workspace_id || ':' || t.id",
    match: "t.id = split_part(r.id, ':', 2)::uuid",
    contextWord: "service-message",
  },
];

export interface SealedValue {
  readonly id: string;
  readonly sealed: Buffer;
}

/** How a blob begins that was sealed under this key. */
const prefixOf = (keyId: string): string =>
  Buffer.concat([Buffer.from([keyId.length]), Buffer.from(keyId)]).toString("hex");

/**
 * What a column holds under these keys, in batches, from one snapshot. Needs the owner's rights: it sees every
 * workspace.
 */
export function walkSealed(
  tx: Tx,
  place: SealedColumn,
  keyIds: readonly string[],
  batchSize: number,
): AsyncGenerator<SealedValue[]> {
  const prefixes = keyIds.map(prefixOf);
  const named = sql.join(
    prefixes.map(
      (hex) => sql`substring(${sql.raw(place.column)} from 1 for ${hex.length / 2}) = decode(${hex}, 'hex')`,
    ),
    sql` or `,
  );
  const sealed = sql`
    select ${sql.raw(place.id)} as id, ${sql.raw(place.column)} as sealed from ${sql.raw(place.table)} t
    where ${sql.raw(place.column)} is not null and (${named})`;
  return walk(tx, sealed, batchSize);
}

/** Puts newly sealed values in the place of the old ones, where those still stand. Returns how many did. */
export async function replaceSealed(
  tx: Tx,
  place: SealedColumn,
  values: readonly { readonly id: string; readonly before: Buffer; readonly after: Buffer }[],
): Promise<number> {
  const given = values.map(({ id, before, after }) => ({
    id,
    before: before.toString("hex"),
    after: after.toString("hex"),
  }));
  const replaced = await tx.execute(sql`
    update ${sql.raw(place.table)} t set ${sql.raw(place.column)} = decode(r.after, 'hex')
    from jsonb_to_recordset(${rows(given)}) as r(id text, before text, after text)
    where ${sql.raw(place.match)} and t.${sql.raw(place.column)} = decode(r.before, 'hex')
    returning 1`);
  return replaced.length;
}

/** Contacts of which a point has no entry under this version of the index key, in batches, from one snapshot. */
export function walkUnindexed(
  tx: Tx,
  keyVersion: string,
  batchSize: number,
): AsyncGenerator<{ id: string; workspaceId: string }[]> {
  const unindexed = sql`
    select k.id, k.workspace_id as "workspaceId" from contact k
    where k.wrapped_key is not null and exists (
      select 1 from contact_point p where p.contact_id = k.id and not exists (
        select 1 from point_index i where i.contact_point_id = p.id and i.key_version = ${keyVersion}))
    order by k.workspace_id, k.id`;
  return walk(tx, unindexed, batchSize);
}

export interface IndexEntry {
  readonly keyVersion: string;
  readonly digest: Buffer;
  readonly of: string;
}

const INDEXES = {
  gate: { table: "gate_index", column: "gate_id", type: "bigint" },
  point: { table: "point_index", column: "contact_point_id", type: "uuid" },
  name: { table: "name_index", column: "contact_id", type: "uuid" },
} as const;

/** Adds blind index entries beside those that are there. */
export async function addIndexEntries(
  tx: Tx,
  workspaceId: string,
  use: keyof typeof INDEXES,
  entries: readonly IndexEntry[],
): Promise<void> {
  const { table, column, type } = INDEXES[use];
  const given = entries.map((entry) => ({ ...entry, digest: entry.digest.toString("hex") }));
  await tx.execute(sql`
    insert into ${sql.raw(table)} (workspace_id, key_version, digest, ${sql.raw(column)})
    select ${workspaceId}::uuid, "keyVersion", decode(digest, 'hex'), "of"::${sql.raw(type)}
    from jsonb_to_recordset(${rows(given)}) as r("keyVersion" text, digest text, "of" text)
    on conflict do nothing`);
}

/** The versions of the index key that keys, points, names or listed numbers are found under. */
export async function indexVersions(tx: Tx): Promise<string[]> {
  const found = await tx.execute<{ version: string }>(sql`
    select distinct key_version as version from gate_index union select distinct key_version from point_index
    union select distinct key_version from name_index union select distinct key_version from registry_entry
    union select jsonb_object_keys(version_numbers) from registry_copy
    order by 1`);
  return found.map((row) => row.version);
}

export interface VersionNeeds {
  /** Keys with a history that only this version finds: of erased people, and of addresses nobody has. */
  readonly keys: number;
  /** Contacts that only this version finds. */
  readonly contacts: number;
  /** Listed numbers that only this version finds. */
  readonly listed: number;
}

/** What could not be found any more without a version. Its digests cannot be recomputed: the addresses are not known. */
export async function needsOfVersion(tx: Tx, version: string, current: string): Promise<VersionNeeds> {
  const [row] = await tx.execute<Record<string, unknown> & VersionNeeds>(sql`
    select
      (select count(*)::int from gate_index i where i.key_version = ${version}
        and not exists (select 1 from gate_index c where c.gate_id = i.gate_id and c.key_version = ${current})
        and (exists (select 1 from consent_event e where e.gate_id = i.gate_id)
          or exists (select 1 from suppression s where s.gate_id = i.gate_id))) as keys,
      (select count(*)::int from point_index i where i.key_version = ${version}
        and not exists (select 1 from point_index c
          where c.contact_point_id = i.contact_point_id and c.key_version = ${current})) as contacts,
      -- Every number has an entry for each version that was live: where the newer has as many, it has them all.
      (select coalesce(sum(greatest(old - new, 0)), 0)::int from (
        select count(*) filter (where key_version = ${version}) as old,
          count(*) filter (where key_version = ${current}) as new
        from registry_entry group by workspace_id, registry_id
        union all select coalesce((version_numbers ->> ${version})::bigint, 0),
          coalesce((version_numbers ->> ${current})::bigint, 0) from registry_copy) copies) as listed`);
  return row ?? { keys: 0, contacts: 0, listed: 0 };
}

/** Deletes what is found under a version, some at a time. Returns how many; 0: nothing is left. */
export async function deleteVersion(tx: Tx, version: string, limit: number): Promise<number> {
  let deleted = 0;
  for (const table of ["gate_index", "point_index", "name_index", "registry_entry", "registry_block"]) {
    const gone = await tx.execute(sql`
      delete from ${sql.raw(table)} where ctid = any(array(
        select ctid from ${sql.raw(table)} where key_version = ${version} limit ${limit})) returning 1`);
    deleted += gone.length;
  }
  await tx.execute(sql`
    update registry_copy set version_numbers = version_numbers - ${version}::text where version_numbers ? ${version}`);
  return deleted;
}

/** Keys that two gate rows claim under one digest: a stop on the one would not be seen by the other. Must be none. */
export async function splitKeys(tx: Tx, wanted: readonly IndexEntry[]): Promise<number> {
  const given = wanted.map((entry) => ({ digest: entry.digest.toString("hex"), of: entry.of }));
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(*)::int as count from (
      select decode(digest, 'hex') as digest, "of"::bigint as gate_id
      from jsonb_to_recordset(${rows(given)}) as r(digest text, "of" text)
    ) wanted join gate_index i on i.digest = wanted.digest and i.gate_id <> wanted.gate_id`);
  return row?.count ?? 0;
}
