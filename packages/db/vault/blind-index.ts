import { createHmac } from "node:crypto";
import { derivedKey, type Keyring, keyBytes } from "./keyring.ts";

/** One keyed digest of a value under one version of the index key. */
export interface BlindDigest {
  readonly keyVersion: string;
  readonly digest: Buffer;
}

export type IndexUse = "gate" | "point" | "name";

const derivedKeys = new Map<string, Buffer>();

/**
 * The keyed HMAC-SHA-256 digests of a value, one per live version of the index key, newest first: look-ups try all,
 * writers insert all. Keys differ per workspace and use, so equal values in two workspaces have unequal digests.
 */
export function blindDigests(
  index: Keyring,
  workspaceId: string,
  use: IndexUse,
  value: string,
): readonly BlindDigest[] {
  const versions = [index.current, ...Object.keys(index.keys).filter((version) => version !== index.current)];
  return versions.map((keyVersion) => ({
    keyVersion,
    digest: createHmac("sha256", workspaceKey(index, keyVersion, workspaceId, use))
      .update(value)
      .digest(),
  }));
}

/** Deriving costs more than the digest itself, and an import asks for thousands under one key. */
function workspaceKey(index: Keyring, keyVersion: string, workspaceId: string, use: IndexUse): Buffer {
  const material = keyBytes(index, keyVersion);
  const name = `${keyVersion}:${workspaceId}:${use}:${material.toString("base64")}`;
  let key = derivedKeys.get(name);
  if (key === undefined) {
    key = derivedKey(material, `blind-index:${use}:${workspaceId}`);
    derivedKeys.set(name, key);
  }
  return key;
}
