import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { derivedKey, type Keyring, keyBytes } from "#db/vault/keyring";

/** What a kind of token is for. Its keys are derived from `use` alone: no other kind can pass for it. */
export interface TokenKind {
  readonly prefix: string;
  readonly use: string;
  readonly payloadBytes: number;
}

const TAG_BYTES = 16;

/**
 * `<prefix>.<key id>.<base64url of tag and ciphertext>`. The tag is an HMAC-SHA-256 over the plain payload, cut to
 * 128 bits, and serves as the counter block of AES-256-CTR (the SIV construction): equal payloads give equal tokens,
 * so a message composed twice carries the same link.
 */
export function sealToken(tokenKeys: Keyring, kind: TokenKind, payload: Buffer): string {
  if (payload.length !== kind.payloadBytes) throw new Error("a token's payload has the wrong length");
  const { mac, cipher } = keysOf(tokenKeys, tokenKeys.current, kind);
  const tag = tagOf(mac, payload);
  const encryption = createCipheriv("aes-256-ctr", cipher, tag);
  const body = Buffer.concat([tag, encryption.update(payload), encryption.final()]);
  return `${kind.prefix}.${tokenKeys.current}.${body.toString("base64url")}`;
}

/** The payload of a token of this kind signed with any key still in the ring; null for everything else. Never throws. */
export function openToken(tokenKeys: Keyring, kind: TokenKind, text: string): Buffer | null {
  const [prefix, keyId, encoded, ...rest] = text.split(".", 4);
  if (prefix !== kind.prefix || keyId === undefined || encoded === undefined || rest.length > 0) return null;
  if (encoded.length !== Math.ceil(((TAG_BYTES + kind.payloadBytes) * 4) / 3)) return null;
  if (!Object.hasOwn(tokenKeys.keys, keyId)) return null;
  const body = Buffer.from(encoded, "base64url");
  // base64url leaves unused bits in the last character; only the one canonical spelling is ours.
  if (body.length !== TAG_BYTES + kind.payloadBytes || body.toString("base64url") !== encoded) return null;
  const { mac, cipher } = keysOf(tokenKeys, keyId, kind);
  const tag = body.subarray(0, TAG_BYTES);
  const decryption = createDecipheriv("aes-256-ctr", cipher, tag);
  const payload = Buffer.concat([decryption.update(body.subarray(TAG_BYTES)), decryption.final()]);
  return timingSafeEqual(tag, tagOf(mac, payload)) ? payload : null;
}

interface TokenKeys {
  readonly mac: Buffer;
  readonly cipher: Buffer;
}

const keysByMaterial = new Map<string, TokenKeys>();

/** Deriving costs more than signing, and a campaign signs thousands of tokens. */
function keysOf(tokenKeys: Keyring, keyId: string, kind: TokenKind): TokenKeys {
  const material = keyBytes(tokenKeys, keyId);
  const name = `${kind.use}:${material.toString("base64")}`;
  let keys = keysByMaterial.get(name);
  if (keys === undefined) {
    keys = {
      mac: derivedKey(material, `${kind.use}:mac`),
      cipher: derivedKey(material, `${kind.use}:cipher`),
    };
    keysByMaterial.set(name, keys);
  }
  return keys;
}

const tagOf = (mac: Buffer, payload: Buffer): Buffer =>
  createHmac("sha256", mac).update(payload).digest().subarray(0, TAG_BYTES);

export const UUID_BYTES = 16;
export const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll("-", ""), "hex");

/** The id at the n-th place of a payload that begins with ids. */
export function uuidAt(payload: Buffer, place: number): string {
  const hex = payload.subarray(place * UUID_BYTES, (place + 1) * UUID_BYTES).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function countBytes(count: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(count));
  return bytes;
}
