import { hash } from "node:crypto";

/*
 * The Merkle tree of RFC 6962, section 2.1: SHA-256, 0x00 before a leaf's input, 0x01 before two child hashes.
 */

export const HASH_BYTES = 32;

/** SHA-256 of bytes, as bytes. */
export const sha256 = (bytes: Buffer): Buffer => hash("sha256", bytes, "buffer");

/** The root of a tree without leaves. */
export const EMPTY_ROOT = sha256(Buffer.alloc(0));

const ENTRY_BYTES = 64;

/**
 * The hash of a consent event's leaf in the tree. Its input is 64 bytes: the workspace's UUID (16), the gate id (8, big
 * endian), the place in the key's chain (8, big endian) and the event's own leaf hash (32).
 */
export function entryHash(workspaceId: string, gateId: number, seq: number, leaf: Buffer): Buffer {
  const input = Buffer.alloc(1 + ENTRY_BYTES);
  input.write(workspaceId.replaceAll("-", ""), 1, "hex");
  input.writeBigUInt64BE(BigInt(gateId), 17);
  input.writeBigUInt64BE(BigInt(seq), 25);
  leaf.copy(input, 33);
  return sha256(input);
}

/** The hash of a node from its two children. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  const input = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  input[0] = 1;
  left.copy(input, 1);
  right.copy(input, 1 + HASH_BYTES);
  return sha256(input);
}

/** Grows a tree leaf by leaf and knows its root at any moment, with one hash per height kept. */
export interface Frontier {
  readonly size: number;
  push(leafHash: Buffer): void;
  root(): Buffer;
}

export function emptyFrontier(): Frontier {
  /** The roots of the complete subtrees, largest first, and how many leaves each has. */
  const peaks: Buffer[] = [];
  const widths: number[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    push: (leafHash) => {
      let top = leafHash;
      let width = 1;
      while (widths.at(-1) === width) {
        top = nodeHash(peaks.pop() as Buffer, top);
        width += widths.pop() as number;
      }
      peaks.push(top);
      widths.push(width);
      size += 1;
    },
    root: () => rootOfPeaks(peaks),
  };
}

/** The root over complete subtrees, largest first. */
export function rootOfPeaks(peaks: readonly Buffer[]): Buffer {
  const last = peaks.at(-1);
  if (last === undefined) return EMPTY_ROOT;
  return peaks.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** The largest power of two below `count`; `count` is at least 2. */
export function splitOf(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/** True when `leafHash` is leaf number `position` (from 0) of the tree with this size and root (RFC 9162, 2.1.3.2). */
export function isIncluded(
  leafHash: Buffer,
  position: number,
  size: number,
  proof: readonly Buffer[],
  root: Buffer,
): boolean {
  if (!Number.isSafeInteger(position) || position < 0 || position >= size) return false;
  let node = position;
  let last = size - 1;
  let top = leafHash;
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== HASH_BYTES) return false;
    if (node % 2 === 1 || node === last) {
      top = nodeHash(sibling, top);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else top = nodeHash(top, sibling);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && top.equals(root);
}

/** True when the tree (`size`, `root`) begins with the tree (`earlierSize`, `earlierRoot`) (RFC 9162, 2.1.4.2). */
export function isConsistent(
  earlierSize: number,
  earlierRoot: Buffer,
  size: number,
  root: Buffer,
  proof: readonly Buffer[],
): boolean {
  if (earlierSize > size || earlierSize < 0) return false;
  if (earlierSize === size) return proof.length === 0 && earlierRoot.equals(root);
  if (earlierSize === 0) return proof.length === 0 && earlierRoot.equals(EMPTY_ROOT);
  const path = [...proof];
  if (Number.isInteger(Math.log2(earlierSize))) path.unshift(earlierRoot);
  let node = earlierSize - 1;
  let last = size - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let earlier = first;
  let later = first;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      earlier = nodeHash(sibling, earlier);
      later = nodeHash(sibling, later);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else later = nodeHash(later, sibling);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && earlier.equals(earlierRoot) && later.equals(root);
}
