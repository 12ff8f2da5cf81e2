import { describe, expect, test } from "vitest";
import { HOURS, hasHours, hoursOn, isAutomatedCall } from "#core/hours/hours-table";
import { addLocalDays, dateAfter, localDay, nextDay, wallClockMs } from "#core/hours/local-day";
import { openingAt } from "#core/hours/windows";
import { isUsRegion } from "#core/place/area-codes";
import { zonesOf } from "#core/place/time-zones";

const iso = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");

describe("a wall clock that jumps opens late and closes early", () => {
  const berlin = (date: string, time: string, side: "opens" | "closes") =>
    iso(wallClockMs("Europe/Berlin", date, time, side));

  test("over an hour that does not exist", () => {
    expect(berlin("2026-03-29", "02:30", "opens")).toBe("2026-03-29T01:30:00Z");
    expect(berlin("2026-03-29", "02:30", "closes")).toBe("2026-03-29T00:30:00Z");
  });

  test("in an hour that comes twice", () => {
    expect(berlin("2026-10-25", "02:30", "opens")).toBe("2026-10-25T01:30:00Z");
    expect(berlin("2026-10-25", "02:30", "closes")).toBe("2026-10-25T00:30:00Z");
  });

  test("on any other day opens and closes at the same instant, asked once or again", () => {
    for (const side of ["opens", "closes", "opens", "closes"] as const)
      expect(berlin("2026-11-24", "09:00", side)).toBe("2026-11-24T08:00:00Z");
    expect(iso(wallClockMs("-06:00", "2026-07-01", "20:00", "closes"))).toBe("2026-07-02T02:00:00Z");
  });

  test("a day is 23, 24 or 25 hours long, and the next one begins where it ends", () => {
    const hours = (ms: number) => {
      const day = localDay("Europe/Berlin", ms);
      expect(nextDay("Europe/Berlin", day).startMs).toBe(day.endMs);
      return (day.endMs - day.startMs) / 3_600_000;
    };
    expect(hours(Date.parse("2026-03-29T12:00:00Z"))).toBe(23);
    expect(hours(Date.parse("2026-10-25T12:00:00Z"))).toBe(25);
    expect(hours(Date.parse("2026-11-24T12:00:00Z"))).toBe(24);
  });

  test("the day of an instant, to its first and from its last millisecond", () => {
    const midnight = Date.parse("2026-11-23T23:00:00Z");
    expect(localDay("Europe/Berlin", midnight)).toMatchObject({
      date: "2026-11-24",
      weekday: 2,
      startMs: midnight,
    });
    expect(localDay("Europe/Berlin", midnight - 1)).toMatchObject({
      date: "2026-11-23",
      weekday: 1,
      endMs: midnight,
    });
    expect(localDay("Pacific/Kiritimati", midnight).date).toBe("2026-11-24");
    expect(localDay("Pacific/Pago_Pago", midnight).date).toBe("2026-11-23");
    expect(localDay("Asia/Kolkata", Date.parse("2026-11-22T18:30:00Z")).weekday).toBe(1);
  });

  test("a day is worked out once for all who live by it, and no more than 20,000 are kept", () => {
    const eve = Date.parse("2031-05-04T10:00:00Z");
    const day = localDay("Europe/Berlin", eve);
    expect(localDay("Europe/Berlin", eve + 3_600_000)).toBe(day);
    expect(localDay("America/New_York", eve)).not.toBe(day);
    expect(localDay("Europe/Berlin", eve)).toBe(day);
    for (let later = 1; later <= 20_000; later += 1) localDay("UTC", eve + later * 86_400_000);
    expect(localDay("Europe/Berlin", eve)).not.toBe(day);
    expect(localDay("Europe/Berlin", eve)).toEqual(day);
  });

  test("the date after, and the same time so many days later", () => {
    expect(dateAfter("2026-12-31")).toBe("2027-01-01");
    expect(dateAfter("2028-02-28")).toBe("2028-02-29");
    expect(iso(addLocalDays("Europe/Berlin", Date.parse("2026-10-24T10:00:00Z"), 1))).toBe(
      "2026-10-25T11:00:00Z",
    );
  });
});

