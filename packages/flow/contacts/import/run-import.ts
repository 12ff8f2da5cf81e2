import { inWorkspace, readClock, type Tx } from "#db/database";
import {
  appendConsentEvents,
  type ConsentEventDraft,
  readConsentEvents,
  type StoredEvent,
} from "#db/queries/consent-events";
import {
  type ChunkTally,
  type RefusalDraft,
  readImportRow,
  readImportSubjects,
  recordChunk,
  setImportState,
  takeStagedRows,
} from "#db/queries/imports";
import { standingSuppressions } from "#db/queries/suppressions";
import { decrypt, encrypt, unseal } from "#db/vault/keyring";
import type { FlowDeps } from "../../deps.ts";
import { type ConsentContext, planConsent } from "./import-consent.ts";
import { IMPORT_MAPPING, type ImportMapping } from "./mapping.ts";
import { type MergedRow, mergeContacts } from "./merge-contacts.ts";
import { type RowRefusal, readRow } from "./read-row.ts";
import { type StagedRows, stageContext } from "./receive-import.ts";

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
    const goesOn = await inWorkspace(deps.database, ask.workspaceId, (tx) => mergeNextChunk(tx, deps, ask));
    if (!goesOn) return { finished: true };
  }
  return { finished: false };
}

async function mergeNextChunk(tx: Tx, deps: FlowDeps, ask: ImportAsk): Promise<boolean> {
  const staged = await takeStagedRows(tx, ask.importId);
  const job = await readImportRow(tx, ask.importId);
  if (job === null || job.wrappedKey === null || (job.state !== "queued" && job.state !== "merging"))
    return false;
  if (staged === null) {
    await setImportState(tx, ask.importId, "finished");
    return false;
  }
  const key = unseal(deps.keys.master, job.wrappedKey, `import:${ask.importId}`);
  const opened = decrypt(key, staged.sealed, stageContext(ask.importId, staged.row)).toString();
  const { targets, rows } = JSON.parse(opened) as StagedRows;
  const now = await readClock(tx);
  const read = rows.map((values, place) => ({
    number: staged.row + place,
    ...readRow(staged.row + place, targets, values, now),
  }));
  const merged = await mergeContacts(
    tx,
    deps.keys,
    ask.workspaceId,
    read.flatMap((entry) => entry.imported ?? []),
  );
  const consent = await mergeConsent(tx, deps, ask, merged, IMPORT_MAPPING.parse(job.mapping));
  const refusals: (RowRefusal & { row: number; original: unknown })[] = [
    ...read.flatMap((entry) =>
      entry.refusals.map((refusal) => ({ ...refusal, row: entry.number, original: entry.original })),
    ),
    ...consent.refusals,
    ...merged
      .filter((entry) => entry.outcome === "erased")
      .map((entry) => ({ row: entry.imported.row, column: "email", reason: "erased-person", original: {} })),
  ];
  const sealed: RefusalDraft[] = refusals.map((refusal) => ({
    row: refusal.row,
    column: refusal.column,
    reason: refusal.reason,
    sealed: encrypt(
      key,
      Buffer.from(JSON.stringify(refusal.original)),
      refusalContext(ask.importId, refusal.row),
    ),
  }));
  const count = (outcome: MergedRow["outcome"]) => merged.filter((entry) => entry.outcome === outcome).length;
  const tally: ChunkTally = {
    merged: rows.length,
    created: count("created"),
    updated: count("updated"),
    unchanged: count("unchanged"),
    refused: count("erased") + read.filter((entry) => entry.imported === null).length,
    ...consent.tally,
  };
  await recordChunk(tx, ask.workspaceId, ask.importId, tally, sealed);
  return true;
}

export const refusalContext = (importId: string, row: number): string => `import-refusal:${importId}:${row}`;

async function mergeConsent(
  tx: Tx,
  deps: FlowDeps,
  ask: ImportAsk,
  merged: readonly MergedRow[],
  mapping: ImportMapping,
) {
  const tally = { consentRaised: 0, consentLowered: 0, consentRequested: 0 };
  const refusals: (RowRefusal & { row: number; original: unknown })[] = [];
  const withConsent = merged.filter((entry) => entry.outcome !== "erased" && entry.imported.consent !== null);
  if (withConsent.length === 0) return { tally, refusals };
  const gateIds = [...new Set(withConsent.flatMap((entry) => entry.points.map((point) => point.gateId)))];
  const eventsByGate = Map.groupBy(await readConsentEvents(tx, gateIds), (event) => event.gateId);
  const context: ConsentContext = {
    importId: ask.importId,
    subjects: await readImportSubjects(tx),
    defaultPurpose: mapping.consentPurpose,
    channel: mapping.consentChannel,
    eventsByGate,
    suppressionsByGate: Map.groupBy(await standingSuppressions(tx, gateIds), (entry) => entry.gateId),
  };
  const drafts: ConsentEventDraft[] = [];
  for (const row of withConsent) {
    const plan = planConsent(row, context);
    if (plan.kind === "refused")
      refusals.push({ ...plan, row: row.imported.row, original: row.imported.original });
    if (plan.kind !== "event") continue;
    drafts.push(plan.draft);
    remember(eventsByGate, plan.draft);
    if (plan.effect === "raised") tally.consentRaised += 1;
    if (plan.effect === "lowered") tally.consentLowered += 1;
    if (plan.effect === "requested") {
      tally.consentRequested += 1;
      refusals.push({
        row: row.imported.row,
        column: "consent.givenAt",
        reason: "opted-out-waits-for-the-person",
        original: row.imported.original,
      });
    }
  }
  await appendConsentEvents(tx, deps.keys.master, ask.workspaceId, drafts);
  return { tally, refusals };
}

/** Later rows of the same chunk see what earlier ones recorded: file order holds within a chunk too. */
function remember(eventsByGate: Map<number, StoredEvent[]>, draft: ConsentEventDraft): void {
  const events = eventsByGate.get(draft.gateId) ?? [];
  events.push({
    ...draft,
    id: 0,
    recordedAt: draft.occurredAt,
    noticeVersion: null,
    noticeHash: null,
    noticeWording: null,
  });
  eventsByGate.set(draft.gateId, events);
}
