import type { Tx } from "#db/database";
import { evidenceContext } from "#db/queries/consent-events";
import { readSealedEvidence, type SealedEvidence } from "#db/queries/consent-evidence";
import { decrypt, unseal } from "#db/vault/keyring";
import { unwrapPersonKey } from "#db/vault/person";
import type { FlowDeps } from "../deps.ts";

export type Evidence = Readonly<Record<string, unknown>>;

/**
 * What was recorded beside consent events: page, wording, script, recording, browser. Events of people who were
 * erased are absent: nobody can open theirs any more.
 */
export async function readEvidence(
  tx: Tx,
  deps: FlowDeps,
  workspaceId: string,
  eventIds: readonly number[],
): Promise<ReadonlyMap<number, Evidence>> {
  const opened = new Map<number, Evidence>();
  for (const row of await readSealedEvidence(tx, eventIds)) {
    const plain = openedBlob(deps, workspaceId, row);
    if (plain !== null)
      opened.set(row.eventId, (JSON.parse(plain.toString()) as { payload: Evidence }).payload);
  }
  return opened;
}

function openedBlob(deps: FlowDeps, workspaceId: string, row: SealedEvidence): Buffer | null {
  const context = evidenceContext(workspaceId, row.gateId, row.seq);
  if (row.evidence === null) return null;
  if (row.contactId === null || row.wrappedKey === null) {
    // Sealed under the master key where nobody was known; what was sealed for a person who is gone does not open.
    try {
      return unseal(deps.keys.master, row.evidence, context);
    } catch {
      return null;
    }
  }
  try {
    return decrypt(unwrapPersonKey(deps.keys.master, row.contactId, row.wrappedKey), row.evidence, context);
  } catch {
    return null;
  }
}
