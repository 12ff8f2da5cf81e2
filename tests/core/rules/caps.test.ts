import { describe, expect, test } from "vitest";
import { decide, settle } from "#core/decide";
import { answers, at, call, copy, daysBefore, email, NOW, yes, yesToCalls } from "../question.ts";

const OPT_OUT = "allow opt-out-regime";
const order = { kind: "transactional" } as const;

describe("three calls in 24 hours on one subject, where a state says so", () => {
  const three = ["2026-11-23T14:10:00Z", "2026-11-23T16:00:00Z", "2026-11-23T19:00:00Z"];
  const now = "2026-11-23T20:00:00Z";
  const CAPPED = "defer frequency-cap until 2026-11-24T14:10:00Z";
  const fourth = (place: string, change: Parameters<typeof call>[1] = {}) =>
    call(place, { attempts: three, now, ...change });
  // biome-ignore format: one case a line
  answers([
    ["Florida", fourth("US-FL"), CAPPED, "the third", fourth("US-FL", { attempts: three.slice(1) }), OPT_OUT],
    ["Maryland", fourth("US-MD"), CAPPED, "Georgia has no such cap", fourth("US-GA", { contactPoint: "+14045550100", tzCandidates: ["America/New_York"], registries: [copy("US-NDNCR")] }), OPT_OUT],
    ["Oklahoma", fourth("US-OK"), CAPPED, "Kentucky has none", fourth("US-KY"), OPT_OUT],
    ["a state nobody knows, whose strictest hours begin at ten", fourth("US"), "defer frequency-cap until 2026-11-24T15:00:00Z", "New York, known", fourth("US-NY"), OPT_OUT],
    ["a Florida number of somebody in New York", fourth("US-NY", { contactPoint: "+13055550100" }), CAPPED, "a number of New York", fourth("US-NY"), OPT_OUT],
    ["24 hours to the second after the first", fourth("US-FL", { attempts: ["2026-11-22T20:00:00Z", ...three.slice(1)] }), OPT_OUT, "a second less", fourth("US-FL", { attempts: ["2026-11-22T20:00:01Z", ...three.slice(1)] }), "defer frequency-cap until 2026-11-23T20:00:01Z"],
    ["in any order", fourth("US-FL", { attempts: [...three].reverse() }), CAPPED, "after four, until only two are left", fourth("US-FL", { attempts: ["2026-11-23T19:30:00Z", ...three] }), "defer frequency-cap until 2026-11-24T16:00:00Z"],
    ["the UK has none", fourth("GB"), OPT_OUT, "an unknown state of the US has", fourth("US"), "defer frequency-cap until 2026-11-24T15:00:00Z"],
    ["about an order", fourth("US-FL", { campaign: order }), "allow transactional", "an offer", fourth("US-FL"), CAPPED],
    ["an attempt dated tomorrow counts as made now", fourth("US-FL", { attempts: [...three.slice(1), "2026-11-24T12:00:00Z"] }), "defer frequency-cap until 2026-11-24T16:00:00Z", "without it", fourth("US-FL", { attempts: three.slice(1) }), OPT_OUT],
  ]);
});

describe("four calls in 30 calendar days in France, on the person's clock", () => {
  const four = [
    "2026-11-02T09:00:00Z",
    "2026-11-09T10:00:00Z",
    "2026-11-12T10:00:00Z",
    "2026-11-16T10:00:00Z",
  ];
  const fifth = (change: Parameters<typeof call>[1] = {}) =>
    call("FR", { ...yesToCalls(), attempts: four, now: "2026-11-23T10:00:00Z", ...change });
  const paris = (local: string) => at("Europe/Paris", local);
  const spring = ["2027-03-10T11:00", "2027-03-11T11:00", "2027-03-12T11:00", "2027-03-15T11:00"].map(paris);
  const autumn = ["2026-10-12T11:00", "2026-10-13T11:00", "2026-10-14T11:00", "2026-10-15T11:00"].map(paris);
  const during = (attempts: string[], now: string) =>
    call("FR", { ...yesToCalls(), attempts, now: paris(now) });
  // biome-ignore format: one case a line
  answers([
    ["the fifth", fifth(), "defer frequency-cap until 2026-12-02T09:00:00Z", "the fourth", fifth({ attempts: four.slice(1) }), "allow consent-express"],
    ["about an order", fifth({ campaign: order }), "allow transactional", "an offer", fifth(), "defer frequency-cap until 2026-12-02T09:00:00Z"],
    ["Germany has no such cap", call("DE", { ...yesToCalls(), attempts: four, now: "2026-11-23T10:00:00Z" }), "allow consent-express", "France has", fifth(), "defer frequency-cap until 2026-12-02T09:00:00Z"],
    ["a French number of somebody in Germany", call("DE", { ...yesToCalls(), contactPoint: "+33142000000", attempts: four, now: "2026-11-23T10:00:00Z" }), "defer frequency-cap until 2026-12-02T09:00:00Z", "a German one", call("DE", { ...yesToCalls(), attempts: four, now: "2026-11-23T10:00:00Z" }), "allow consent-express"],
    ["thirty days on the slower of two clocks", call("FR", { ...yesToCalls(), attempts: spring, now: paris("2027-04-09T11:30"), tzCandidates: ["Europe/Paris", "Indian/Reunion"] }), "defer frequency-cap until 2027-04-09T10:00:00Z", "in Paris alone", during(spring, "2027-04-09T11:30"), "allow consent-express"],
    ["thirty days in which the clocks go forward are an hour short", during(spring, "2027-04-09T11:00"), "allow consent-express", "a minute before", during(spring, "2027-04-09T10:59"), "defer frequency-cap until 2027-04-09T09:00:00Z"],
    ["thirty days in which they go back are an hour longer", during(autumn, "2026-11-11T10:30"), "defer frequency-cap until 2026-11-11T10:00:00Z", "at the hour", during(autumn, "2026-11-11T11:00"), "allow consent-express"],
  ]);
});

