import { describe, expect, test } from "vitest";
import { isInForce } from "#core/rules/in-force";

const FIRST = "2026-06-18T22:00:00Z";
const LAST = "2026-08-10T22:00:00Z";

/** Answers at each instant, of a rule nobody asked about before, so that its dates are read. */
const inForce = (effectiveFrom: string | null, effectiveTo: string | null, ...at: readonly string[]) => {
  const rule = { effectiveFrom, effectiveTo };
  return at.map((instant) => isInForce(rule, Date.parse(instant)));
};

describe("a rule is law from its first instant up to, and not including, its last", () => {
  test("not a millisecond sooner, nor later", () => {
    expect(inForce(FIRST, LAST, "2026-06-18T21:59:59.999Z", FIRST, "2026-08-10T21:59:59.999Z", LAST)).toEqual(
      [false, true, true, false],
    );
  });

  test("one that has no end yet stays law", () => {
    expect(inForce(FIRST, null, "1970-01-01", "2026-06-18T21:59:59.999Z", FIRST, "9999-12-31")).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test("one whose beginning nobody needs has been law for ever", () => {
    expect(inForce(null, LAST, "0001-01-01", "2026-08-10T21:59:59.999Z", LAST, "9999-12-31")).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("one without dates is always law", () => {
    expect(inForce(null, null, "0001-01-01", FIRST, "9999-12-31")).toEqual([true, true, true]);
  });

  test("one whose dates cannot be read is an error, which the gate turns into a block", () => {
    expect(() => inForce("soon", null, FIRST)).toThrow(RangeError);
    expect(() => inForce(null, "later", FIRST)).toThrow(RangeError);
  });
});
