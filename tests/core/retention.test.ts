import { describe, expect, test } from "vitest";
import { DATA_CLASSES, RETENTION, retentionDays } from "#core/rights/retention";

describe("how long data is kept", () => {
  test.each([
    ["stored-answers", "a day, at most a week", 1, 1, 7],
    ["import-files", "a month, at most a year", 30, 1, 365],
    ["captured-messages", "a month, at most a quarter", 30, 1, 90],
    ["privacy-request-texts", "three years, from one to six", 1_095, 365, 2_190],
    ["inactive-contacts", "three years, from a quarter to five years", 1_095, 90, 1_825],
    ["contact-history", "five years, and up to ten", 1_827, 1_827, 3_653],
  ] as const)("%s: %s", (dataClass, _sentence, daysDefault, daysMin, daysMax) => {
    expect(RETENTION[dataClass]).toMatchObject({ daysDefault, daysMin, daysMax });
  });

  test("no workspace may choose less than five whole years for what the law wants kept that long", () => {
    for (const leapYears of ["2024-02-29", "2026-11-24"]) {
      const kept = Temporal.PlainDate.from(leapYears);
      expect(RETENTION["contact-history"].daysMin).toBeGreaterThanOrEqual(
        kept.until(kept.add({ years: 5 })).days,
      );
    }
  });

  test("what a workspace chose counts, for that class alone", () => {
    expect(retentionDays({}, "import-files")).toBe(30);
    expect(retentionDays({ "import-files": 7 }, "import-files")).toBe(7);
    expect(retentionDays({ "import-files": 7 }, "captured-messages")).toBe(30);
  });

  test("every class says what it covers and where its time comes from; evidence and stops are none of them", () => {
    expect(Object.keys(RETENTION)).toEqual([...DATA_CLASSES]);
    const covers = Object.values(RETENTION).map((rule) => rule.covers);
    expect(covers.filter((text) => !/^[A-Z].{20,}[a-z]$/.test(text))).toEqual([]);
    expect(new Set(covers).size).toBe(covers.length);
    const sources = Object.values(RETENTION).map((rule) => rule.source);
    expect(sources.filter((text) => !/^policy|\d|CNIL/.test(text))).toEqual([]);
    expect(DATA_CLASSES.filter((name) => /consent|evidence|tombstone|suppression|stop/.test(name))).toEqual(
      [],
    );
  });
});
