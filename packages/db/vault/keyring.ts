import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { freshBytes } from "./random.ts";

/**
 * Named 256-bit keys, newest named by `current`. Sealing and signing use the newest; opening and verifying take
 * any that is still in the ring, so that a rotation never breaks what was written before.
 */
export interface Keyring {
  readonly current: string;
  readonly keys: Readonly<Record<string, string>>;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The raw bytes of a key of the ring. @throws when the ring has no such key. */
export function keyBytes(keyring: Keyring, keyId: string): Buffer {
  const encoded = Object.hasOwn(keyring.keys, keyId) ? keyring.keys[keyId] : undefined;
  if (encoded === undefined) throw new Error(`key ${keyId} is not in the ring`);
  return Buffer.from(encoded, "base64");
}

const derivedKeys = new Map<string, Buffer>();

/**
 * A key for one use, derived with HKDF-SHA-256 so that no two uses share a key. 32 bytes. Deriving costs more than
 * what the key is for, and thousands ask for the same: each is derived once. @param root a key of a ring.
 */
export function derivedKey(root: Buffer, use: string): Buffer {
  const name = `${root.toString("base64")}:${use}`;
  let key = derivedKeys.get(name);
  if (key === undefined) {
    key = Buffer.from(hkdfSync("sha256", root, Buffer.alloc(0), use, 32));
    derivedKeys.set(name, key);
  }
  return key;
}

/** AES-256-GCM: iv ‖ ciphertext ‖ tag. `context` is authenticated, so a blob moved to another row does not open. */
export function encrypt(key: Buffer, plaintext: Buffer, context: string): Buffer {
  const iv = freshBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `encrypt` made. @throws when the key or the context is another one, or a byte was changed. */
export function decrypt(key: Buffer, sealed: Buffer, context: string): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, IV_BYTES));
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  return Buffer.concat([
    decipher.update(sealed.subarray(IV_BYTES, sealed.length - TAG_BYTES)),
    decipher.final(),
  ]);
}

/** Encrypts under the newest key of a ring; the key's name stands in front. */
export function seal(keyring: Keyring, plaintext: Buffer, context: string): Buffer {
  const name = Buffer.from(keyring.current);
  return Buffer.concat([
    Buffer.from([name.length]),
    name,
    encrypt(keyBytes(keyring, keyring.current), plaintext, context),
  ]);
}

/** Opens what `seal` made, with whichever key of the ring it names. */
export function unseal(keyring: Keyring, sealed: Buffer, context: string): Buffer {
  const nameLength = sealed[0] ?? 0;
  const name = sealed.subarray(1, 1 + nameLength).toString();
  return decrypt(keyBytes(keyring, name), sealed.subarray(1 + nameLength), context);
}
