import { sql } from "drizzle-orm";
import { rows, type Tx } from "../database.ts";

export type ImportState = "receiving" | "queued" | "merging" | "finished" | "failed";

export interface ImportRow {
  readonly id: string;
  readonly state: ImportState;
  readonly mapping: unknown;
  readonly actor: string;
  readonly wrappedKey: Buffer | null;
  readonly rows: number;
  readonly mergedRows: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly refusedByReason: Readonly<Record<string, number>>;
  readonly consentRaised: number;
  readonly consentLowered: number;
  readonly consentRequested: number;
  readonly problem: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export async function createImport(
  tx: Tx,
  draft: {
    readonly id: string;
    readonly workspaceId: string;
    readonly mapping: unknown;
    readonly actor: string;
    readonly wrappedKey: Buffer;
  },
): Promise<void> {
  await tx.execute(sql`
    insert into contact_import (id, workspace_id, state, mapping, actor, wrapped_key, created_at)
    values (${draft.id}, ${draft.workspaceId}, 'receiving', ${JSON.stringify(draft.mapping)}::jsonb, ${draft.actor},
      ${draft.wrappedKey}, consentry_now())`);
}

const COLUMNS = sql`id, state, mapping, actor, wrapped_key as "wrappedKey", rows, merged_rows as "mergedRows", created,
  updated, unchanged, refused, refused_by_reason as "refusedByReason", consent_raised as "consentRaised",
  consent_lowered as "consentLowered", consent_requested as "consentRequested", problem,
  created_at as "createdAt", finished_at as "finishedAt"`;

export async function readImportRow(tx: Tx, importId: string): Promise<ImportRow | null> {
  const [row] = await tx.execute<Record<string, unknown> & ImportRow>(
    sql`select ${COLUMNS} from contact_import where id = ${importId}::uuid`,
  );
  return row ?? null;
}

/** Imports, newest first (their ids are time-ordered); `before` is the last one seen. */
export async function listImports(tx: Tx, limit: number, before: string | null): Promise<ImportRow[]> {
  const found = await tx.execute<Record<string, unknown> & ImportRow>(sql`
    select ${COLUMNS} from contact_import
    where ${before}::uuid is null or id < ${before}::uuid order by id desc limit ${limit}`);
  return [...found];
}

/** Stages some rows of a file, sealed together; `firstRow` is the number of the first, from 1. */
export async function stageRows(
  tx: Tx,
  workspaceId: string,
  importId: string,
  firstRow: number,
  sealed: Buffer,
): Promise<void> {
  await tx.execute(sql`
    insert into import_row (workspace_id, import_id, row, sealed)
    values (${workspaceId}, ${importId}, ${firstRow}, ${sealed})`);
}

export async function setImportState(
  tx: Tx,
  importId: string,
  state: ImportState,
  extra: { readonly rows?: number } = {},
): Promise<void> {
  await tx.execute(sql`
    update contact_import set state = ${state}, rows = coalesce(${extra.rows ?? null}::int, rows),
      finished_at = case when ${state} = 'finished' then consentry_now() else finished_at end
    where id = ${importId}::uuid`);
}

/** Ends an import whose file was refused. What was staged goes, and the key with it: nobody will read it. */
export async function failImport(tx: Tx, importId: string, problem: string): Promise<void> {
  await tx.execute(sql`delete from import_row where import_id = ${importId}::uuid`);
  await tx.execute(sql`
    update contact_import set state = 'failed', problem = ${problem}, wrapped_key = null, finished_at = consentry_now()
    where id = ${importId}::uuid`);
}

export type StagedTake =
  /** Still being received, merged already, failed, or not of this workspace. */
  | { readonly kind: "not-open" }
  /** Nothing is left to merge; the import is held, so that its end can be recorded. */
  | { readonly kind: "all-taken" }
  | { readonly kind: "rows"; readonly firstRow: number; readonly sealed: Buffer };

/**
 * Takes the next staged rows in file order and holds their import until the transaction ends. A second worker waits
 * here and then finds the next ones, so that file order holds however many ring.
 */
export async function takeStagedRows(tx: Tx, importId: string): Promise<StagedTake> {
  const held = await tx.execute(sql`
    select 1 from contact_import where id = ${importId}::uuid and state in ('queued', 'merging') for update`);
  if (held.length === 0) return { kind: "not-open" };
  const [next] = await tx.execute<{ row: number; sealed: Buffer }>(sql`
    delete from import_row where import_id = ${importId}::uuid
      and row = (select min(row) from import_row where import_id = ${importId}::uuid)
    returning row, sealed`);
  return next === undefined
    ? { kind: "all-taken" }
    : { kind: "rows", firstRow: next.row, sealed: next.sealed };
}

export interface ChunkTally {
  readonly merged: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly consentRaised: number;
  readonly consentLowered: number;
  readonly consentRequested: number;
}

export interface RefusalDraft {
  readonly row: number;
  readonly column: string;
  readonly reason: string;
  readonly sealed: Buffer;
}

/** Adds a chunk's counts and refusals to its import, in the transaction that merged it. */
export async function recordChunk(
  tx: Tx,
  workspaceId: string,
  importId: string,
  tally: ChunkTally,
  refusals: readonly RefusalDraft[],
): Promise<void> {
  const byReason = [...Map.groupBy(refusals, (refusal) => refusal.reason)].map(([reason, group]) => ({
    reason,
    count: group.length,
  }));
  await tx.execute(sql`
    update contact_import set state = 'merging', merged_rows = merged_rows + ${tally.merged},
      created = created + ${tally.created}, updated = updated + ${tally.updated},
      unchanged = unchanged + ${tally.unchanged}, refused = refused + ${tally.refused},
      consent_raised = consent_raised + ${tally.consentRaised},
      consent_lowered = consent_lowered + ${tally.consentLowered},
      consent_requested = consent_requested + ${tally.consentRequested},
      -- Added up, not counted anew: a large file may have a million refusals.
      refused_by_reason = (
        select coalesce(jsonb_object_agg(reason, total), '{}') from (
          select reason, sum(count)::int as total from (
            select key as reason, value::int as count from jsonb_each_text(refused_by_reason)
            union all
            select reason, count from jsonb_to_recordset(${rows(byReason)}) as r(reason text, count int)
          ) counts group by reason) totals)
    where id = ${importId}::uuid`);
  if (refusals.length === 0) return;
  const drafts = refusals.map((refusal) => ({ ...refusal, sealed: refusal.sealed.toString("hex") }));
  await tx.execute(sql`
    insert into import_refusal (workspace_id, import_id, row, "column", reason, sealed, refused_at)
    select ${workspaceId}::uuid, ${importId}::uuid, r.row, r."column", r.reason, decode(r.sealed, 'hex'), (select consentry_now())
    from jsonb_to_recordset(${rows(drafts)}) as r(row int, "column" text, reason text, sealed text)`);
}

/** The refusals of an import in file order, some at a time. */
export async function readRefusals(
  tx: Tx,
  importId: string,
  offset: number,
  limit: number,
): Promise<{ row: number; column: string; reason: string; sealed: Buffer }[]> {
  const found = await tx.execute<{ row: number; column: string; reason: string; sealed: Buffer }>(sql`
    select row, "column", reason, sealed from import_refusal where import_id = ${importId}::uuid
    order by row, "column", reason offset ${offset} limit ${limit}`);
  return [...found];
}

/** Purposes and notices of the workspace, as imports name them. */
export async function readImportSubjects(tx: Tx) {
  const purposes = await tx.execute<{ id: string; key: string; senderId: string; senderKey: string }>(sql`
    select p.id, p.key, p.sender_id as "senderId", s.key as "senderKey"
    from purpose p join sender s on s.id = p.sender_id`);
  const notices = await tx.execute<{
    id: string;
    purposeId: string;
    channel: "email" | "phone";
    version: string;
  }>(sql`
    select id, purpose_id as "purposeId", channel, version from notice`);
  return { purposes: [...purposes], notices: [...notices] };
}
