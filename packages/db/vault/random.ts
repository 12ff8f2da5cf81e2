import { randomFillSync } from "node:crypto";

const POOL_BYTES = 16_384;

let pool = Buffer.alloc(0);
let used = 0;

/**
 * Random bytes for keys, salts and initialisation vectors, from the system's generator. A call to the system costs
 * more than the encryption it is for, and an import needs three for every person: they come from a supply that is
 * fetched at once. What was handed out is wiped from it and never handed out again.
 * @param count at most 16 KiB.
 */
export function freshBytes(count: number): Buffer {
  if (count > POOL_BYTES) throw new RangeError(`${count} random bytes are more than the supply holds`);
  if (used + count > pool.length) {
    pool = randomFillSync(Buffer.alloc(POOL_BYTES));
    used = 0;
  }
  const supply = pool.subarray(used, used + count);
  used += count;
  const bytes = Buffer.from(supply);
  supply.fill(0);
  return bytes;
}
