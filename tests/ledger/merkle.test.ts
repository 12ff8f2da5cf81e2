import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyFrontier, isConsistent, isIncluded } from "#db/ledger/merkle";
import { appendToTiles, consistencyProof, inclusionProof, openTiles, type Tile } from "#db/ledger/tiles";

/** RFC 6962 written down as it reads, to compare with. */
const hashed = (...parts: readonly Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const rootByTheBook = (leaves: readonly Buffer[]): Buffer => {
  if (leaves.length === 0) return hashed();
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return hashed(Buffer.from([1]), rootByTheBook(leaves.slice(0, split)), rootByTheBook(leaves.slice(split)));
};
const leafHashes = (count: number) =>
  Array.from({ length: count }, (_, place) => hashed(Buffer.from([0]), Buffer.from(`leaf ${place}`)));

/** The tiles of a tree, kept as the database keeps them. */
function tree() {
  const tiles = new Map<string, Buffer>();
  let size = 0;
  const read = async (level: number, index: number) => {
    const hashes = tiles.get(`${level}/${index}`);
    if (hashes === undefined) throw new Error(`no tile ${level}/${index}`);
    return hashes;
  };
  return {
    read,
    append: (leaves: readonly Buffer[]) => {
      const open = new Map(
        openTiles(size).map(({ level, index }) => [level, tiles.get(`${level}/${index}`) ?? Buffer.alloc(0)]),
      );
      const appended = appendToTiles(size, open, leaves);
      for (const tile of appended.tiles as readonly Tile[])
        tiles.set(`${tile.level}/${tile.index}`, Buffer.from(tile.hashes));
      size = appended.size;
      return appended.root;
    },
  };
}

describe("the tree", () => {
  test("has the roots of RFC 6962, in tiles and leaf by leaf, in batches of any size", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 6 }), (batches) => {
        const all = leafHashes(batches.reduce((sum, each) => sum + each, 0));
        const tiled = tree();
        const frontier = emptyFrontier();
        let done = 0;
        for (const batch of batches) {
          const root = tiled.append(all.slice(done, done + batch));
          for (const leaf of all.slice(done, done + batch)) frontier.push(leaf);
          done += batch;
          expect(root.toString("hex")).toBe(rootByTheBook(all.slice(0, done)).toString("hex"));
          expect(frontier.root().equals(root)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("has the root of RFC 6962 beyond the third level of tiles", () => {
    const all = leafHashes(65_536 + 300);
    const tiled = tree();
    tiled.append(all.slice(0, 65_000));
    expect(tiled.append(all.slice(65_000)).equals(rootByTheBook(all))).toBe(true);
  });

  test("gives the published root of the empty tree", () => {
    expect(emptyFrontier().root().toString("hex")).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });
});

describe("proofs", () => {
  test("of inclusion hold for the leaf they are for, and for no other leaf, place, size or root", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_500 }), fc.nat(), fc.nat(), async (size, a, b) => {
        const all = leafHashes(size);
        const tiled = tree();
        const root = tiled.append(all);
        const position = a % size;
        const other = b % size;
        const leaf = all[position] as Buffer;
        const proof = await inclusionProof(tiled.read, position, size);
        expect(isIncluded(leaf, position, size, proof, root)).toBe(true);
        expect(isIncluded(all[other] as Buffer, position, size, proof, root)).toBe(other === position);
        expect(isIncluded(leaf, other, size, proof, root)).toBe(other === position);
        expect(isIncluded(leaf, position, size, proof, hashed(root))).toBe(false);
        expect(isIncluded(leaf, size, size, proof, root)).toBe(false);
        expect(isIncluded(leaf, -1, size, proof, root)).toBe(false);
        expect(isIncluded(leaf, position, size, [...proof, root], root)).toBe(false);
        if (proof.length > 0) expect(isIncluded(leaf, position, size, proof.slice(1), root)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("of consistency hold between the two trees they are for, and fail when either root is another", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_500 }), fc.nat(), async (size, a) => {
        const earlier = 1 + (a % size);
        const all = leafHashes(size);
        const tiled = tree();
        const earlierRoot = tiled.append(all.slice(0, earlier));
        const root = size === earlier ? earlierRoot : tiled.append(all.slice(earlier));
        const proof = await consistencyProof(tiled.read, earlier, size);
        expect(isConsistent(earlier, earlierRoot, size, root, proof)).toBe(true);
        expect(isConsistent(earlier, hashed(earlierRoot), size, root, proof)).toBe(false);
        expect(isConsistent(earlier, earlierRoot, size, hashed(root), proof)).toBe(false);
        expect(isConsistent(size + 1, earlierRoot, size, root, proof)).toBe(false);
        if (proof.length > 0)
          expect(isConsistent(earlier, earlierRoot, size, root, proof.slice(1))).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