test("a wait is followed 64 times and no more", () => {
  // An attempt dated ahead counts as made at each instant asked about, so that the wait grows by an hour each time.
  const ahead = (hours: number) =>
    settle(
      email("DE", {
        ...yes(),
        attempts: [new Date(Date.parse(NOW) + hours * 3_600_000).toISOString()],
        campaign: { frequencyCap: { max: 1, windowHours: 1 } },
      }),
      null,
    );
  expect(ahead(63)).toMatchObject({ verdict: "defer", until: "2026-11-26T07:00:00Z" });
  expect(ahead(64)).toMatchObject({ verdict: "block", reason: "frequency-cap" });
  expect(ahead(1_000_000)).toMatchObject({ verdict: "block", reason: "frequency-cap" });
});

test("without any clock thirty days are counted in hours", () => {
  const asked = (days: number) => {
    const now = "2026-11-23T10:00:00Z";
    const attempts = Array.from({ length: 4 }, () => daysBefore(now, days));
    return decide(call("FR", { ...yesToCalls(), attempts, now, tzCandidates: undefined as never })).failing;
  };
  expect(asked(29)).toContain("frequency-cap");
  expect(asked(30)).not.toContain("frequency-cap");
});

describe("the sender's own cap, over elapsed time, on any channel", () => {
  const capped = (
    max: number,
    windowHours: number,
    attempts: string[],
    change: Parameters<typeof email>[1] = {},
  ) =>
    email("DE", {
      ...yes(),
      attempts,
      ...change,
      campaign: { frequencyCap: { max, windowHours }, ...change.campaign },
    });
  const morning = ["2026-11-23T08:00:00Z"];
  // biome-ignore format: one case a line
  answers([
    ["one a day", capped(1, 24, morning), "defer frequency-cap until 2026-11-24T08:00:00Z", "two a day", capped(2, 24, morning), "allow consent-express"],
    ["a window of seven hours to the second", capped(1, 7, morning), "allow consent-express", "of eight", capped(1, 8, morning), "defer frequency-cap until 2026-11-23T16:00:00Z"],
    ["no contact is allowed at all", capped(0, 24, []), "block frequency-cap", "one is", capped(1, 24, []), "allow consent-express"],
    ["a window that cannot be read", capped(1, Number.NaN, morning), "block frequency-cap", "that can", capped(1, 1, morning), "allow consent-express"],
    ["a window without end", capped(1, Number.POSITIVE_INFINITY, morning), "block frequency-cap", "with one", capped(1, 1, morning), "allow consent-express"],
    ["about an order it binds too", capped(1, 24, morning, { campaign: { kind: "transactional" } }), "defer frequency-cap until 2026-11-24T08:00:00Z", "two a day", capped(2, 24, morning, { campaign: { kind: "transactional" } }), "allow transactional"],
    ["an hour of autumn more is an hour elapsed", capped(1, 24, ["2026-10-24T12:00:00Z"], { now: "2026-10-25T11:30:00Z" }), "defer frequency-cap until 2026-10-25T12:00:00Z", "at noon UTC", capped(1, 24, ["2026-10-24T12:00:00Z"], { now: "2026-10-25T12:00:00Z" }), "allow consent-express"],
    ["a cap and closed hours: when both are past", call("GB", { attempts: ["2026-11-23T21:30:00Z"], now: "2026-11-23T22:00:00Z", campaign: { frequencyCap: { max: 1, windowHours: 12 } } }), "defer frequency-cap until 2026-11-24T09:30:00Z", "the hours alone", call("GB", { now: "2026-11-23T22:00:00Z" }), "defer quiet-hours until 2026-11-24T08:00:00Z"],
    ["a cap that ends at night: the next morning", call("GB", { attempts: ["2026-11-23T09:00:00Z"], campaign: { frequencyCap: { max: 1, windowHours: 14 } } }), "defer frequency-cap until 2026-11-24T08:00:00Z", "that ends in the evening", call("GB", { attempts: ["2026-11-23T09:00:00Z"], campaign: { frequencyCap: { max: 1, windowHours: 10 } } }), "defer frequency-cap until 2026-11-23T19:00:00Z"],
  ]);
});

