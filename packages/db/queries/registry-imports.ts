import { sql } from "drizzle-orm";
import { rows, type Tx } from "../database.ts";

export type RegistryImportMode = "replace" | "add" | "remove" | "changes";
export type RegistryImportState = "receiving" | "queued" | "merging" | "announcing" | "finished" | "failed";

export interface RefusedLine {
  readonly line: number;
  readonly reason: string;
}

/** What is known of an import when it opens. */
interface RegistryImportDraft {
  readonly id: string;
  readonly registryId: string;
  readonly actor: string;
  readonly format: string;
  readonly mode: RegistryImportMode;
  readonly isPartial: boolean;
  readonly asOf: Date;
  readonly bytesExpected: number | null;
  readonly keyVersions: readonly string[];
}

export interface RegistryImportRow extends RegistryImportDraft {
  readonly state: RegistryImportState;
  readonly bytes: number;
  readonly rows: number;
  readonly refused: number;
  readonly refusedByReason: Readonly<Record<string, number>>;
  readonly refusedLines: readonly RefusedLine[];
  readonly added: number;
  readonly removed: number;
  readonly contactPoints: number;
  readonly versionNumbers: Readonly<Record<string, number>>;
  readonly baseVersion: string | null;
  readonly nextPart: number;
  readonly problem: string | null;
  readonly createdAt: Date;
  readonly inForceAt: Date | null;
  readonly finishedAt: Date | null;
}

const COLUMNS = sql`id, registry_id as "registryId", actor, format, mode, is_partial as "isPartial", as_of as "asOf",
  state, bytes, bytes_expected as "bytesExpected", rows, refused, refused_by_reason as "refusedByReason",
  refused_lines as "refusedLines", added, removed, contact_points as "contactPoints", key_versions as "keyVersions",
  version_numbers as "versionNumbers", base_version as "baseVersion", next_part as "nextPart", problem,
  created_at as "createdAt", in_force_at as "inForceAt", finished_at as "finishedAt"`;
const OPEN = sql`state in ('receiving', 'queued', 'merging', 'announcing')`;
const TOUCHED = sql`touched_at = statement_timestamp()`;

/** Opens an import. False: another one of this list is open. */
export async function createRegistryImport(
  tx: Tx,
  draft: RegistryImportDraft & { readonly workspaceId: string },
): Promise<boolean> {
  const made = await tx.execute(sql`
    insert into registry_import (id, workspace_id, registry_id, actor, format, mode, is_partial, as_of, state,
      bytes_expected, key_versions, created_at, touched_at)
    values (${draft.id}, ${draft.workspaceId}, ${draft.registryId}, ${draft.actor}, ${draft.format}, ${draft.mode},
      ${draft.isPartial}, ${draft.asOf.toISOString()}::timestamptz, 'receiving', ${draft.bytesExpected},
      ${JSON.stringify(draft.keyVersions)}::jsonb, consentry_now(), statement_timestamp())
    on conflict do nothing returning id`);
  return made.length > 0;
}

export async function readRegistryImport(tx: Tx, importId: string): Promise<RegistryImportRow | null> {
  const [row] = await tx.execute<Record<string, unknown> & RegistryImportRow>(
    sql`select ${COLUMNS} from registry_import where id = ${importId}::uuid`,
  );
  return row ?? null;
}

/** The same, held until the transaction ends: two workers do not take one step twice. */
export async function holdRegistryImport(tx: Tx, importId: string): Promise<RegistryImportRow | null> {
  const [row] = await tx.execute<Record<string, unknown> & RegistryImportRow>(
    sql`select ${COLUMNS} from registry_import where id = ${importId}::uuid for update`,
  );
  return row ?? null;
}

/** The import of a list that is open now, if there is one. */
export async function openRegistryImport(tx: Tx, registryId: string): Promise<RegistryImportRow | null> {
  const [row] = await tx.execute<Record<string, unknown> & RegistryImportRow>(
    sql`select ${COLUMNS} from registry_import where registry_id = ${registryId} and ${OPEN}`,
  );
  return row ?? null;
}

/** Imports of a list, newest first (their ids are time-ordered). */
export async function listRegistryImports(
  tx: Tx,
  limit: number,
  before: string | null,
  registryId: string,
): Promise<RegistryImportRow[]> {
  const found = await tx.execute<Record<string, unknown> & RegistryImportRow>(sql`
    select ${COLUMNS} from registry_import
    where registry_id = ${registryId} and (${before}::uuid is null or id < ${before}::uuid)
    order by id desc limit ${limit}`);
  return [...found];
}

export interface ReceivedTally {
  readonly bytes: number;
  readonly rows: number;
  readonly refusedByReason: Readonly<Record<string, number>>;
  readonly refusedLines: readonly RefusedLine[];
}

