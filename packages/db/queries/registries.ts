import { sql } from "drizzle-orm";
import { digestList, rows, type Tx } from "../database.ts";
import type { BlindDigest } from "../vault/blind-index.ts";

/** A listed number as its blind digests, one per live index version. */
export interface EntryDraft {
  readonly digests: readonly BlindDigest[];
  /** `YYYY-MM-DD`, or null where the list does not say. */
  readonly listedAt: string | null;
}

/**
 * Takes the copy of a list for this transaction, made where it is missing; answers the date it had. Null: there is no
 * whole copy.
 */
export async function lockCopy(tx: Tx, workspaceId: string, registryId: string): Promise<Date | null> {
  await tx.execute(sql`
    insert into registry_copy (workspace_id, registry_id, as_of, imported_at)
    values (${workspaceId}, ${registryId}, null, consentry_now()) on conflict do nothing`);
  const [row] = await tx.execute<{ asOf: Date | null }>(
    sql`select as_of as "asOf" from registry_copy where registry_id = ${registryId} for no key update`,
  );
  return row?.asOf ?? null;
}

/** Takes a file's version out of force; its blocks are deleted. False: there was none. */
export async function dropVersion(tx: Tx, registryId: string): Promise<boolean> {
  const dropped = await tx.execute<{ id: string }>(sql`
    with held as (select version_id from registry_copy where registry_id = ${registryId} and version_id is not null)
    update registry_copy c set version_id = null, version_numbers = '{}' from held where registry_id = ${registryId}
    returning held.version_id as id`);
  for (const { id } of dropped)
    await tx.execute(sql`delete from registry_block where version_id = ${id}::uuid`);
  return dropped.length > 0;
}

/** The file version in force, with its count of numbers by version of the index key. */
export async function copyVersion(
  tx: Tx,
  registryId: string,
): Promise<{ readonly versionId: string | null; readonly numbers: Readonly<Record<string, number>> }> {
  const [row] = await tx.execute<{ versionId: string | null; numbers: Record<string, number> }>(sql`
    select version_id as "versionId", version_numbers as numbers from registry_copy where registry_id = ${registryId}`);
  return row ?? { versionId: null, numbers: {} };
}

/** True when a copy holds anything, whole or in part. */
export async function holdsCopy(tx: Tx, registryId: string): Promise<boolean> {
  const held = await tx.execute(sql`
    select 1 from registry_copy c where c.registry_id = ${registryId} and (as_of is not null or version_id is not null
      or exists (select 1 from registry_entry e where e.registry_id = c.registry_id))`);
  return held.length > 0;
}

/** Dates a locked copy; null while parts of it are still to come. */
export async function dateCopy(tx: Tx, registryId: string, asOf: Date | null): Promise<void> {
  await tx.execute(sql`
    update registry_copy set as_of = ${asOf?.toISOString() ?? null}::timestamptz, imported_at = consentry_now()
    where registry_id = ${registryId}`);
}

const GIVEN = sql`r(version text, digest text, "listedAt" date)`;
const given = (entries: readonly EntryDraft[]) =>
  rows(
    entries.flatMap((entry) =>
      entry.digests.map(({ keyVersion, digest }) => ({
        version: keyVersion,
        digest: digest.toString("hex"),
        listedAt: entry.listedAt,
      })),
    ),
  );

/** Takes everything out of a list that is not given. Returns the gate rows of numbers that are not listed any more. */
export async function delistOthers(
  tx: Tx,
  registryId: string,
  entries: readonly EntryDraft[],
): Promise<number[]> {
  const delisted = await tx.execute<{ gate_id: number }>(sql`
    with kept as materialized (
      select decode(digest, 'hex') as digest from jsonb_to_recordset(${given(entries)}) as ${GIVEN}
    ), removed as (
      delete from registry_entry e
      where e.registry_id = ${registryId} and not exists (select 1 from kept where kept.digest = e.digest)
      returning e.digest
    )
    select distinct i.gate_id from removed join gate_index i on i.digest = removed.digest`);
  return delisted.map((row) => row.gate_id);
}

/** Lists numbers. Returns the digests (hex) of those that are new or listed on another day than before. */
export async function listNumbers(
  tx: Tx,
  workspaceId: string,
  registryId: string,
  entries: readonly EntryDraft[],
): Promise<string[]> {
  const changed = await tx.execute<{ digest: string }>(sql`
    insert into registry_entry as e (workspace_id, registry_id, key_version, digest, listed_at)
    select ${workspaceId}::uuid, ${registryId}, version, decode(digest, 'hex'), "listedAt"
    from jsonb_to_recordset(${given(entries)}) as ${GIVEN}
    on conflict (workspace_id, registry_id, digest) do update set listed_at = excluded.listed_at
    where e.listed_at is distinct from excluded.listed_at
    returning encode(e.digest, 'hex') as digest`);
  return changed.map((row) => row.digest);
}

/** The gate rows that have one of these digests (hex). */
export async function gatesOfDigests(tx: Tx, digests: readonly string[]): Promise<number[]> {
  if (digests.length === 0) return [];
  const found = await tx.execute<{ gate_id: number }>(
    sql`select distinct gate_id from gate_index where digest = any(${digestList(digests)})`,
  );
  return found.map((row) => row.gate_id);
}

export interface CopyRecord {
  readonly registryId: string;
  /** Null while parts of a new copy are still to come. */
  readonly asOf: Date | null;
  readonly importedAt: Date;
  readonly numbers: number;
}

/** The copies this workspace holds. A number has an entry for each index version; every version lists them all. */
export async function readCopies(tx: Tx): Promise<CopyRecord[]> {
  const found = await tx.execute<Record<string, unknown> & CopyRecord>(sql`
    select c.registry_id as "registryId", c.as_of as "asOf", c.imported_at as "importedAt", coalesce((
      select max(listed.count) from (
        select count(*)::int as count from registry_entry e where e.registry_id = c.registry_id group by e.key_version
      ) listed), 0)
      -- Numbers of the file version and single entries; one that is both counts twice until the next file.
      + coalesce((select max(value::int) from jsonb_each_text(c.version_numbers)), 0) as numbers
    from registry_copy c order by c.registry_id`);
  return [...found];
}

/** Stores the answer about a number, unless a newer one is known. The caller bumps the gate row. */
export async function storeReassignment(
  tx: Tx,
  workspaceId: string,
  draft: {
    readonly gateId: number;
    readonly database: string;
    readonly answer: "yes" | "no" | "no-data";
    readonly queriedAt: Date;
    readonly consentDate: string;
  },
): Promise<boolean> {
  const stored = await tx.execute(sql`
    insert into reassignment_answer as a (gate_id, workspace_id, database, answer, queried_at, consent_date)
    values (${draft.gateId}, ${workspaceId}, ${draft.database}, ${draft.answer},
      ${draft.queriedAt.toISOString()}::timestamptz, ${draft.consentDate}::date)
    on conflict (gate_id) do update set database = excluded.database, answer = excluded.answer,
      queried_at = excluded.queried_at, consent_date = excluded.consent_date
    where a.queried_at <= excluded.queried_at
    returning gate_id`);
  return stored.length > 0;
}
