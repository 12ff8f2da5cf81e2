import { randomUUIDv7 } from "node:crypto";
import type { Language } from "#core/language";
import type { Tx } from "#db/database";
import { personKeyOfContact } from "#db/queries/person-keys";
import { insertServiceMessage } from "#db/queries/service-messages";
import { encrypt, seal } from "#db/vault/keyring";
import type { FlowDeps } from "../deps.ts";
import type { LetterVariables, ServiceMailKind } from "./kinds.ts";

export interface ServiceMessageRequest {
  readonly workspaceId: string;
  readonly senderId: string;
  readonly kind: ServiceMailKind;
  readonly language: Language;
  /** The gate row of the address (an email key). */
  readonly gateId: number;
  /** Null: nobody is known behind the address. */
  readonly contactId: string | null;
  readonly to: string;
  readonly variables: LetterVariables;
}

/** The part that is sealed until the message has ended. */
export interface SealedLetter {
  readonly to: string;
  readonly variables: LetterVariables;
}

/** What the seal of a service message is bound to. */
export const letterContext = (workspaceId: string, messageId: string): string =>
  `service-message:${workspaceId}:${messageId}`;

/**
 * Queues a message that the person asked for, in the caller's transaction; ring `service-mail` after the commit.
 * At most one of a kind is queued for a key on one UTC day, whatever became of it.
 */
export async function queueServiceMessage(
  tx: Tx,
  deps: FlowDeps,
  request: ServiceMessageRequest,
): Promise<{ readonly kind: "queued"; readonly messageId: string } | { readonly kind: "already-today" }> {
  const id = randomUUIDv7();
  const letter: SealedLetter = { to: request.to, variables: request.variables };
  const plain = Buffer.from(JSON.stringify(letter));
  const context = letterContext(request.workspaceId, id);
  const personKey = await personKeyOfContact(tx, deps.keys.master, request.contactId);
  const isQueued = await insertServiceMessage(tx, request.workspaceId, {
    id,
    senderId: request.senderId,
    kind: request.kind,
    language: request.language,
    gateId: request.gateId,
    // Sealed under the master key the row names nobody: it must open without a person's key.
    contactId: personKey === null ? null : request.contactId,
    sealed: personKey === null ? seal(deps.keys.master, plain, context) : encrypt(personKey, plain, context),
  });
  return isQueued ? { kind: "queued", messageId: id } : { kind: "already-today" };
}
