import postgres from "postgres";
import { evidenceContext } from "#db/queries/consent-events";
import { decrypt, type Keyring, unseal } from "#db/vault/keyring";
import { identityOf, unwrapPersonKey } from "#db/vault/person";
import { stageContext } from "#flow/contacts/import/receive-import";
import { refusalContext } from "#flow/contacts/import/run-import";
import { answerContext } from "#flow/rights/purge-answers";
import { letterContext } from "#flow/service-mail/queue-message";

interface SealedEvent {
  readonly workspace_id: string;
  readonly gate_id: string;
  readonly seq: string;
  readonly contact_id: string | null;
  readonly evidence: Buffer | null;
}

/**
 * Everything a database holds sealed, opened with the keys we hold, as one text: what somebody with the dump and the
 * key rings could read. What does not open any more is left out.
 */
export async function openedDatabase(ownerUrl: string, master: Keyring): Promise<string> {
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  const parts: string[] = [];
  const keys = new Map<string, Buffer>();
  try {
    for (const row of await owner<{ id: string; wrappedKey: Buffer | null; identity: Buffer | null }[]>`
      select id, wrapped_key as "wrappedKey", identity from contact`) {
      if (row.wrappedKey !== null) keys.set(row.id, unwrapPersonKey(master, row.id, row.wrappedKey));
      const identity = identityOf(master, row);
      if (identity !== null) parts.push(JSON.stringify(identity));
    }
    for (const event of await owner<SealedEvent[]>`
      select workspace_id, gate_id, seq, contact_id, evidence from consent_event where evidence is not null`) {
      const context = evidenceContext(event.workspace_id, Number(event.gate_id), Number(event.seq));
      const key = keys.get(event.contact_id ?? "");
      for (const open of [
        () => (key === undefined ? null : decrypt(key, event.evidence ?? Buffer.alloc(0), context)),
        () => unseal(master, event.evidence ?? Buffer.alloc(0), context),
      ]) {
        const text = attempt(open);
        if (text !== null) parts.push(text.toString());
      }
    }
    for (const { id, key: wrapped } of await owner<{ id: string; key: Buffer }[]>`
      select id, wrapped_key as key from contact_import where wrapped_key is not null`) {
      const key = unseal(master, wrapped, `import:${id}`);
      for (const { row, sealed } of await owner<{ row: number; sealed: Buffer }[]>`
        select row, sealed from import_row where import_id = ${id}`)
        parts.push(decrypt(key, sealed, stageContext(id, row)).toString());
      for (const { row, sealed } of await owner<{ row: number; sealed: Buffer }[]>`
        select row, sealed from import_refusal where import_id = ${id}`)
        parts.push(decrypt(key, sealed, refusalContext(id, row)).toString());
    }
    for (const { id, workspaceId, contactId, sealed } of await owner<
      { id: string; workspaceId: string; contactId: string | null; sealed: Buffer }[]
    >`select id, workspace_id as "workspaceId", contact_id as "contactId", sealed from service_message
      where sealed is not null`) {
      const context = letterContext(workspaceId, id);
      const key = keys.get(contactId ?? "");
      const text = attempt(() =>
        key === undefined ? unseal(master, sealed, context) : decrypt(key, sealed, context),
      );
      if (text !== null) parts.push(text.toString());
    }
    for (const { apiKey, key, response } of await owner<
      { apiKey: string; key: string; response: Buffer }[]
    >`select api_key_id as "apiKey", key, response from idempotency_entry where response is not null`)
      parts.push(unseal(master, response, answerContext(apiKey, key)).toString());
    return parts.sort().join("\n");
  } finally {
    await owner.end();
  }
}

function attempt(open: () => Buffer | null): Buffer | null {
  try {
    return open();
  } catch {
    return null;
  }
}
