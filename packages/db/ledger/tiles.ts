import { HASH_BYTES, nodeHash, rootOfPeaks, splitOf } from "./merkle.ts";

/*
 * The tree cut into tiles, as C2SP tlog-tiles does: tile `n` of level `l` holds the roots of up to 256 complete subtrees
 * of height 8·l. A proof in a tree of 10^8 leaves reads four tiles; storing costs 32.2 bytes a leaf.
 */

export const TILE_WIDTH = 256;

export interface Tile {
  readonly level: number;
  readonly index: number;
  /** Up to 256 hashes, one after the other. */
  readonly hashes: Buffer;
}

/** The stored hashes of a tile; more of them than a given tree size needs do no harm, for tiles only grow. */
export type ReadTile = (level: number, index: number) => Promise<Buffer>;

/** The entry that stands at a position of the tree. */
export async function entryAt(read: ReadTile, position: number): Promise<Buffer> {
  const tile = await read(0, Math.floor(position / TILE_WIDTH));
  const at = (position % TILE_WIDTH) * HASH_BYTES;
  return tile.subarray(at, at + HASH_BYTES);
}

/** The last tile of each level where it is not full: what appending needs, and what the root is made from. */
export function openTiles(size: number): readonly { readonly level: number; readonly index: number }[] {
  const open: { level: number; index: number }[] = [];
  for (let level = 0, width = size; width > 0; level += 1, width = Math.floor(width / TILE_WIDTH)) {
    if (width % TILE_WIDTH > 0) open.push({ level, index: Math.floor(width / TILE_WIDTH) });
  }
  return open;
}

export interface Appended {
  /** Every tile that is new or fuller than before. */
  readonly tiles: readonly Tile[];
  readonly size: number;
  readonly root: Buffer;
}

/**
 * Appends leaf hashes to a tree of `size` leaves.
 * @param open the hashes of `openTiles(size)`, by level.
 */
export function appendToTiles(
  size: number,
  open: ReadonlyMap<number, Buffer>,
  leafHashes: readonly Buffer[],
): Appended {
  const changed: Tile[] = [];
  const last = new Map<number, Buffer>();
  let added: readonly Buffer[] = leafHashes;
  let width = size;
  for (let level = 0; added.length > 0 || width > 0; level += 1) {
    const { tiles, full, rest } = fill(level, width, open.get(level) ?? Buffer.alloc(0), added);
    changed.push(...tiles);
    last.set(level, rest);
    added = full.map(rootOfFull);
    width = Math.floor(width / TILE_WIDTH);
  }
  return { tiles: changed, size: size + leafHashes.length, root: rootOfOpen(last) };
}

function fill(level: number, width: number, open: Buffer, added: readonly Buffer[]) {
  const all = Buffer.concat([open, ...added]);
  const firstIndex = Math.floor(width / TILE_WIDTH);
  const tiles: Tile[] = [];
  const full: Buffer[] = [];
  const bytes = TILE_WIDTH * HASH_BYTES;
  for (let start = 0; start < all.length; start += bytes) {
    const hashes = all.subarray(start, start + bytes);
    if (added.length > 0) tiles.push({ level, index: firstIndex + start / bytes, hashes });
    if (hashes.length === bytes) full.push(hashes);
  }
  return { tiles, full, rest: all.subarray(full.length * bytes) };
}

const rootOfFull = (hashes: Buffer): Buffer => foldComplete(hashes, 0, TILE_WIDTH);

/** The root over `count` (a power of two) neighbouring hashes of a tile. */
function foldComplete(hashes: Buffer, first: number, count: number): Buffer {
  if (count === 1) return hashes.subarray(first * HASH_BYTES, (first + 1) * HASH_BYTES);
  const half = count / 2;
  return nodeHash(foldComplete(hashes, first, half), foldComplete(hashes, first + half, half));
}

function rootOfOpen(open: ReadonlyMap<number, Buffer>): Buffer {
  const peaks: Buffer[] = [];
  for (const level of [...open.keys()].sort((a, b) => b - a)) {
    const hashes = open.get(level) ?? Buffer.alloc(0);
    let first = 0;
    for (let count = TILE_WIDTH / 2; count >= 1; count /= 2) {
      if ((hashes.length / HASH_BYTES) % (2 * count) < count) continue;
      peaks.push(foldComplete(hashes, first, count));
      first += count;
    }
  }
  return rootOfPeaks(peaks);
}

/** The audit path of leaf `position` in the tree of the first `size` leaves (RFC 6962, 2.1.1), from the leaf up. */
export async function inclusionProof(read: ReadTile, position: number, size: number): Promise<Buffer[]> {
  const path: Buffer[] = [];
  let from = 0;
  let below = size;
  while (below - from > 1) {
    const middle = from + splitOf(below - from);
    if (position < middle) {
      path.push(await rangeHash(read, middle, below));
      below = middle;
    } else {
      path.push(await rangeHash(read, from, middle));
      from = middle;
    }
  }
  return path.reverse();
}

/** Shows that the tree of `earlierSize` leaves is how the tree of `size` leaves begins (RFC 6962, 2.1.2). */
export async function consistencyProof(read: ReadTile, earlierSize: number, size: number): Promise<Buffer[]> {
  if (earlierSize === 0 || earlierSize === size) return [];
  const path: Buffer[] = [];
  let from = 0;
  let below = size;
  while (earlierSize !== below) {
    const middle = from + splitOf(below - from);
    if (earlierSize <= middle) {
      path.push(await rangeHash(read, middle, below));
      below = middle;
    } else {
      path.push(await rangeHash(read, from, middle));
      from = middle;
    }
  }
  if (from > 0) path.push(await rangeHash(read, from, below));
  return path.reverse();
}

/** The hash over the leaves `from` to `below`; both come from splitting a tree as RFC 6962 does. */
async function rangeHash(read: ReadTile, from: number, below: number): Promise<Buffer> {
  const count = below - from;
  if (Number.isInteger(Math.log2(count))) return completeHash(read, from, count);
  const middle = from + splitOf(count);
  return nodeHash(await rangeHash(read, from, middle), await rangeHash(read, middle, below));
}

async function completeHash(read: ReadTile, from: number, count: number): Promise<Buffer> {
  const level = Math.floor(Math.log2(count) / 8);
  const unit = TILE_WIDTH ** level;
  const first = from / unit;
  const hashes = await read(level, Math.floor(first / TILE_WIDTH));
  return foldComplete(hashes, first % TILE_WIDTH, count / unit);
}
