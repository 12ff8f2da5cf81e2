import { describe, expect, test } from "vitest";
import { settle } from "#core/decide";
import type { Question } from "#core/facts";
import { at, call, copy, PLACES, SIGNED_TEXT } from "../question.ts";

/** Calling hours as the law's table has them: `-` no calls, `=` as on that weekday; `+` separates two windows. */
type Row = readonly [
  place: string,
  calls: string,
  weekday: string,
  saturday: string,
  sunday: string,
  holiday: string,
];

const DAYS = { weekday: "2026-11-24", saturday: "2026-11-28", sunday: "2026-11-29", holiday: "2026-12-02" };

const ROWS: readonly Row[] = [
  ["US-NY", "live", "08:00-21:00", "08:00-21:00", "08:00-21:00", "="],
  ["US-NY", "recorded", "08:00-21:00", "08:00-21:00", "08:00-21:00", "="],
  ["US-AL", "live", "08:00-20:00", "08:00-20:00", "-", "-"],
  ["US-CT", "live", "09:00-20:00", "09:00-20:00", "09:00-20:00", "="],
  ["US-FL", "live", "08:00-20:00", "08:00-20:00", "08:00-20:00", "="],
  ["US-IL", "recorded", "09:00-21:00", "09:00-21:00", "09:00-21:00", "="],
  ["US-IL", "live", "08:00-21:00", "08:00-21:00", "08:00-21:00", "="],
  ["US-KY", "live", "10:00-21:00", "10:00-21:00", "10:00-21:00", "="],
  ["US-LA", "live", "08:00-20:00", "08:00-20:00", "-", "-"],
  ["US-MA", "live", "08:00-20:00", "08:00-20:00", "08:00-20:00", "="],
  ["US-MD", "live", "08:00-20:00", "08:00-20:00", "08:00-20:00", "="],
  ["US-ME", "recorded", "09:00-17:00", "-", "-", "-"],
  ["US-ME", "live", "08:00-21:00", "08:00-21:00", "08:00-21:00", "="],
  ["US-MI", "live", "09:00-21:00", "09:00-21:00", "09:00-21:00", "="],
  ["US-MN", "live", "09:00-21:00", "09:00-21:00", "09:00-21:00", "="],
  ["US-NM", "live", "09:00-21:00", "09:00-21:00", "09:00-21:00", "="],
  ["US-MS", "live", "08:00-20:00", "08:00-20:00", "-", "="],
  ["US-NE", "recorded", "08:00-21:00", "08:00-21:00", "13:00-21:00", "13:00-21:00"],
  ["US-NE", "live", "08:00-21:00", "08:00-21:00", "08:00-21:00", "="],
  ["US-NV", "live", "09:00-20:00", "09:00-20:00", "09:00-20:00", "="],
  ["US-OK", "live", "08:00-20:00", "08:00-20:00", "08:00-20:00", "="],
  ["US-PA", "live", "09:00-19:00", "09:00-19:00", "-", "-"],
  ["US-RI", "live", "09:00-18:00", "10:00-17:00", "-", "-"],
  ["US-SD", "live", "09:00-21:00", "09:00-21:00", "-", "="],
  ["US-SD", "recorded", "09:00-21:00", "-", "-", "="],
  ["US-TX", "live", "09:00-21:00", "09:00-21:00", "12:00-21:00", "="],
  ["US-UT", "live", "08:00-21:00", "08:00-21:00", "-", "-"],
  ["US-VA", "live", "08:00-21:00", "08:00-21:00", "08:00-21:00", "="],
  ["US-WA", "live", "08:00-20:00", "08:00-20:00", "08:00-20:00", "="],
  ["US-WY", "live", "08:00-20:00", "08:00-20:00", "08:00-20:00", "="],
  ["US", "live", "10:00-18:00", "10:00-17:00", "-", "-"],
  ["US", "recorded", "10:00-18:00", "10:00-17:00", "-", "-"],
  ["CA-ON", "live", "09:00-21:30", "10:00-18:00", "10:00-18:00", "="],
  ["CA-BC", "live", "09:00-21:30", "10:00-18:00", "10:00-18:00", "-"],
  ["GB", "live", "08:00-21:00", "09:00-21:00", "09:00-21:00", "09:00-21:00"],
  ["FR", "live", "10:00-13:00+14:00-20:00", "-", "-", "-"],
  ["DE", "live", "08:00-20:00", "10:00-18:00", "-", "-"],
  ["AT", "live", "08:00-20:00", "10:00-18:00", "-", "-"],
  ["IT", "live", "09:00-20:00", "10:00-19:00", "-", "-"],
  ["ES", "live", "09:00-21:00", "-", "-", "-"],
  ["NL", "live", "09:00-21:00", "10:00-16:00", "-", "-"],
  ["AU", "live", "09:00-20:00", "09:00-17:00", "-", "-"],
  ["BR", "live", "09:00-21:00", "10:00-16:00", "-", "-"],
  ["IN", "live", "10:00-21:00", "10:00-21:00", "10:00-21:00", "="],
  ["JP", "live", "09:00-20:00", "09:00-20:00", "-", "-"],
  ["SG", "live", "09:00-20:00", "09:00-17:00", "-", "-"],
];

/** Called with consent to every kind of call, so that the hours alone decide; the clock of the place's own zone. */
function calledAt(place: string, calls: string, local: string): Question {
  const [number, zone] = PLACES[place] ?? ["", "UTC"];
  const now = at(zone, local);
  return call(place, {
    now,
    holidays: [DAYS.holiday],
    consents: [
      {
        channel: "phone",
        purpose: "offers",
        controller: "acme",
        type: "express-written",
        givenAt: "2026-01-01T00:00:00Z",
        proof: { signature: "sig-1", number, text: SIGNED_TEXT },
      },
    ],
    reassignment: { db: "FCC", answer: "no", queriedAt: now, consentDate: "2025-12-31" },
    campaign: { mode: calls === "live" ? "live-manual" : "prerecorded" },
  });
}

const minuteBefore = (time: string): string =>
  Temporal.PlainTime.from(time).subtract({ minutes: 1 }).toString().slice(0, 5);

describe("calling hours: open at the first minute, closed at the last", () => {
  for (const [place, calls, ...windows] of ROWS) {
    const [, zone] = PLACES[place] ?? ["", "UTC"];
    Object.entries(DAYS).forEach(([day, date], index) => {
      const given = windows[index] === "=" ? windows[0] : windows[index];
      test(`${place}, ${calls}, on a ${day}: ${given}`, () => {
        const verdict = (time: string) => settle(calledAt(place, calls, `${date}T${time}`), null).verdict;
        if (given === "-") {
          for (const time of ["00:00", "09:00", "12:00", "16:00", "23:59"])
            expect(verdict(time)).toBe("defer");
          return;
        }
        for (const window of (given ?? "").split("+")) {
          const [opens = "", closes = ""] = window.split("-");
          expect(settle(calledAt(place, calls, `${date}T${minuteBefore(opens)}`), null)).toMatchObject({
            verdict: "defer",
            reason: "quiet-hours",
            until: at(zone, `${date}T${opens}`),
          });
          expect(verdict(opens)).toBe("allow");
          expect(settle(calledAt(place, calls, `${date}T${minuteBefore(closes)}`), null)).toMatchObject({
            verdict: "allow",
            validUntil: at(zone, `${date}T${closes}`),
          });
          expect(verdict(closes)).toBe("defer");
        }
      });
    });
  }

  test("the list of a country is about that country alone", () => {
    expect(settle(call("GB", { registries: [copy("US-NDNCR")] }), null).verdict).toBe("block");
  });
});