describe("a wait that cannot end in an allow is a block now", () => {
  const tonight = "2026-11-23T22:00:00Z";
  const relatedTo = (lastPurchaseAt: string) =>
    call("GB", { ...yesToCalls(), now: tonight, relationship: { lastPurchaseAt } });
  const lapses = (expiresAt: string) => call("DE", { ...yesToCalls({ expiresAt }), now: tonight });
  const bought = (lastPurchaseAt: string) =>
    email("CA-ON", {
      relationship: { lastPurchaseAt, collectedBy: "acme" },
      now: "2026-11-23T20:00:00Z",
      attempts: ["2026-11-23T15:00:00Z"],
      campaign: { frequencyCap: { max: 1, windowHours: 24 } },
    });
  const dnc = (listAsOf: string) =>
    call("US-NY", { now: "2026-11-24T04:00:00Z", registries: [copy("US-NDNCR", { listAsOf })] });
  // biome-ignore format: one case a line
  answers([
    ["consent lapses before the morning", lapses("2026-11-24T06:00:00Z"), "block consent-expired", "after it", lapses("2026-11-24T07:00:01Z"), "defer quiet-hours until 2026-11-24T07:00:00Z"],
    ["it lapses at the very minute the hours open", lapses("2026-11-24T07:00:00Z"), "block consent-expired", "a second later", lapses("2026-11-24T07:00:01Z"), "defer quiet-hours until 2026-11-24T07:00:00Z"],
    ["consent is withdrawn with effect from tonight", call("DE", { ...yesToCalls({ withdrawnAt: "2026-11-24T00:00:00Z" }), now: tonight }), "block consent-withdrawn", "from tomorrow noon", call("DE", { ...yesToCalls({ withdrawnAt: "2026-11-24T11:00:00Z" }), now: tonight }), "defer quiet-hours until 2026-11-24T07:00:00Z"],
    ["the two years end before the cap does", bought("2024-11-23"), "block implied-consent-expired", "a day later", bought("2024-11-24"), "defer frequency-cap until 2026-11-24T15:00:00Z"],
    ["a list that is current when asked is fetched anew by the morning", dnc("2026-10-24T05:00:00Z"), "defer quiet-hours until 2026-11-24T13:00:00Z", "stale when asked", dnc("2026-10-24T03:00:00Z"), "block dnc-registry-stale"],
    ["restricted from midnight", call("GB", { ...relatedTo("2026-10-01").facts, now: tonight, restrictedSince: "2026-11-24" } as never), "block processing-restricted", "not restricted", relatedTo("2026-10-01"), "defer quiet-hours until 2026-11-24T08:00:00Z"],
    ["zones that are never open together", call("FR", { ...yesToCalls(), tzCandidates: ["Europe/Paris", "Pacific/Auckland"], now: tonight }), "block quiet-hours", "zones that are", call("FR", { ...yesToCalls(), tzCandidates: ["Europe/Paris", "Indian/Reunion"], now: tonight }), "defer quiet-hours until 2026-11-24T10:00:00Z"],
  ]);

  test("a campaign that ends before the wait does is a block now", () => {
    const night = call("GB", { now: tonight });
    expect(settle(night, "2026-11-24T08:00:00Z")).toMatchObject({
      verdict: "block",
      reason: "quiet-hours",
      failing: ["quiet-hours"],
    });
    expect(settle(night, "2026-11-24T08:00:01Z")).toMatchObject({
      verdict: "defer",
      until: "2026-11-24T08:00:00Z",
    });
  });
});
