import { describe, expect, test } from "vitest";
import type { HoursRow } from "#core/hours/hours-table";
import { type RuleChange, ruleChanges } from "#flow/rulebook/rule-changes";

const named = (changes: readonly RuleChange[]) =>
  changes.map((change) => `${change.day} ${change.subject} ${change.kind}`);

const ROW: HoursRow = {
  jurisdiction: "US-PA",
  weekday: [["08:00", "21:00"]],
  saturday: [["08:00", "21:00"]],
  sunday: [["08:00", "21:00"]],
  holiday: "same-as-day",
  confidence: "high",
  note: "",
};
const ENDING: HoursRow = { ...ROW, effectiveTo: "2026-10-17" };
const BEGINNING: HoursRow = { ...ROW, sunday: [], effectiveFrom: "2026-10-18" };

describe("what changes by its dates", () => {
  test("before France asked for consent that change is coming, and so are the Bloctel's end and the Italian ban", () => {
    const { coming, recent } = ruleChanges(new Date("2026-06-01T00:00:00Z"));
    expect(named(coming)).toEqual([
      "2026-06-18 sector-ban-italy begins",
      "2026-08-01 data-broker-source begins",
      "2026-08-01 script-missing-artificial-voice begins",
      "2026-08-10 FR-BLOCTEL ends",
      "2026-08-10 opt-out-regime-calls-france ends",
      "2026-10-18 US-PA changes",
    ]);
    expect(recent).toEqual([]);
  });

  test("afterwards they are recent, newest first, for 180 days", () => {
    const { coming, recent } = ruleChanges(new Date("2026-11-24T10:00:00Z"));
    expect(coming).toEqual([]);
    expect(named(recent)).toEqual([
      "2026-10-18 US-PA changes",
      "2026-08-10 opt-out-regime-calls-france ends",
      "2026-08-10 FR-BLOCTEL ends",
      "2026-08-01 script-missing-artificial-voice begins",
      "2026-08-01 data-broker-source begins",
      "2026-06-18 sector-ban-italy begins",
    ]);
    expect(named(ruleChanges(new Date("2026-12-16T10:00:00Z")).recent)).not.toContain(
      "2026-06-18 sector-ban-italy begins",
    );
  });

  test("a rule changes at its instant, not at midnight", () => {
    const italy = (now: string) =>
      named(ruleChanges(new Date(now)).coming).includes("2026-06-18 sector-ban-italy begins");
    expect(italy("2026-06-18T21:59:59Z")).toBe(true);
    expect(italy("2026-06-18T22:00:00Z")).toBe(false);
  });

  test("hours that follow each other are one change, which names only the days that differ", () => {
    const [change, ...more] = ruleChanges(new Date("2026-10-17T12:00:00Z"), [ENDING, BEGINNING]).coming;
    expect(more).toEqual([]);
    expect(change).toMatchObject({
      day: "2026-10-18",
      kind: "changes",
      what: "Calling hours in PA, United States: Sunday none instead of 08:00–21:00.",
    });
  });

  test("hours that nothing follows end, and hours that follow nothing begin", () => {
    const now = new Date("2026-10-01T12:00:00Z");
    expect(named(ruleChanges(now, [ENDING]).coming)).toContain("2026-10-18 US-PA ends");
    expect(named(ruleChanges(now, [BEGINNING]).coming)).toContain("2026-10-18 US-PA begins");
    const ofOtherCalls: HoursRow = { ...ENDING, calls: "automated" };
    expect(named(ruleChanges(now, [ofOtherCalls, BEGINNING]).coming)).toEqual([
      "2026-10-18 US-PA begins",
      "2026-10-18 US-PA ends",
    ]);
  });
});
