import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

/**
 * The first 8 bytes of HMAC-SHA-256 (among 10 million entries a number that is not listed meets one by chance once in
 * 2^40), for millions of short messages under one key. Node's own `createHmac` costs an object and several crossings
 * into native code for each; here the key is hashed once, and each message begins from a copy of that state in memory
 * that is used again.
 */
export function truncatedHmac(key: Uint8Array): TruncatedHmac {
  const keyed = hmac.create(sha256, key);
  const own = keyed.clone();
  const digest = new DataView(new ArrayBuffer(keyed.outputLen));
  const bytes = new Uint8Array(digest.buffer);
  return (message, length, into, place) => {
    keyed._cloneInto(own).update(message.subarray(0, length)).digestInto(bytes);
    // A 64-bit number as the machine holds it: the low half first.
    into[2 * place] = digest.getUint32(4);
    into[2 * place + 1] = digest.getUint32(0);
  };
}

/**
 * Writes the digest of the message's first `length` bytes as the 64-bit number at `place`: its high half is the
 * digest's first four bytes, so that numbers sort as digests do.
 */
export type TruncatedHmac = (message: Uint8Array, length: number, into: Uint32Array, place: number) => void;
