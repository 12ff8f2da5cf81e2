const BLOCK_BYTES = 64;
const MESSAGE_BYTES_MAX = 55;
const INNER = 0x36;
const OUTER = 0x5c;

/**
 * The first 8 bytes of HMAC-SHA-256 (among 10 million entries a number that is not listed meets one by chance once in
 * 2^40), for millions of short messages under one key. Node's own `createHmac` costs an
 * object and several crossings into native code for each; here the key's two blocks are hashed once and each message
 * takes two compressions. Tests hold it to Node's digests.
 * @param key at most 64 bytes.
 */
export function truncatedHmac(key: Uint8Array): TruncatedHmac {
  if (key.length > BLOCK_BYTES) throw new RangeError("a key is at most one block long");
  const inner = keyState(key, INNER);
  const outer = keyState(key, OUTER);
  const words = new Int32Array(64);
  const state = new Int32Array(8);
  return (message, length, into, place) => {
    if (length > MESSAGE_BYTES_MAX) throw new RangeError("a message is at most 55 bytes long");
    words.fill(0, 0, 16);
    for (let at = 0; at < length; at += 1)
      words[at >> 2] = (words[at >> 2] as number) | ((message[at] as number) << (24 - ((at & 3) << 3)));
    words[length >> 2] = (words[length >> 2] as number) | (0x80 << (24 - ((length & 3) << 3)));
    words[15] = (BLOCK_BYTES + length) << 3;
    state.set(inner);
    compress(state, words);
    words.set(state);
    words[8] = -0x80000000;
    words.fill(0, 9, 15);
    words[15] = (BLOCK_BYTES + 32) << 3;
    state.set(outer);
    compress(state, words);
    // A 64-bit number as the machine holds it: the low half first.
    into[2 * place] = state[1] as number;
    into[2 * place + 1] = state[0] as number;
  };
}

/**
 * Writes the digest of the message's first `length` bytes as the 64-bit number at `place`: its high half is the
 * digest's first four bytes, so that numbers sort as digests do.
 */
export type TruncatedHmac = (message: Uint8Array, length: number, into: Uint32Array, place: number) => void;

/** What SHA-256 remembers after the block of a key. */
function keyState(key: Uint8Array, pad: number): Int32Array {
  const words = new Int32Array(64);
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    const byte = (key[at] ?? 0) ^ pad;
    words[at >> 2] = (words[at >> 2] as number) | (byte << (24 - ((at & 3) << 3)));
  }
  const state = Int32Array.from(START);
  compress(state, words);
  return state;
}

/** The first 32 bits of the fractional part of a root. Exact: roots of primes below 312 need 32 + 9 bits of 53. */
const fraction = (root: number): number => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
const PRIMES = Array.from({ length: 311 }, (_, place) => place + 1).filter(
  (each) =>
    each > 1 && Array.from({ length: each - 2 }, (_, place) => place + 2).every((by) => each % by > 0),
);
/** @source FIPS 180-4, 5.3.3 and 4.2.2 */
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const ROUND = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

/** SHA-256 over one block, in place. The first 16 words are the block; the others are overwritten. @source FIPS 180-4, 6.2.2 */
function compress(state: Int32Array, w: Int32Array): void {
  for (let t = 16; t < 64; t += 1) {
    const x = w[t - 15] as number;
    const y = w[t - 2] as number;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = ((w[t - 16] as number) + s0 + (w[t - 7] as number) + s1) | 0;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let t = 0; t < 64; t += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[t] as number) + (w[t] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = ((state[0] as number) + a) | 0;
  state[1] = ((state[1] as number) + b) | 0;
  state[2] = ((state[2] as number) + c) | 0;
  state[3] = ((state[3] as number) + d) | 0;
  state[4] = ((state[4] as number) + e) | 0;
  state[5] = ((state[5] as number) + f) | 0;
  state[6] = ((state[6] as number) + g) | 0;
  state[7] = ((state[7] as number) + h) | 0;
}
