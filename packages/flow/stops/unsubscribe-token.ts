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

/** What an unsubscribe link stands for. No address, no name; ids only, and those are encrypted. */
export interface UnsubscribeFields {
  readonly workspaceId: string;
  readonly purposeId: string;
  readonly campaignId: string;
  readonly contactId: string;
  readonly gateId: number;
}

const KIND: TokenKind = { prefix: "u1", use: "unsubscribe", payloadBytes: 4 * UUID_BYTES + 8 };

/** The token of an unsubscribe link. Never expires: a link in an old mail must work. */
export function mintUnsubscribeToken(tokenKeys: Keyring, fields: UnsubscribeFields): string {
  return sealToken(
    tokenKeys,
    KIND,
    Buffer.concat([
      uuidBytes(fields.workspaceId),
      uuidBytes(fields.purposeId),
      uuidBytes(fields.campaignId),
      uuidBytes(fields.contactId),
      countBytes(fields.gateId),
    ]),
  );
}

/** The fields of a token we signed with any key still in the ring; null for everything else. Never throws. */
export function readUnsubscribeToken(tokenKeys: Keyring, text: string): UnsubscribeFields | null {
  const payload = openToken(tokenKeys, KIND, text);
  if (payload === null) return null;
  return {
    workspaceId: uuidAt(payload, 0),
    purposeId: uuidAt(payload, 1),
    campaignId: uuidAt(payload, 2),
    contactId: uuidAt(payload, 3),
    gateId: Number(payload.readBigUInt64BE(4 * UUID_BYTES)),
  };
}
