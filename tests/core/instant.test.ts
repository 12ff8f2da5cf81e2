import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addMonths, compareInstants, instantMs, instantText } from "#core/instant";

const text = (iso: string) => instantText(Date.parse(iso));
const plus = (iso: string, months: number) => new Date(addMonths(Date.parse(iso), months)).toISOString();

describe("instants", () => {
  test("are written in UTC, with milliseconds only where there are any", () => {
    expect(text("2026-11-23T15:04:05Z")).toBe("2026-11-23T15:04:05Z");
    expect(text("2026-01-02T03:04:05.006Z")).toBe("2026-01-02T03:04:05.006Z");
    expect(text("1969-12-31T23:59:59.999Z")).toBe("1969-12-31T23:59:59.999Z");
    expect(text("0033-04-03T15:00:00Z")).toBe("0033-04-03T15:00:00Z");
  });

  test("are read the same whether milliseconds are written or not, and sorted by time", () => {
    expect(instantMs("2026-11-23T15:00:00Z")).toBe(instantMs("2026-11-23T15:00:00.000Z"));
    expect(["2026-11-23T15:00:00.001Z", "2026-11-23T15:00:00Z"].sort(compareInstants)[0]).toBe(
      "2026-11-23T15:00:00Z",
    );
    expect(() => instantMs("soon")).toThrow(RangeError);
    expect(() => instantMs("soon")).toThrow("instant");
  });

  test("are written as the platform writes them, for all days of the calendar", () => {
    const day = fc.integer({
      min: Date.parse("0001-01-01T00:00:00Z"),
      max: Date.parse("9999-12-31T23:59:59.999Z"),
    });
    fc.assert(
      fc.property(day, (ms) => {
        expect(instantText(ms)).toBe(new Date(ms).toISOString().replace(".000Z", "Z"));
      }),
      { numRuns: 10_000, seed: 7 },
    );
  });

  test("months later is the same day and time, or the last day of a shorter month", () => {
    expect(plus("2026-11-23T15:00:00.000Z", 24)).toBe("2028-11-23T15:00:00.000Z");
    expect(plus("2026-12-31T00:00:00.000Z", 2)).toBe("2027-02-28T00:00:00.000Z");
    expect(plus("2027-12-31T00:00:00.000Z", 2)).toBe("2028-02-29T00:00:00.000Z");
    expect(plus("2099-12-31T00:00:00.000Z", 2)).toBe("2100-02-28T00:00:00.000Z");
    expect(plus("1999-12-31T00:00:00.000Z", 2)).toBe("2000-02-29T00:00:00.000Z");
    for (const [month, last] of [
      [1, 31],
      [3, 31],
      [4, 30],
      [5, 31],
      [6, 30],
      [7, 31],
      [8, 31],
      [9, 30],
      [10, 31],
      [11, 30],
      [12, 31],
    ] as const) {
      const wanted = `2027-${String(month).padStart(2, "0")}-${last}T12:00:00.000Z`;
      expect(plus("2026-12-31T12:00:00.000Z", month)).toBe(wanted);
    }
    expect(plus("2026-01-15T12:00:00.000Z", -1)).toBe("2025-12-15T12:00:00.000Z");
  });
});
