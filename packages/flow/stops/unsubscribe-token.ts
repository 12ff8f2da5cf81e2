import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { derivedKey, type Keyring, keyBytes } from "#db/vault/keyring";

/** What an unsubscribe link stands for. No address, no name; ids only, and those are encrypted. */
export interface UnsubscribeFields {
  readonly workspaceId: string;
  readonly purposeId: string;
  readonly campaignId: string;
  readonly contactId: string;
  readonly gateId: number;
}

const TAG_BYTES = 16;
const UUID_BYTES = 16;
const PAYLOAD_BYTES = 4 * UUID_BYTES + 8;
const TOKEN_SHAPE = /^u1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{118})$/;

/**
 * A link's token: `u1.<key id>.<base64url of tag and ciphertext>`. The tag is an HMAC-SHA-256 over the plain payload,
 * cut to 128 bits, and serves as the counter block of AES-256-CTR (the SIV construction): equal fields give equal
 * tokens, so a message composed twice carries the same link. Keys are derived for this use alone, so that no other
 * token of the product can pass for one of these. Never expires: a link in an old mail must work.
 */
export function mintUnsubscribeToken(tokenKeys: Keyring, fields: UnsubscribeFields): string {
  const payload = Buffer.concat([
    uuidBytes(fields.workspaceId),
    uuidBytes(fields.purposeId),
    uuidBytes(fields.campaignId),
    uuidBytes(fields.contactId),
    gateBytes(fields.gateId),
  ]);
  const { mac, cipher } = unsubscribeKeys(tokenKeys, tokenKeys.current);
  const tag = tagOf(mac, payload);
  const encryption = createCipheriv("aes-256-ctr", cipher, tag);
  const body = Buffer.concat([tag, encryption.update(payload), encryption.final()]);
  return `u1.${tokenKeys.current}.${body.toString("base64url")}`;
}

/** The fields of a token we signed with any key still in the ring; null for everything else. Never throws. */
export function readUnsubscribeToken(tokenKeys: Keyring, text: string): UnsubscribeFields | null {
  const [, keyId, encoded] = TOKEN_SHAPE.exec(text) ?? [];
  if (keyId === undefined || encoded === undefined || !Object.hasOwn(tokenKeys.keys, keyId)) return null;
  const body = Buffer.from(encoded, "base64url");
  // base64url leaves unused bits in the last character; only the one canonical spelling is ours.
  if (body.length !== TAG_BYTES + PAYLOAD_BYTES || body.toString("base64url") !== encoded) return null;
  const { mac, cipher } = unsubscribeKeys(tokenKeys, keyId);
  const tag = body.subarray(0, TAG_BYTES);
  const decryption = createDecipheriv("aes-256-ctr", cipher, tag);
  const payload = Buffer.concat([decryption.update(body.subarray(TAG_BYTES)), decryption.final()]);
  if (!timingSafeEqual(tag, tagOf(mac, payload))) return null;
  const id = (place: number) => uuidText(payload.subarray(place * UUID_BYTES, (place + 1) * UUID_BYTES));
  return {
    workspaceId: id(0),
    purposeId: id(1),
    campaignId: id(2),
    contactId: id(3),
    gateId: Number(payload.readBigUInt64BE(4 * UUID_BYTES)),
  };
}

interface UnsubscribeKeys {
  readonly mac: Buffer;
  readonly cipher: Buffer;
}

const keysByMaterial = new Map<string, UnsubscribeKeys>();

/** Deriving costs more than signing, and a campaign signs thousands of tokens. */
function unsubscribeKeys(tokenKeys: Keyring, keyId: string): UnsubscribeKeys {
  const material = keyBytes(tokenKeys, keyId);
  const name = material.toString("base64");
  let keys = keysByMaterial.get(name);
  if (keys === undefined) {
    keys = {
      mac: derivedKey(material, "unsubscribe:mac"),
      cipher: derivedKey(material, "unsubscribe:cipher"),
    };
    keysByMaterial.set(name, keys);
  }
  return keys;
}

const tagOf = (mac: Buffer, payload: Buffer): Buffer =>
  createHmac("sha256", mac).update(payload).digest().subarray(0, TAG_BYTES);

const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll("-", ""), "hex");

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function gateBytes(gateId: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(gateId));
  return bytes;
}