/** Notes how far a file has been received. False: the import is not being received any more, and nothing is to follow. */
export async function noteReceived(
  tx: Tx,
  importId: string,
  tally: ReceivedTally,
  isWhole: boolean,
): Promise<boolean> {
  const refused = Object.values(tally.refusedByReason).reduce((sum, count) => sum + count, 0);
  const noted = await tx.execute(sql`
    update registry_import set bytes = ${tally.bytes}, rows = ${tally.rows}, refused = ${refused},
      refused_by_reason = ${JSON.stringify(tally.refusedByReason)}::jsonb, refused_lines = ${rows(tally.refusedLines)},
      state = ${isWhole ? "queued" : "receiving"}, ${TOUCHED}
    where id = ${importId}::uuid and state = 'receiving' returning id`);
  return noted.length > 0;
}

/**
 * Holds an import that is still being received, for a run that is staged in the same transaction. False: it was given
 * up, and what came now would be left over.
 */
export async function holdReceiving(tx: Tx, importId: string): Promise<boolean> {
  const held = await tx.execute(sql`
    update registry_import set ${TOUCHED} where id = ${importId}::uuid and state = 'receiving' returning id`);
  return held.length > 0;
}

/** Ends an import that has not come into force; what was staged or built of it goes. The old version stays. */
export async function failRegistryImport(tx: Tx, importId: string, problem: string): Promise<boolean> {
  const failed = await tx.execute(sql`
    update registry_import set state = 'failed', problem = ${problem}, finished_at = consentry_now()
    where id = ${importId}::uuid and state in ('receiving', 'queued', 'merging') returning id`);
  if (failed.length === 0) return false;
  await tx.execute(sql`delete from registry_part where import_id = ${importId}::uuid`);
  await tx.execute(sql`delete from registry_block where version_id = ${importId}::uuid`);
  return true;
}

/** Notes a merged range of parts: how many numbers the new version has in them, by version of the index key. */
export async function noteMerged(
  tx: Tx,
  importId: string,
  nextPart: number,
  versionNumbers: Readonly<Record<string, number>>,
): Promise<void> {
  await tx.execute(sql`
    update registry_import set state = 'merging', next_part = ${nextPart},
      version_numbers = ${JSON.stringify(versionNumbers)}::jsonb, ${TOUCHED}
    where id = ${importId}::uuid`);
}

/** From here on the gate reads the new version; who relied on the old one is still to be told. */
export async function bringIntoForce(tx: Tx, imported: RegistryImportRow, asOf: Date | null): Promise<void> {
  await tx.execute(sql`
    with held as (select version_id, version_numbers from registry_copy where registry_id = ${imported.registryId})
    update registry_import set state = 'announcing', next_part = 0, base_version = (select version_id from held),
      key_versions = (select coalesce(jsonb_agg(key), '[]')
        from (select jsonb_object_keys(held.version_numbers || registry_import.version_numbers) as key from held) keys),
      in_force_at = consentry_now(), ${TOUCHED}
    where id = ${imported.id}::uuid`);
  await tx.execute(sql`
    update registry_copy set as_of = ${asOf?.toISOString() ?? null}::timestamptz, imported_at = consentry_now(),
      version_id = ${imported.id}::uuid, version_numbers = ${JSON.stringify(imported.versionNumbers)}::jsonb
    where registry_id = ${imported.registryId}`);
}

export async function noteAnnounced(
  tx: Tx,
  importId: string,
  nextPart: number,
  tally: { readonly added: number; readonly removed: number; readonly contactPoints: number },
): Promise<void> {
  await tx.execute(sql`
    update registry_import set next_part = ${nextPart}, added = added + ${tally.added},
      removed = removed + ${tally.removed}, contact_points = contact_points + ${tally.contactPoints}, ${TOUCHED}
    where id = ${importId}::uuid`);
}

export async function finishRegistryImport(tx: Tx, importId: string): Promise<void> {
  await tx.execute(sql`
    update registry_import set state = 'finished', finished_at = consentry_now(), ${TOUCHED}
    where id = ${importId}::uuid`);
}

/** Imports of all workspaces that nobody has worked on for so long. */
export async function waitingRegistryImports(
  tx: Tx,
  quietSeconds: number,
): Promise<{ workspaceId: string; importId: string; state: RegistryImportState }[]> {
  const found = await tx.execute<{ workspaceId: string; importId: string; state: RegistryImportState }>(sql`
    select workspace_id as "workspaceId", import_id as "importId", state
    from registry_imports_waiting(make_interval(secs => ${quietSeconds}))`);
  return [...found];
}
