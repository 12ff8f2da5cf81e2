import { createHash, randomBytes, randomUUIDv7, timingSafeEqual } from "node:crypto";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { findApiKey, insertApiKey } from "#db/queries/api-keys";
import { recordAudit } from "#db/queries/audit";
import { insertWorkspace } from "#db/queries/workspaces";
import { API_KEY } from "../config.ts";
import type { FlowDeps } from "../deps.ts";

export const SCOPES = [
  "contacts:read",
  "contacts:write",
  "consents:write",
  "senders:read",
  "senders:write",
  "campaigns:read",
  "campaigns:write",
  "imports:write",
  "policy:read",
  "policy:write",
  "registries:write",
  "calls:work",
  "gate:evaluate",
  "privacy:write",
  "workspace:freeze",
  "admin",
] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is calling: the key's id, the one workspace it opens, and what it may do there. */
export interface Caller {
  readonly keyId: string;
  readonly workspaceId: string;
  readonly scopes: ReadonlySet<string>;
}

const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();
const NOBODY = hashOf("nobody");

/** The caller behind a bearer token, or null. A wrong secret takes as long as a wrong id. */
export async function verifyApiKey(deps: FlowDeps, token: string): Promise<Caller | null> {
  const [, , id, secret] = API_KEY.exec(token) ?? [];
  if (id === undefined || secret === undefined) return null;
  const record = await outsideWorkspaces(deps.database, (tx) => findApiKey(tx, id));
  const matches = timingSafeEqual(record?.secretHash ?? NOBODY, hashOf(secret));
  if (record === null || !matches || record.revokedAt !== null) return null;
  return { keyId: record.id, workspaceId: record.workspaceId, scopes: new Set(record.scopes) };
}

/** Makes a key. The token is in this answer and nowhere else: only the hash of its secret is kept. */
export async function createApiKey(
  deps: FlowDeps,
  request: {
    readonly workspaceId: string;
    readonly actor: string;
    readonly name: string;
    readonly scopes: readonly Scope[];
  },
): Promise<{ readonly id: string; readonly token: string }> {
  const id = randomBytes(8).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  await inWorkspace(deps.database, request.workspaceId, async (tx) => {
    await insertApiKey(tx, request.workspaceId, {
      id,
      name: request.name,
      scopes: request.scopes,
      secretHash: hashOf(secret),
    });
    await recordAudit(tx, request.workspaceId, request.actor, "api-key-created", id, {
      scopes: request.scopes,
    });
  });
  return { id, token: `ck_live_${id}_${secret}` };
}

export type BootstrapResult =
  | { readonly kind: "workspace"; readonly workspaceId: string; readonly isNew: boolean }
  /** Another secret stands under the key's id; the message is for whoever started us. */
  | { readonly kind: "problem"; readonly message: string };

/**
 * Makes the first workspace and the known first key, once. Returns the workspace of the key, whether it was made now
 * or before.
 */
export async function bootstrapWorkspace(
  deps: FlowDeps,
  token: string,
  name: string,
): Promise<BootstrapResult> {
  const [, , id, secret] = API_KEY.exec(token) ?? [];
  if (id === undefined || secret === undefined) throw new Error("BOOTSTRAP_API_KEY is not shaped like a key");
  const existing = await outsideWorkspaces(deps.database, (tx) => findApiKey(tx, id));
  if (existing !== null) {
    return timingSafeEqual(existing.secretHash, hashOf(secret))
      ? { kind: "workspace", workspaceId: existing.workspaceId, isNew: false }
      : { kind: "problem", message: "BOOTSTRAP_API_KEY has the id of another key; change its id part" };
  }
  const workspaceId = randomUUIDv7();
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    await insertWorkspace(tx, workspaceId, name);
    await insertApiKey(tx, workspaceId, {
      id,
      name: "Bootstrap",
      scopes: ["admin"],
      secretHash: hashOf(secret),
    });
  });
  return { kind: "workspace", workspaceId, isNew: true };
}
