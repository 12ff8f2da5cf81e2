import { describe, expect, test } from "vitest";
import { decide } from "#core/decide";
import { answers, at, call, copy, signed, yesToCalls } from "../question.ts";

const OPT_OUT = "allow opt-out-regime";
const ALLOWED = "allow consent-express";
const until = (instant: string) => `defer quiet-hours until ${instant}`;
const ny = (local: string) => at("America/New_York", local);
const chicago = (local: string) => at("America/Chicago", local);
const paris = (local: string) => at("Europe/Paris", local);
const agreed = yesToCalls();

describe("open on every clock the person may live by, under every law that may apply", () => {
  const florida = { tzCandidates: ["America/New_York", "America/Chicago"] };
  // biome-ignore format: one case a line
  answers([
    ["a Florida number may be in either zone, at 8 in New York", call("US-FL", { ...florida, now: ny("2026-11-24T08:30") }), until("2026-11-24T14:00:00Z"), "with New York alone", call("US-FL", { now: ny("2026-11-24T08:30") }), OPT_OUT],
    ["at 8 in the evening in New York", call("US-FL", { ...florida, now: ny("2026-11-24T20:00") }), until("2026-11-25T14:00:00Z"), "a minute before", call("US-FL", { ...florida, now: ny("2026-11-24T19:59") }), OPT_OUT],
    ["an Arizona number, with and without summer time", call("US-AZ", { contactPoint: "+19285550100", registries: [copy("US-NDNCR", { listAsOf: "2026-06-20" })], tzCandidates: ["America/Phoenix", "America/Denver"], now: "2026-07-01T14:30:00Z" }), until("2026-07-01T15:00:00Z"), "in winter both are one", call("US-AZ", { contactPoint: "+19285550100", registries: [copy("US-NDNCR")], tzCandidates: ["America/Phoenix", "America/Denver"], now: "2026-12-01T15:00:00Z" }), OPT_OUT],
    ["an address in New York and a Texan number, on a Sunday morning", call("US-NY", { contactPoint: "+12145550100", now: ny("2026-11-29T10:00") }), until(ny("2026-11-29T12:00")), "a number of New York", call("US-NY", { now: ny("2026-11-29T10:00") }), OPT_OUT],
    ["an address in Germany and a French number, at lunch", call("DE", { ...agreed, contactPoint: "+33142000000", now: paris("2026-11-24T13:30") }), until(paris("2026-11-24T14:00")), "a German number", call("DE", { ...agreed, now: paris("2026-11-24T13:30") }), ALLOWED],
    ["no state was given, but the number is Kentuckian", call("US", { contactPoint: "+15025550100", now: ny("2026-11-24T09:30") }), until(ny("2026-11-24T10:00")), "a number of New York", call("US", { contactPoint: "+12125550100", now: ny("2026-11-24T09:30") }), OPT_OUT],
    ["no state, and the number tells none, at 18:00", call("US", { now: ny("2026-11-24T18:00") }), until(ny("2026-11-25T10:00")), "the number is of New York", call("US", { contactPoint: "+12125550100", now: ny("2026-11-24T18:00") }), OPT_OUT],
    ["a state that does not exist is not known", call("US-XX", { contactPoint: "+18005550100", tzCandidates: ["America/New_York"], registries: [copy("US-NDNCR")], now: ny("2026-11-24T09:00") }), until(ny("2026-11-24T10:00")), "New York is", call("US-NY", { contactPoint: "+18005550100", now: ny("2026-11-24T09:00") }), OPT_OUT],
    ["no province was given, but the number is of British Columbia, on a holiday", call("CA", { contactPoint: "+16045550100", tzCandidates: ["America/Vancouver"], registries: [copy("CA-NDNCL")], holidays: ["2026-11-24"], now: "2026-11-24T20:00:00Z" }), until(at("America/Vancouver", "2026-11-25T09:00")), "a number of Ontario", call("CA", { contactPoint: "+14165550100", tzCandidates: ["America/Vancouver"], registries: [copy("CA-NDNCL")], holidays: ["2026-11-24"], now: "2026-11-24T20:00:00Z" }), OPT_OUT],
    ["a zone that does not exist", call("GB", { tzCandidates: ["Europe/Atlantis"] }), "block rule-error", "that does", call("GB"), OPT_OUT],
    ["about an order, at night", call("GB", { now: "2026-11-24T03:00:00Z", campaign: { kind: "transactional" } }), "allow transactional", "an offer", call("GB", { now: "2026-11-24T03:00:00Z" }), until("2026-11-24T08:00:00Z")],
    ["Newfoundland, half an hour off", call("CA-NL", { contactPoint: "+17095550100", tzCandidates: ["America/St_Johns"], registries: [copy("CA-NDNCL")], now: "2026-11-24T12:29:59Z" }), until("2026-11-24T12:30:00Z"), "at nine there", call("CA-NL", { contactPoint: "+17095550100", tzCandidates: ["America/St_Johns"], registries: [copy("CA-NDNCL")], now: "2026-11-24T12:30:00Z" }), OPT_OUT],
  ]);
});

