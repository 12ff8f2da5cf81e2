import type { Keyring } from "#db/vault/keyring";
import {
  openToken,
  sealToken,
  type TokenKind,
  UUID_BYTES,
  uuidAt,
  uuidBytes,
} from "../../tokens/sealed-token.ts";

/** What the link of a privacy request stands for. */
export interface RequestLink {
  readonly workspaceId: string;
  readonly requestId: string;
}

const KIND: TokenKind = { prefix: "r1", use: "privacy-request", payloadBytes: 2 * UUID_BYTES };

export const mintRequestToken = (tokenKeys: Keyring, link: RequestLink): string =>
  sealToken(tokenKeys, KIND, Buffer.concat([uuidBytes(link.workspaceId), uuidBytes(link.requestId)]));

/** Null for everything that we did not sign for this use. Never throws. */
export function readRequestToken(tokenKeys: Keyring, text: string): RequestLink | null {
  const payload = openToken(tokenKeys, KIND, text);
  return payload === null ? null : { workspaceId: uuidAt(payload, 0), requestId: uuidAt(payload, 1) };
}
