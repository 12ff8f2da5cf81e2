import { createHmac } from "node:crypto";
import { derivedKey, type Keyring, keyBytes } from "./keyring.ts";

/** One keyed digest of a value under one version of the index key. */
export interface BlindDigest {
  readonly keyVersion: string;
  readonly digest: Buffer;
}

export type IndexUse = "gate" | "point" | "name";

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
  return liveVersions(index).map((keyVersion) => ({
    keyVersion,
    digest: createHmac("sha256", workspaceKey(index, keyVersion, workspaceId, use))
      .update(value)
      .digest(),
  }));
}

/** The keys that `blindDigests` uses, newest first, for a thread that makes millions of digests by itself. */
export const blindKeys = (index: Keyring, workspaceId: string, use: IndexUse) =>
  liveVersions(index).map((keyVersion) => ({
    keyVersion,
    key: workspaceKey(index, keyVersion, workspaceId, use),
  }));

const liveVersions = (index: Keyring): readonly string[] => [
  index.current,
  ...Object.keys(index.keys).filter((version) => version !== index.current),
];

const workspaceKey = (index: Keyring, keyVersion: string, workspaceId: string, use: IndexUse): Buffer =>
  derivedKey(keyBytes(index, keyVersion), `blind-index:${use}:${workspaceId}`);