describe("when the clocks change", () => {
  const us = (now: string, listAsOf = now.slice(0, 10)) =>
    call("US-NY", { now, registries: [copy("US-NDNCR", { listAsOf })] });
  const french = (now: string, change: Parameters<typeof call>[1] = {}) =>
    call("FR", { ...agreed, ...change, now });
  // biome-ignore format: one case a line
  answers([
    ["the night the US clocks go back is an hour longer", us("2026-11-01T02:00:00Z"), until("2026-11-01T13:00:00Z"), "the night before", us("2026-10-31T02:00:00Z"), until("2026-10-31T12:00:00Z")],
    ["the night they go forward is an hour shorter", us("2027-03-14T02:30:00Z"), until("2027-03-14T12:00:00Z"), "the night before", us("2027-03-13T02:30:00Z"), until("2027-03-13T13:00:00Z")],
    ["the French weekend on which the clocks go back", french("2026-10-24T09:00:00Z"), until("2026-10-26T09:00:00Z"), "a weekend before", french("2026-10-17T09:00:00Z"), until("2026-10-19T08:00:00Z")],
    ["the weekend on which they go forward", french("2027-03-27T09:00:00Z"), until("2027-03-29T08:00:00Z"), "a weekend before", french("2027-03-20T09:00:00Z"), until("2027-03-22T09:00:00Z")],
    ["Mississippi follows standard time all summer", call("US-MS", { now: "2026-07-01T13:30:00Z", registries: [copy("US-NDNCR", { listAsOf: "2026-06-20" })] }), until("2026-07-01T14:00:00Z"), "where the policy reads the local clock", call("US-MS", { now: "2026-07-01T13:30:00Z", registries: [copy("US-NDNCR", { listAsOf: "2026-06-20" })], policy: { mississippiStandardTime: false } }), OPT_OUT],
    ["and in the evening the local clock closes first", call("US-MS", { now: "2026-07-02T01:00:00Z", registries: [copy("US-NDNCR", { listAsOf: "2026-06-20" })] }), until("2026-07-02T14:00:00Z"), "a minute before", call("US-MS", { now: "2026-07-02T00:59:00Z", registries: [copy("US-NDNCR", { listAsOf: "2026-06-20" })] }), OPT_OUT],
    ["Mississippi in winter: both clocks are one", call("US-MS", { now: "2026-11-24T14:00:00Z" }), OPT_OUT, "a minute before", call("US-MS", { now: "2026-11-24T13:59:00Z" }), until("2026-11-24T14:00:00Z")],
  ]);
});

describe("overseas France keeps French hours on its own clock", () => {
  const reunion = { ...agreed, contactPoint: "+262262123456", tzCandidates: ["Indian/Reunion"] };
  const guadeloupe = { ...agreed, contactPoint: "+590590123456", tzCandidates: ["America/Guadeloupe"] };
  // biome-ignore format: one case a line
  answers([
    ["La Réunion at nine in the morning there", call("RE", { ...reunion, now: at("Indian/Reunion", "2026-11-24T09:00") }), until(at("Indian/Reunion", "2026-11-24T10:00")), "at ten", call("RE", { ...reunion, now: at("Indian/Reunion", "2026-11-24T10:00") }), ALLOWED],
    ["Guadeloupe at lunch", call("GP", { ...guadeloupe, now: at("America/Guadeloupe", "2026-11-24T13:00") }), until(at("America/Guadeloupe", "2026-11-24T14:00")), "at two", call("GP", { ...guadeloupe, now: at("America/Guadeloupe", "2026-11-24T14:00") }), ALLOWED],
    ["France by address, with a number of La Réunion", call("FR", { ...reunion, tzCandidates: ["Europe/Paris", "Indian/Reunion"], now: paris("2026-11-24T17:00") }), until(paris("2026-11-25T11:00")), "at eleven in Paris, two in La Réunion", call("FR", { ...reunion, tzCandidates: ["Europe/Paris", "Indian/Reunion"], now: paris("2026-11-24T11:00") }), ALLOWED],
    ["La Réunion as a region of France", call("FR-RE", { ...reunion, now: at("Indian/Reunion", "2026-11-28T11:00") }), until(at("Indian/Reunion", "2026-11-30T10:00")), "on a weekday", call("FR-RE", { ...reunion, now: at("Indian/Reunion", "2026-11-27T11:00") }), ALLOWED],
    ["Puerto Rico, at half past eight in the evening", call("PR", { contactPoint: "+17875550100", tzCandidates: ["America/Puerto_Rico"], registries: [copy("US-NDNCR")], now: "2026-11-25T00:30:00Z" }), OPT_OUT, "at nine", call("PR", { contactPoint: "+17875550100", tzCandidates: ["America/Puerto_Rico"], registries: [copy("US-NDNCR")], now: "2026-11-25T01:00:00Z" }), until("2026-11-25T12:00:00Z")],
  ]);
});

