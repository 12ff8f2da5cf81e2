import fc from "fast-check";
import { expect, test } from "vitest";
import {
  countWithout,
  type DigestSet,
  digestSet,
  fromBytes,
  joined,
  listedDay,
  partStarts,
  toBytes,
  without,
} from "#flow/registries/file/digest-set";

/** Few digests, so that many meet; among them those at the edges of parts. */
const DIGEST = fc.constantFrom(
  0n,
  1n,
  2n ** 32n,
  2n ** 32n + 1n,
  2n ** 56n - 1n,
  2n ** 56n,
  2n ** 63n,
  2n ** 64n - 1n,
);
const ENTRIES = fc.array(fc.tuple(DIGEST, fc.constantFrom(0, 1, 7, 9_498)), { maxLength: 12 });
type Entries = readonly (readonly [bigint, number])[];

const setOf = (entries: Entries, isDated: boolean): DigestSet =>
  digestSet(
    BigUint64Array.from(entries, ([digest]) => digest),
    isDated ? Uint16Array.from(entries, ([, day]) => day) : null,
  );
/** The same, by maps alone. */
function mapOf(entries: Entries, isDated: boolean): Map<bigint, number> {
  const days = new Map<bigint, number>();
  for (const [digest, given] of entries) {
    const day = isDated ? given : 0;
    const held = days.get(digest);
    days.set(digest, held === undefined ? day : held === 0 || day === 0 ? 0 : Math.max(held, day));
  }
  return new Map([...days].sort(([one], [other]) => (one < other ? -1 : 1)));
}
const listed = ({ digests, days }: DigestSet) =>
  [...digests].map((digest, place) => [digest, days?.[place] ?? 0] as const);

test("sets of digests join, lose and count as plain maps do", () => {
  fc.assert(
    fc.property(ENTRIES, ENTRIES, fc.boolean(), fc.boolean(), (one, other, isOneDated, isOtherDated) => {
      const [left, right] = [setOf(one, isOneDated), setOf(other, isOtherDated)];
      const [leftMap, rightMap] = [mapOf(one, isOneDated), mapOf(other, isOtherDated)];
      expect(listed(left)).toEqual([...leftMap]);
      expect(listed(joined([left, right]))).toEqual([...mapOf([...leftMap, ...rightMap], true)]);
      const rest = [...leftMap].filter(([digest]) => !rightMap.has(digest));
      expect(listed(without(left, right))).toEqual(rest);
      expect(countWithout(left, right)).toBe(rest.length);
      for (const digest of [0n, 5n, 2n ** 64n - 1n])
        expect(listedDay(left, digest)).toBe(leftMap.get(digest) ?? null);
    }),
    { numRuns: 500 },
  );
});

test("a set survives the way into the database and back, in the order in which bytes compare", () => {
  fc.assert(
    fc.property(ENTRIES, fc.boolean(), (entries, isDated) => {
      const set = setOf(entries, isDated);
      const bytes = toBytes(set);
      const pieces = Array.from(set.digests, (_, place) => bytes.digests.subarray(8 * place, 8 * place + 8));
      expect(pieces.toSorted(Buffer.compare)).toEqual(pieces);
      expect(listed(fromBytes(bytes))).toEqual(listed(set));
    }),
  );
});

test("every digest lies in the part of its first byte", () => {
  fc.assert(
    fc.property(ENTRIES, (entries) => {
      const { digests } = setOf(entries, false);
      const starts = partStarts(digests);
      expect(starts).toHaveLength(257);
      const parts = [...digests].map((_, place) =>
        starts.findLastIndex((start, part) => part < 256 && start <= place),
      );
      expect(parts).toEqual([...digests].map((digest) => Number(digest >> 56n)));
    }),
  );
});
