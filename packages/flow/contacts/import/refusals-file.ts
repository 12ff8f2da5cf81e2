import { inWorkspace } from "#db/database";
import { readImportRow, readRefusals } from "#db/queries/imports";
import { decrypt, unseal } from "#db/vault/keyring";
import type { FlowDeps } from "../../deps.ts";
import { refusalContext, type SealedRefusal } from "./run-import.ts";

const PAGE = 1_000;

/**
 * The refused rows of an import as CSV, in file order; null when there is no such import. Cells that a spreadsheet
 * would run as a formula get a leading apostrophe (ASVS 1.2.10).
 */
export async function importRefusalsFile(
  deps: FlowDeps,
  ask: { readonly workspaceId: string; readonly importId: string },
): Promise<AsyncIterable<string> | null> {
  const job = await inWorkspace(deps.database, ask.workspaceId, (tx) => readImportRow(tx, ask.importId));
  if (job === null || job.wrappedKey === null) return null;
  const key = unseal(deps.keys.master, job.wrappedKey, `import:${ask.importId}`);
  return lines(deps, ask, key);
}

async function* lines(
  deps: FlowDeps,
  ask: { readonly workspaceId: string; readonly importId: string },
  key: Buffer,
): AsyncGenerator<string> {
  yield csvLine(["row", "column", "reason", "what we kept", "the file said"]);
  for (let offset = 0; ; offset += PAGE) {
    const refusals = await inWorkspace(deps.database, ask.workspaceId, (tx) =>
      readRefusals(tx, ask.importId, offset, PAGE),
    );
    for (const refusal of refusals) {
      const opened = decrypt(key, refusal.sealed, refusalContext(ask.importId, refusal.row)).toString();
      const { said, isWholeRow } = JSON.parse(opened) as SealedRefusal;
      yield csvLine([
        String(refusal.row),
        refusal.column,
        refusal.reason,
        kept(refusal, isWholeRow),
        said[refusal.column] ?? "",
        ...Object.entries(said).map(([column, value]) => `${column}=${value}`),
      ]);
    }
    if (refusals.length < PAGE) return;
  }
}

/** What became of the row in spite of the refusal. */
function kept(refusal: { readonly column: string; readonly reason: string }, isWholeRow: boolean): string {
  if (isWholeRow) return "nothing";
  if (refusal.column === "consent.withdrawnAt") return "the contact, and a stop from the day of the import";
  switch (refusal.reason) {
    case "opted-out-waits-for-the-person":
      return "the contact; its consent waits for the person";
    case "consent-evidence-missing":
    case "opted-out-since":
    case "purpose-unknown":
    case "no-contact-point-on-channel":
      return "the contact, its consent unchanged";
    default:
      return "the row without this value";
  }
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** One CSV cell, quoted where needed and never a formula. */
export function csvCell(value: string): string {
  const safe = /^[=+\-@\t\r\0]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
