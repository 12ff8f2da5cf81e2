import { expect, test } from "vitest";
import { freshBytes } from "#db/vault/random";

test("no bytes are handed out twice, over many supplies, whatever the sizes", () => {
  const seen = new Set<string>();
  for (let turn = 0; turn < 20_000; turn += 1) {
    const count = [12, 16, 32][turn % 3] ?? 12;
    const bytes = freshBytes(count);
    expect(bytes.length).toBe(count);
    // The first 12 bytes alone tell pieces apart; overlapping ones would share a run, and equal ones the whole.
    seen.add(bytes.subarray(0, 12).toString("hex"));
  }
  expect(seen.size).toBe(20_000);
});

test("what was handed out is a copy of its own: neither the supply nor later bytes touch it", () => {
  const kept = freshBytes(32);
  const before = kept.toString("hex");
  for (let turn = 0; turn < 2_000; turn += 1) freshBytes(32).fill(0);
  expect(kept.toString("hex")).toBe(before);
  expect(before).not.toBe("00".repeat(32));
});

test("every bit is set about half of the time", () => {
  const counts = new Array<number>(96).fill(0);
  const draws = 20_000;
  for (let turn = 0; turn < draws; turn += 1) {
    const bytes = freshBytes(12);
    for (let bit = 0; bit < 96; bit += 1) {
      if (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) counts[bit] = (counts[bit] ?? 0) + 1;
    }
  }
  // Six standard deviations.
  for (const count of counts) expect(Math.abs(count - draws / 2)).toBeLessThan(6 * Math.sqrt(draws / 4));
});

test("more than the supply holds is refused", () => {
  expect(() => freshBytes(16_385)).toThrow(RangeError);
});
