import { commitmentOf } from "#db/ledger/chain";
import { evidenceContext } from "#db/queries/consent-events";
import type { ChainEvent } from "#db/read-models/proof";
import { decrypt, type Keyring, unseal } from "#db/vault/keyring";

/** What a commitment commits to: who has both can compute it again. */
export interface OpenEvidence {
  /** Hex. */
  readonly salt: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Opens the evidence of an event with the person's key, or the master key where nobody was known behind the event. Null
 * when the key is gone: the person was erased, and the commitment cannot be opened any more.
 * @throws when what opens is not what the event committed to.
 */
export function openEvidence(
  master: Keyring,
  personKey: Buffer | null,
  event: ChainEvent,
): OpenEvidence | null {
  if (event.evidence === null) return null;
  const { workspaceId, gateId, seq } = event.fields;
  const context = evidenceContext(workspaceId, gateId, seq);
  const sealed = openedWith(personKey, master, event.evidence, context);
  if (sealed === null) return null;
  const opened = JSON.parse(sealed.toString()) as OpenEvidence;
  if (!commitmentOf(Buffer.from(opened.salt, "hex"), opened.payload).equals(event.commitment))
    throw new Error(`the evidence of event ${seq} of key ${gateId} is not what the event committed to`);
  return opened;
}

function openedWith(
  personKey: Buffer | null,
  master: Keyring,
  evidence: Buffer,
  context: string,
): Buffer | null {
  if (personKey !== null) {
    try {
      return decrypt(personKey, evidence, context);
    } catch {
      // Recorded before the person was known: the master key sealed it.
    }
  }
  try {
    return unseal(master, evidence, context);
  } catch {
    return null;
  }
}
