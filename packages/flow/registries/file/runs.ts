import { truncatedHmac } from "#db/vault/truncated-hmac";
import { digestSet, partStarts, toBytes } from "./digest-set.ts";
import type { TakeEntry } from "./read-lines.ts";

/** Numbers sorted together; twice as many bytes are needed for a moment. */
const RUN_NUMBERS_MAX = 2 ** 18;
const RUN_NUMBERS_FIRST = 2 ** 12;

export interface IndexKey {
  readonly keyVersion: string;
  readonly key: Uint8Array;
}

/** Sorted digests of one key version, to be listed or to be taken off. */
export interface Run {
  readonly keyVersion: string;
  readonly isRemoval: boolean;
  readonly digests: Uint8Array<ArrayBuffer>;
  readonly days: Uint8Array<ArrayBuffer> | null;
  readonly starts: readonly number[];
}

/** Digests entries under every live key and hands them on in sorted runs. `flush` hands on what is left. */
export function collectRuns(
  keys: readonly IndexKey[],
  emit: (run: Run) => void,
): { readonly take: TakeEntry; readonly flush: () => void } {
  const heaps = keys.map(({ keyVersion, key }) => {
    const digest = truncatedHmac(key);
    return { listed: heap(keyVersion, false, emit), removed: heap(keyVersion, true, emit), digest };
  });
  return {
    take: (message, length, day, isRemoval) => {
      for (const { listed, removed, digest } of heaps) {
        const own = isRemoval ? removed : listed;
        digest(message, length, own.halves(), own.count());
        own.add(day);
      }
    },
    flush: () => {
      for (const { listed, removed } of heaps) {
        listed.flush();
        removed.flush();
      }
    },
  };
}

function heap(keyVersion: string, isRemoval: boolean, emit: (run: Run) => void) {
  let digests = new BigUint64Array(RUN_NUMBERS_FIRST);
  let halves = new Uint32Array(digests.buffer);
  let days: Uint16Array | null = null;
  let count = 0;
  const flush = () => {
    if (count === 0) return;
    const set = digestSet(digests.subarray(0, count), days?.subarray(0, count) ?? null);
    const bytes = toBytes(set);
    emit({
      keyVersion,
      isRemoval,
      digests: new Uint8Array(bytes.digests.buffer as ArrayBuffer),
      days: bytes.days === null ? null : new Uint8Array(bytes.days.buffer as ArrayBuffer),
      starts: partStarts(set.digests),
    });
    days = null;
    count = 0;
  };
  const grow = () => {
    const larger = new BigUint64Array(2 * digests.length);
    larger.set(digests);
    digests = larger;
    halves = new Uint32Array(larger.buffer);
    if (days !== null) {
      const more = new Uint16Array(larger.length);
      more.set(days);
      days = more;
    }
  };
  return {
    halves: () => halves,
    count: () => count,
    flush,
    add: (day: number) => {
      if (day > 0) {
        days ??= new Uint16Array(digests.length);
        days[count] = day;
      }
      count += 1;
      if (count < digests.length) return;
      if (count < RUN_NUMBERS_MAX) grow();
      else flush();
    },
  };
}
