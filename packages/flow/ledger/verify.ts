import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "#db/database";
import { type Checkpoint, openCheckpoint } from "#db/ledger/checkpoint";
import { readVerifierKey } from "#db/ledger/note";
import { KEYS_FILE } from "./export-format.ts";
import { type Finding, tampered } from "./findings.ts";
import { withDatabaseSide } from "./verify-database.ts";
import { type FilesVerified, verifyFiles } from "./verify-files.ts";

export interface VerifyOptions {
  readonly directory: string;
  /** Public keys in C2SP's form. */
  readonly keys: readonly string[];
  /** Signed checkpoints that were kept elsewhere, as notes. */
  readonly kept: readonly string[];
  /** Compare with this database too, opened under the role `consentry_ledger`; null: the files alone. */
  readonly database: Database | null;
  /** How old an event may be that is not sealed, or a checkpoint that is not exported. */
  readonly ageMsMax: number;
  readonly patienceMs: number;
}

export interface Verified {
  readonly finding: Finding | null;
  readonly origin: string | null;
  readonly events: number;
  readonly checkpoints: number;
  readonly keysOfPeople: number;
}

/**
 * Verifies an export from its first event to its newest checkpoint, and the database beside it where there is one: null
 * as finding means that all of it is as it was sealed.
 */
export async function verifyLedger(options: VerifyOptions): Promise<Verified> {
  const verifiers = options.keys.flatMap((text) => readVerifierKey(text) ?? []);
  const kept: Checkpoint[] = [];
  for (const note of options.kept) {
    const opened = openCheckpoint(note, verifiers);
    if (opened.kind !== "signed")
      return answer(
        tampered(
          "checkpoint-not-signed",
          {},
          "none of the given keys signed a checkpoint that was kept elsewhere",
        ),
        null,
      );
    kept.push(opened.checkpoint);
  }
  const { directory, patienceMs, database } = options;
  const files = { directory, verifiers, kept, patienceMs };
  if (database === null) {
    const verified = await verifyFiles({ ...files, other: null });
    return answer(verified.finding, verified);
  }
  return withDatabaseSide(database, async (side) => {
    const verified = await verifyFiles({ ...files, other: side });
    // The chains must stand where the newest checkpoint does.
    const isWhole = verified.events === (verified.newest?.size ?? 0);
    const goesOn = isWhole && verified.finding?.kind !== "tampered";
    const rest = goesOn ? await side.rest(verified, options.ageMsMax) : null;
    return answer(rest?.kind === "tampered" ? rest : (verified.finding ?? rest), verified);
  });
}

const answer = (finding: Finding | null, verified: FilesVerified | null): Verified => ({
  finding,
  origin: verified?.newest?.origin ?? null,
  events: verified?.events ?? 0,
  checkpoints: verified?.checkpoints ?? 0,
  keysOfPeople: verified?.chains.size ?? 0,
});

/** The public keys that lie in the export itself; who has them from elsewhere must use those. */
export async function exportedKeys(directory: string): Promise<string[]> {
  const text = await readFile(join(directory, KEYS_FILE), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

/** Reads public keys, one a line; null when one of them is no key. */
export function readKeys(text: string): string[] | null {
  const keys = text.split("\n").filter((line) => line.trim() !== "");
  const isGood = keys.length > 0 && keys.every((key) => readVerifierKey(key.trim()) !== null);
  return isGood ? keys.map((key) => key.trim()) : null;
}