describe("calling hours carry how sure they are, and why", () => {
  const row = (jurisdiction: string, date = "2026-11-24", isAutomated = false) =>
    hoursOn(jurisdiction, isAutomated, date);

  test.each([
    ["US", "high", "H [S1]"],
    ["US-AL", "medium", "M [S6][S7]; rule may bind utilities only [S18]"],
    ["US-PA", "low", "**L**: Sunday ban [S8]; 09–19 is SB 992 as passed by Senate [S17]; read the act"],
    ["DE", "policy", "no statute [OK]"],
    ["GB", "medium", "*no statute*; DMA code [S97]"],
    ["IT", "high", "H for code adherents [S62]"],
  ])("%s: %s", (jurisdiction, confidence, note) => {
    expect(row(jurisdiction)).toMatchObject({ jurisdiction, confidence, note });
  });

  test("the row in force is that of the day and of the kind of call", () => {
    expect(row("US-PA", "2026-10-17")).toMatchObject({ confidence: "medium", effectiveTo: "2026-10-17" });
    expect(row("US-PA", "2026-10-18")).toMatchObject({ confidence: "low", effectiveFrom: "2026-10-18" });
    expect(row("US-ME")).toBeUndefined();
    expect(row("US-ME", "2026-11-24", true)).toMatchObject({ calls: "automated", confidence: "low" });
    expect(row("US-IL", "2026-11-24", true)?.calls).toBe("automated");
    expect(row("US-SD")?.calls).toBe("live");
    expect(row("US-SD", "2026-11-24", true)?.calls).toBe("automated");
    expect(row("GB", "2026-11-24", true)).toBe(row("GB"));
    expect(row("XX")).toBeUndefined();
  });

  test("a row says only what it has to say", () => {
    expect(Object.keys(row("US") ?? {}).sort()).toEqual(
      ["confidence", "holiday", "jurisdiction", "note", "saturday", "sunday", "weekday"].sort(),
    );
    expect(row("IT")?.preHoliday).toEqual([["10:00", "19:00"]]);
    expect(row("US-MS")?.fixedOffset).toBe("-06:00");
    expect(HOURS.filter((each) => each.confidence === "policy").map((each) => each.jurisdiction)).toEqual(
      expect.arrayContaining(["DE", "AT", "NL", "IN", "JP", "SG"]),
    );
  });

  test("a country without a row has no hours, nor has the unknown one", () => {
    expect(["US", "DE", "SG"].map(hasHours)).toEqual([true, true, true]);
    expect(["CH", "ZZ", "", "US-"].map(hasHours)).toEqual([false, false, false, false]);
  });

  test("what counts as automated", () => {
    expect(isAutomatedCall("live-manual", true)).toBe(false);
    expect(isAutomatedCall("predictive", false)).toBe(false);
    expect(isAutomatedCall("predictive", true)).toBe(true);
    expect(isAutomatedCall("prerecorded", false)).toBe(true);
    expect(isAutomatedCall(undefined, false)).toBe(true);
  });
});

