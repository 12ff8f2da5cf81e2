import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { derivedKey, type Keyring, keyBytes } from "#db/vault/keyring";

/** What a kind of token is for, and what it holds. Its keys are derived from `use` alone: no other kind can pass for it. */
interface TokenKind<Id extends string, Count extends string> {
  readonly prefix: string;
  readonly use: string;
  /** Fields that are UUIDs, in the order of the payload, and after them those that are whole numbers. */
  readonly ids: readonly Id[];
  readonly counts: readonly Count[];
}

type Fields<Id extends string, Count extends string> = Readonly<Record<Id, string> & Record<Count, number>>;

export interface SealedToken<Id extends string, Count extends string> {
  mint(tokenKeys: Keyring, fields: Fields<Id, Count>): string;
  /** The fields of a token we signed with any key still in the ring; null for everything else. Never throws. */
  read(tokenKeys: Keyring, text: string): Fields<Id, Count> | null;
}

const TAG_BYTES = 16;
const UUID_BYTES = 16;
const COUNT_BYTES = 8;

/** A kind of token that holds ids, and numbers, and nothing that names a person. */
export function sealedToken<Id extends string, Count extends string = never>(
  kind: TokenKind<Id, Count>,
): SealedToken<Id, Count> {
  const idBytes = kind.ids.length * UUID_BYTES;
  const payloadBytes = idBytes + kind.counts.length * COUNT_BYTES;
  return {
    mint: (tokenKeys, fields) =>
      seal(
        tokenKeys,
        kind,
        Buffer.concat([
          ...kind.ids.map((name) => uuidBytes(fields[name])),
          ...kind.counts.map((name) => countBytes(fields[name])),
        ]),
      ),
    read: (tokenKeys, text) => {
      const payload = open(tokenKeys, kind, payloadBytes, text);
      if (payload === null) return null;
      const ids = kind.ids.map((name, place) => [name, uuidAt(payload, place)]);
      const counts = kind.counts.map((name, place) => [
        name,
        Number(payload.readBigUInt64BE(idBytes + place * COUNT_BYTES)),
      ]);
      return Object.fromEntries([...ids, ...counts]) as Fields<Id, Count>;
    },
  };
}

interface Use {
  readonly prefix: string;
  readonly use: string;
}

/**
 * `<prefix>.<key id>.<base64url of tag and ciphertext>`. The tag is an HMAC-SHA-256 over the plain payload, cut to
 * 128 bits, and serves as the counter block of AES-256-CTR (the SIV construction): equal payloads give equal tokens,
 * so a message composed twice carries the same link.
 */
function seal(tokenKeys: Keyring, kind: Use, payload: Buffer): string {
  const { mac, cipher } = keysOf(tokenKeys, tokenKeys.current, kind);
  const tag = tagOf(mac, payload);
  const encryption = createCipheriv("aes-256-ctr", cipher, tag);
  const body = Buffer.concat([tag, encryption.update(payload), encryption.final()]);
  return `${kind.prefix}.${tokenKeys.current}.${body.toString("base64url")}`;
}

function open(tokenKeys: Keyring, kind: Use, payloadBytes: number, text: string): Buffer | null {
  const [prefix, keyId, encoded, ...rest] = text.split(".", 4);
  if (prefix !== kind.prefix || keyId === undefined || encoded === undefined || rest.length > 0) return null;
  if (encoded.length !== Math.ceil(((TAG_BYTES + payloadBytes) * 4) / 3)) return null;
  if (!Object.hasOwn(tokenKeys.keys, keyId)) return null;
  const body = Buffer.from(encoded, "base64url");
  // base64url leaves unused bits in the last character; only the one canonical spelling is ours.
  if (body.length !== TAG_BYTES + payloadBytes || body.toString("base64url") !== encoded) return null;
  const { mac, cipher } = keysOf(tokenKeys, keyId, kind);
  const tag = body.subarray(0, TAG_BYTES);
  const decryption = createDecipheriv("aes-256-ctr", cipher, tag);
  const payload = Buffer.concat([decryption.update(body.subarray(TAG_BYTES)), decryption.final()]);
  return timingSafeEqual(tag, tagOf(mac, payload)) ? payload : null;
}

function keysOf(tokenKeys: Keyring, keyId: string, kind: Use) {
  const material = keyBytes(tokenKeys, keyId);
  return {
    mac: derivedKey(material, `${kind.use}:mac`),
    cipher: derivedKey(material, `${kind.use}:cipher`),
  };
}

const tagOf = (mac: Buffer, payload: Buffer): Buffer =>
  createHmac("sha256", mac).update(payload).digest().subarray(0, TAG_BYTES);

const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll("-", ""), "hex");

/** The id at the n-th place of a payload that begins with ids. */
function uuidAt(payload: Buffer, place: number): string {
  const hex = payload.subarray(place * UUID_BYTES, (place + 1) * UUID_BYTES).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function countBytes(count: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(count));
  return bytes;
}
