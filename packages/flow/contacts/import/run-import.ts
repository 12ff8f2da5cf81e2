import { inWorkspace, readClock, type Tx } from "#db/database";
import {
  type ChunkTally,
  type RefusalDraft,
  readImportRow,
  recordChunk,
  setImportState,
  takeStagedRows,
} from "#db/queries/imports";
import { decrypt, encrypt, unseal } from "#db/vault/keyring";
import type { FlowDeps } from "../../deps.ts";
import { IMPORT_MAPPING } from "./mapping.ts";
import { mergeConsent, type RefusedPart } from "./merge-consent.ts";
import { ChunkOvertaken, type MergedRow, mergeContacts } from "./merge-contacts.ts";
import { type ReadRow, readRow } from "./read-row.ts";
import { type StagedRows, stageContext } from "./receive-import.ts";

/** Another writer may be faster for some address of a chunk; that it is every time does not happen. */
const ATTEMPTS_MAX = 5;

export interface ImportAsk {
  readonly workspaceId: string;
  readonly importId: string;
  /** Chunks merged at most in this run; absent: all. What is left goes on with the next ring. */
  readonly chunksMax?: number;
}

/**
 * Merges a staged file, chunk by chunk in file order, each chunk in one transaction with its counts: a crash between
 * two chunks loses nothing and doubles nothing.
 */
export async function runImport(deps: FlowDeps, ask: ImportAsk): Promise<{ readonly finished: boolean }> {
  for (let chunk = 0; chunk < (ask.chunksMax ?? Number.POSITIVE_INFINITY); chunk += 1) {
    if (!(await mergeChunk(deps, ask))) return { finished: true };
  }
  return { finished: false };
}

async function mergeChunk(deps: FlowDeps, ask: ImportAsk): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inWorkspace(deps.database, ask.workspaceId, (tx) => mergeNextChunk(tx, deps, ask));
    } catch (error) {
      if (!(error instanceof ChunkOvertaken) || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

async function mergeNextChunk(tx: Tx, deps: FlowDeps, ask: ImportAsk): Promise<boolean> {
  const staged = await takeStagedRows(tx, ask.importId);
  if (staged.kind === "not-open") return false;
  if (staged.kind === "all-taken") {
    await setImportState(tx, ask.importId, "finished");
    return false;
  }
  const job = await readImportRow(tx, ask.importId);
  if (job === null || job.wrappedKey === null) throw new Error("an import to be merged has no key");
  const key = unseal(deps.keys.master, job.wrappedKey, `import:${ask.importId}`);
  const opened = decrypt(key, staged.sealed, stageContext(ask.importId, staged.firstRow)).toString();
  const { targets, rows } = JSON.parse(opened) as StagedRows;
  const now = await readClock(tx);
  const read = rows.map((values, place) => readRow(staged.firstRow + place, targets, values, now));
  // The source stands there by its id since the file was received.
  const mapping = IMPORT_MAPPING.parse(job.mapping);
  const merged = await mergeContacts(
    tx,
    deps.keys,
    ask.workspaceId,
    read.flatMap((entry) => entry.imported ?? []),
    mapping.source ?? null,
  );
  const consent = await mergeConsent(tx, deps, { ...ask, now }, merged, mapping);
  const count = (outcome: MergedRow["outcome"]) => merged.filter((entry) => entry.outcome === outcome).length;
  const tally: ChunkTally = {
    merged: rows.length,
    created: count("created"),
    updated: count("updated"),
    unchanged: count("unchanged"),
    refused: count("erased") + read.filter((entry) => entry.imported === null).length,
    ...consent.tally,
  };
  const refusals = refusalDrafts(key, ask.importId, read, merged, consent.refusals);
  await recordChunk(tx, ask.workspaceId, ask.importId, tally, refusals);
  return true;
}

function refusalDrafts(
  key: Buffer,
  importId: string,
  read: readonly ReadRow[],
  merged: readonly MergedRow[],
  consent: readonly RefusedPart[],
): RefusalDraft[] {
  const erased = new Set(merged.flatMap((entry) => (entry.outcome === "erased" ? [entry.imported.row] : [])));
  const seal = ({ row, column, reason, original }: RefusedPart, isWholeRow: boolean): RefusalDraft => {
    const text = JSON.stringify({ said: original, isWholeRow } satisfies SealedRefusal);
    return { row, column, reason, sealed: encrypt(key, Buffer.from(text), refusalContext(importId, row)) };
  };
  return [
    ...read.flatMap(({ row, imported, refusals, original }) =>
      erased.has(row)
        ? []
        : refusals.map((refusal) => seal({ ...refusal, row, original }, imported === null)),
    ),
    ...consent.map((refusal) => seal(refusal, false)),
    // Of a person who was erased nothing is kept, not even what a file says of them.
    ...[...erased].map((row) => seal({ row, column: "email", reason: "erased-person", original: {} }, true)),
  ];
}

/** What is sealed of a refusal. */
export interface SealedRefusal {
  readonly said: Readonly<Record<string, string>>;
  /** False: the rest of the row was used. */
  readonly isWholeRow: boolean;
}

export const refusalContext = (importId: string, row: number): string => `import-refusal:${importId}:${row}`;
