import { createPrivateKey, randomUUIDv7 } from "node:crypto";
import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { bumpPolicyEpoch } from "#db/queries/campaign-state";
import { insertPurpose, insertSender, type PurposeRecord, type SenderRecord } from "#db/queries/senders";
import { seal } from "#db/vault/keyring";
import type { FlowDeps } from "../deps.ts";

export interface SenderRequest {
  readonly workspaceId: string;
  readonly actor: string;
  readonly key: string;
  readonly name: string;
  readonly postalAddress: string;
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo?: string | undefined;
  readonly callerId?: string | undefined;
  readonly dkim?:
    | { readonly domain: string; readonly selector: string; readonly privateKey: string }
    | undefined;
}

export type Created<T> =
  | { readonly kind: "created"; readonly record: T }
  /** The key or version exists already. */
  | { readonly kind: "taken" }
  | { readonly kind: "parent-unknown" }
  | { readonly kind: "key-unreadable" };

/** Creates a sender. Its DKIM key is sealed with the master key and never shown again. */
export async function createSender(deps: FlowDeps, request: SenderRequest): Promise<Created<SenderRecord>> {
  const { workspaceId, actor, dkim, ...fields } = request;
  const id = randomUUIDv7();
  if (dkim !== undefined && !isRsaKey(dkim.privateKey)) return { kind: "key-unreadable" };
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const record = await insertSender(tx, workspaceId, {
      ...fields,
      id,
      replyTo: fields.replyTo ?? null,
      callerId: fields.callerId ?? null,
      dkimDomain: dkim?.domain ?? null,
      dkimSelector: dkim?.selector ?? null,
      dkimKey: dkim === undefined ? null : seal(deps.keys.master, Buffer.from(dkim.privateKey), `dkim:${id}`),
    });
    if (record === null) return { kind: "taken" };
    await bumpPolicyEpoch(tx, workspaceId);
    await recordAudit(tx, workspaceId, actor, "sender-created", id, { key: record.key });
    return { kind: "created", record };
  });
}

/** RFC 8301: at least 1024 bits. */
function isRsaKey(pem: string): boolean {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 1024;
  } catch {
    return false;
  }
}

export interface PurposeRequest {
  readonly workspaceId: string;
  readonly actor: string;
  readonly senderId: string;
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly dpvTerm: string;
  readonly kind: "marketing" | "transactional";
  readonly consentLifetimeDays: number | null;
}

export async function createPurpose(
  deps: FlowDeps,
  request: PurposeRequest,
): Promise<Created<PurposeRecord>> {
  const { workspaceId, actor, ...fields } = request;
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const record = await insertPurpose(tx, workspaceId, { ...fields, id: randomUUIDv7() });
    if (record === null) return { kind: "taken" };
    await bumpPolicyEpoch(tx, workspaceId);
    await recordAudit(tx, workspaceId, actor, "purpose-created", record.id, { key: record.key });
    return { kind: "created", record };
  });
}
