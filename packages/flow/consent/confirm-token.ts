import { createHash } from "node:crypto";
import type { Keyring } from "#db/vault/keyring";
import {
  openToken,
  sealToken,
  type TokenKind,
  UUID_BYTES,
  uuidAt,
  uuidBytes,
} from "../tokens/sealed-token.ts";

/** What a confirmation link stands for: one sign-up of one workspace. Works once, and not for ever: the row says so. */
export interface ConfirmFields {
  readonly workspaceId: string;
  readonly signUpId: string;
}

const KIND: TokenKind = { prefix: "c1", use: "confirm", payloadBytes: 2 * UUID_BYTES };

export function mintConfirmToken(tokenKeys: Keyring, fields: ConfirmFields): string {
  return sealToken(
    tokenKeys,
    KIND,
    Buffer.concat([uuidBytes(fields.workspaceId), uuidBytes(fields.signUpId)]),
  );
}

/** The fields of a token we signed with any key still in the ring; null for everything else. Never throws. */
export function readConfirmToken(tokenKeys: Keyring, text: string): ConfirmFields | null {
  const payload = openToken(tokenKeys, KIND, text);
  return payload === null ? null : { workspaceId: uuidAt(payload, 0), signUpId: uuidAt(payload, 1) };
}

/** How evidence names a link without being one: hex. */
export const tokenHash = (text: string): string => createHash("sha256").update(text).digest("hex");
