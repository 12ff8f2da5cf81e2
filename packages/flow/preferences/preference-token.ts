import type { Keyring } from "#db/vault/keyring";
import {
  countBytes,
  openToken,
  sealToken,
  type TokenKind,
  UUID_BYTES,
  uuidAt,
  uuidBytes,
} from "../tokens/sealed-token.ts";

/** What a link to the preference page stands for: a person, as one sender reached them at one address. */
export interface PreferenceFields {
  readonly workspaceId: string;
  readonly senderId: string;
  readonly contactId: string;
  /** The key the link was sent to: what is asked for there is asked of this address. */
  readonly gateId: number;
}

const KIND: TokenKind = { prefix: "p1", use: "preferences", payloadBytes: 3 * UUID_BYTES + 8 };

/** The token of a link to the preference page. Never expires, as messages are kept; it only ever reduces contact. */
export function mintPreferenceToken(tokenKeys: Keyring, fields: PreferenceFields): string {
  return sealToken(
    tokenKeys,
    KIND,
    Buffer.concat([
      uuidBytes(fields.workspaceId),
      uuidBytes(fields.senderId),
      uuidBytes(fields.contactId),
      countBytes(fields.gateId),
    ]),
  );
}

/** The fields of a token we signed with any key still in the ring; null for everything else. Never throws. */
export function readPreferenceToken(tokenKeys: Keyring, text: string): PreferenceFields | null {
  const payload = openToken(tokenKeys, KIND, text);
  if (payload === null) return null;
  return {
    workspaceId: uuidAt(payload, 0),
    senderId: uuidAt(payload, 1),
    contactId: uuidAt(payload, 2),
    gateId: Number(payload.readBigUInt64BE(3 * UUID_BYTES)),
  };
}