describe("hours of several clocks and tables", () => {
  const times = {
    isAutomated: false,
    holidays: new Set<string>(),
    skipsLowConfidence: false,
    usesFixedOffsets: true,
  };
  const GERMANY = { country: "DE", region: null };
  const noon = Date.parse("2026-11-24T11:00:00Z");

  test("without a clock, or without a place, nobody is called", () => {
    expect(openingAt({ ...times, places: [GERMANY], zones: [] }, noon)).toEqual({ kind: "never" });
    const nowhere = { country: null, region: null };
    expect(openingAt({ ...times, places: [nowhere], zones: ["Europe/Berlin"] }, noon)).toEqual({
      kind: "never",
    });
  });

  test("two clocks half a day apart never agree", () => {
    const places = [{ country: "FR", region: null }];
    expect(openingAt({ ...times, places, zones: ["Europe/Paris", "Pacific/Auckland"] }, noon)).toEqual({
      kind: "never",
    });
  });

  test("21 days without hours are too many, 20 are not", () => {
    const closed = (days: number) =>
      new Set(
        Array.from({ length: days }, (_, day) =>
          Temporal.PlainDate.from("2026-11-24").add({ days: day }).toString(),
        ),
      );
    const asked = (days: number) =>
      openingAt(
        {
          ...times,
          places: [{ country: "IT", region: null }],
          zones: ["Europe/Rome"],
          holidays: closed(days),
        },
        noon,
      );
    expect(asked(20)).toEqual({ kind: "closed", opensAtMs: Date.parse("2026-12-14T08:00:00Z") });
    expect(asked(21)).toEqual({ kind: "never" });
  });

  test("a region without a row leaves its country's hours, and ends a look at its day", () => {
    const places = [{ country: "US", region: "US-NY" }];
    expect(
      openingAt({ ...times, places, zones: ["America/New_York"] }, Date.parse("2026-11-24T15:00:00Z")),
    ).toEqual({
      kind: "open",
      closesAtMs: Date.parse("2026-11-25T02:00:00Z"),
    });
  });
});

describe("the clocks of a place", () => {
  test.each<[string | null, string | null, readonly string[]]>([
    [null, null, []],
    ["DE", null, ["Europe/Berlin"]],
    ["DE", "DE-BY", ["Europe/Berlin"]],
    ["CH", null, []],
    ["US", "US-FL", ["America/New_York", "America/Chicago"]],
    ["US", "US-XX", []],
    ["ES", "ES-CN", ["Atlantic/Canary"]],
    ["ES", "ES-MD", ["Europe/Madrid"]],
    ["ES", null, ["Atlantic/Canary", "Europe/Madrid"]],
    ["FR", "FR-RE", ["Indian/Reunion"]],
    ["FR", "FR-YT", ["Indian/Mayotte"]],
    ["FR", "FR-GP", ["America/Guadeloupe"]],
    ["FR", "FR-MQ", ["America/Martinique"]],
    ["FR", "FR-GF", ["America/Cayenne"]],
    ["FR", "FR-PM", ["America/Miquelon"]],
    ["FR", null, ["Europe/Paris"]],
    ["GB", null, ["Europe/London"]],
    ["AT", null, ["Europe/Vienna"]],
    ["IT", null, ["Europe/Rome"]],
    ["NL", null, ["Europe/Amsterdam"]],
    ["IN", null, ["Asia/Kolkata"]],
    ["JP", null, ["Asia/Tokyo"]],
    ["SG", null, ["Asia/Singapore"]],
  ])("%s, %s", (country, region, zones) => {
    expect(zonesOf({ country, region })).toEqual(zones);
    expect(zonesOf({ country, region })).toEqual(zones);
  });

  test("a country of many clocks has them all where the region is not known, each once, all of them real", () => {
    for (const [country, some] of [
      ["US", ["America/New_York", "Pacific/Honolulu", "Pacific/Guam"]],
      ["CA", ["America/St_Johns", "America/Vancouver"]],
      ["AU", ["Australia/Perth", "Australia/Eucla", "Australia/Sydney"]],
      ["BR", ["America/Sao_Paulo", "America/Noronha"]],
    ] as const) {
      const zones = zonesOf({ country, region: null });
      expect(zones).toEqual(expect.arrayContaining([...some]));
      expect(new Set(zones).size).toBe(zones.length);
      for (const zone of zones) expect(() => localDay(zone, 0)).not.toThrow();
      // Worked out once: most of a country's contacts have no region.
      expect(zonesOf({ country, region: null })).toBe(zones);
    }
    expect(isUsRegion("US-PR")).toBe(true);
    expect(isUsRegion("CA-ON")).toBe(false);
    expect(isUsRegion("US-")).toBe(false);
  });
});
