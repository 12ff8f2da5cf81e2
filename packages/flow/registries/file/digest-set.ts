import type { DigestBytes } from "#db/queries/registry-blocks";

/**
 * Listed numbers as sorted 64-bit digests without repetition, and beside each the day it was listed (days since
 * 2000-01-01, 0: not said). `days` is null where none is dated.
 */
export interface DigestSet {
  readonly digests: BigUint64Array;
  readonly days: Uint16Array | null;
}

export const NOTHING: DigestSet = { digests: new BigUint64Array(), days: null };

/** Sorts digests and joins equal ones; of two days the later one counts, and above all "not said". */
export function digestSet(digests: BigUint64Array, days: Uint16Array | null): DigestSet {
  if (days === null) {
    const sorted = digests.slice().sort();
    return { digests: sorted.subarray(0, unique(sorted)), days: null };
  }
  const order = Uint32Array.from(digests, (_, place) => place).sort((one, other) => {
    const [left, right] = [digests[one] as bigint, digests[other] as bigint];
    return left < right ? -1 : left > right ? 1 : 0;
  });
  const sorted = new BigUint64Array(digests.length);
  const sortedDays = new Uint16Array(digests.length);
  let count = 0;
  for (const place of order) {
    const digest = digests[place] as bigint;
    const day = days[place] as number;
    if (count > 0 && sorted[count - 1] === digest) {
      sortedDays[count - 1] = laterDay(sortedDays[count - 1] as number, day);
      continue;
    }
    sorted[count] = digest;
    sortedDays[count] = day;
    count += 1;
  }
  return { digests: sorted.subarray(0, count), days: sortedDays.subarray(0, count) };
}

/** An entry without a date may be younger than any consent. */
const laterDay = (one: number, other: number): number =>
  one === 0 || other === 0 ? 0 : Math.max(one, other);

/** Moves each value once to the front of a sorted list; how many there are. Halves are compared: 64-bit values cost. */
function unique(sorted: BigUint64Array): number {
  const halves = new Uint32Array(sorted.buffer, sorted.byteOffset, 2 * sorted.length);
  let count = 0;
  for (let place = 0; place < sorted.length; place += 1) {
    const low = halves[2 * place] as number;
    const high = halves[2 * place + 1] as number;
    if (count > 0 && halves[2 * count - 2] === low && halves[2 * count - 1] === high) continue;
    halves[2 * count] = low;
    halves[2 * count + 1] = high;
    count += 1;
  }
  return count;
}

export function joined(sets: readonly DigestSet[]): DigestSet {
  const given = sets.filter((set) => set.digests.length > 0);
  const [only = NOTHING] = given;
  if (given.length < 2) return only;
  const length = given.reduce((sum, set) => sum + set.digests.length, 0);
  const digests = new BigUint64Array(length);
  const days = given.some((set) => set.days !== null) ? new Uint16Array(length) : null;
  let at = 0;
  for (const set of given) {
    digests.set(set.digests, at);
    if (set.days !== null) days?.set(set.days, at);
    at += set.digests.length;
  }
  return digestSet(digests, days);
}

export function without(set: DigestSet, removed: DigestSet): DigestSet {
  if (removed.digests.length === 0) return set;
  const kept: number[] = [];
  const [own, gone] = [halvesOf(set), halvesOf(removed)];
  let other = 0;
  for (let place = 0; place < set.digests.length; place += 1) {
    while (other < removed.digests.length && compare(gone, other, own, place) < 0) other += 1;
    if (other < removed.digests.length && compare(gone, other, own, place) === 0) continue;
    kept.push(place);
  }
  const { days } = set;
  return {
    digests: BigUint64Array.from(kept, (place) => set.digests[place] as bigint),
    days: days === null ? null : Uint16Array.from(kept, (place) => days[place] as number),
  };
}

/** How many are in the one and not in the other. */
export function countWithout(set: DigestSet, other: DigestSet): number {
  const [own, held] = [halvesOf(set), halvesOf(other)];
  let common = 0;
  for (let left = 0, right = 0; left < set.digests.length && right < other.digests.length; ) {
    const order = compare(own, left, held, right);
    if (order === 0) common += 1;
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
  }
  return set.digests.length - common;
}

const halvesOf = ({ digests }: DigestSet) =>
  new Uint32Array(digests.buffer, digests.byteOffset, 2 * digests.length);

function compare(one: Uint32Array, left: number, other: Uint32Array, right: number): number {
  const high = (one[2 * left + 1] as number) - (other[2 * right + 1] as number);
  return high === 0 ? (one[2 * left] as number) - (other[2 * right] as number) : high;
}

/** The day a digest is listed with, 0 where it is not said; null: it is not listed. */
export function listedDay({ digests, days }: DigestSet, digest: bigint): number | null {
  let low = 0;
  let past = digests.length;
  while (low < past) {
    const middle = (low + past) >> 1;
    if ((digests[middle] as bigint) < digest) low = middle + 1;
    else past = middle;
  }
  if (low === digests.length || digests[low] !== digest) return null;
  return days === null ? 0 : (days[low] as number);
}

/** The machine holds numbers low byte first; the database compares bytes, so it gets them high byte first. */
export function toBytes({ digests, days }: DigestSet): DigestBytes {
  return {
    digests: Buffer.from(digests.slice().buffer).swap64(),
    days: days === null ? null : Buffer.from(days.slice().buffer).swap16(),
  };
}

/** Digests as the database holds them, in any order. */
export function fromBytes(bytes: DigestBytes | null): DigestSet {
  if (bytes === null) return NOTHING;
  const days = bytes.days === null ? null : new Uint16Array(aligned(bytes.days, "swap16"));
  return digestSet(digestsOf(bytes.digests), days);
}

export const digestsOf = (bytes: Buffer): BigUint64Array => new BigUint64Array(aligned(bytes, "swap64"));

function aligned(bytes: Buffer, swap: "swap16" | "swap64"): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  const view = Buffer.from(copy);
  bytes.copy(view);
  view[swap]();
  return copy;
}

/** Where each of the 256 parts (by first byte) begins in a sorted list; the last one is its length. */
export function partStarts(sorted: BigUint64Array): number[] {
  const halves = new Uint32Array(sorted.buffer, sorted.byteOffset, 2 * sorted.length);
  const starts = new Array<number>(257).fill(sorted.length);
  let next = 0;
  for (let place = 0; place < sorted.length; place += 1) {
    const part = (halves[2 * place + 1] as number) >>> 24;
    while (next <= part) starts[next++] = place;
  }
  return starts;
}