describe("a law that changes, and days before holidays", () => {
  const pa = (local: string) => call("US-PA", { now: ny(local) });
  const rome = (local: string, holidays: string[]) => call("IT", { now: at("Europe/Rome", local), holidays });
  // biome-ignore format: one case a line
  answers([
    ["Pennsylvania on 17 October 2026, in the evening", pa("2026-10-17T19:30"), OPT_OUT, "on the 18th, a Sunday, nobody is called", pa("2026-10-18T12:00"), until(ny("2026-10-19T09:00"))],
    ["on the night the law changes one waits for the new hours", pa("2026-10-17T22:00"), until(ny("2026-10-19T09:00")), "a week before for the old ones", pa("2026-10-10T22:00"), until(ny("2026-10-11T08:00"))],
    ["Pennsylvania since, where rows of low confidence are left out", call("US-PA", { now: ny("2026-11-24T20:00"), policy: { appliesLowConfidenceHours: false } }), OPT_OUT, "where they bind", pa("2026-11-24T20:00"), until(ny("2026-11-25T09:00"))],
    ["Rhode Island's row is of medium confidence, and binds anyway", call("US-RI", { now: ny("2026-11-24T19:00"), policy: { appliesLowConfidenceHours: false } }), until(ny("2026-11-25T09:00")), "in its hours", call("US-RI", { now: ny("2026-11-24T17:00"), policy: { appliesLowConfidenceHours: false } }), OPT_OUT],
    ["Maine, recorded, where rows of low confidence are left out", call("US-ME", { ...signed("US-ME"), reassignment: { db: "FCC", answer: "no", queriedAt: "2026-11-20T00:00:00Z", consentDate: "2025-11-24" }, now: ny("2026-11-28T18:00"), policy: { appliesLowConfidenceHours: false }, campaign: { mode: "prerecorded" } }), ALLOWED, "where they bind", call("US-ME", { ...signed("US-ME"), reassignment: { db: "FCC", answer: "no", queriedAt: "2026-11-20T00:00:00Z", consentDate: "2025-11-24" }, now: ny("2026-11-28T18:00"), campaign: { mode: "prerecorded" } }), until(ny("2026-11-30T09:00"))],
    ["Italy on the day before a holiday, at nine", rome("2026-12-07T09:00", ["2026-12-08"]), until(at("Europe/Rome", "2026-12-07T10:00")), "on another day", rome("2026-12-07T09:00", ["2026-12-09"]), OPT_OUT],
    ["on the day before a holiday, at seven in the evening", rome("2026-12-07T19:00", ["2026-12-08"]), until(at("Europe/Rome", "2026-12-09T09:00")), "a minute before", rome("2026-12-07T18:59", ["2026-12-08"]), OPT_OUT],
    ["the day before 1 January", rome("2026-12-31T09:30", ["2027-01-01"]), until(at("Europe/Rome", "2026-12-31T10:00")), "without a holiday", rome("2026-12-31T09:30", []), OPT_OUT],
    ["Germany has no such rule", call("DE", { ...agreed, now: at("Europe/Berlin", "2026-12-24T08:00"), holidays: ["2026-12-25"] }), ALLOWED, "the holiday itself", call("DE", { ...agreed, now: at("Europe/Berlin", "2026-12-25T08:00"), holidays: ["2026-12-25"] }), until(at("Europe/Berlin", "2026-12-26T10:00"))],
    ["Christmas in Spain: two holidays and a weekend", call("ES", { ...agreed, now: at("Europe/Madrid", "2026-12-24T21:00"), holidays: ["2026-12-25"] }), until(at("Europe/Madrid", "2026-12-28T09:00")), "the minute before", call("ES", { ...agreed, now: at("Europe/Madrid", "2026-12-24T20:59"), holidays: ["2026-12-25"] }), ALLOWED],
    ["a UK holiday opens at nine", call("GB", { now: "2026-12-28T08:30:00Z", holidays: ["2026-12-28"] }), until("2026-12-28T09:00:00Z"), "another Monday at eight", call("GB", { now: "2026-12-28T08:30:00Z" }), OPT_OUT],
    ["Australia Day", call("AU", { now: "2027-01-26T00:00:00Z", holidays: ["2027-01-26"] }), until("2027-01-26T22:00:00Z"), "the day before", call("AU", { now: "2027-01-25T00:00:00Z", holidays: ["2027-01-26"] }), OPT_OUT],
    ["a holiday named by an instant of that day", call("ES", { ...agreed, now: at("Europe/Madrid", "2026-11-24T12:00"), holidays: ["2026-11-24T00:00:00Z"] }), until(at("Europe/Madrid", "2026-11-25T09:00")), "of another", call("ES", { ...agreed, now: at("Europe/Madrid", "2026-11-24T12:00"), holidays: ["2026-11-25T00:00:00Z"] }), ALLOWED],
    ["a Louisiana Sunday", call("US-LA", { now: chicago("2026-11-29T11:00") }), until(chicago("2026-11-30T08:00")), "a Saturday", call("US-LA", { now: chicago("2026-11-28T11:00") }), OPT_OUT],
  ]);
});

test("where no clock is known the hours are never open, which is no error", () => {
  for (const tzCandidates of [undefined, []])
    expect(decide(call("GB", { tzCandidates: tzCandidates as never }))).toMatchObject({
      verdict: "block",
      failing: ["jurisdiction-unresolved", "quiet-hours"],
    });
});
