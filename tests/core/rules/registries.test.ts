import { describe, expect, test } from "vitest";
import { REGISTRIES } from "#core/rules/do-not-call-lists";
import { answers, type Change, call, copy, listed, NOW, PLACES, signed, yesToCalls } from "../question.ts";

const OPT_OUT = "allow opt-out-regime";
const ALLOWED = "allow consent-express";
const STALE = "block dnc-registry-stale";
const LISTED = "block dnc-registry-listed";
const asOf = (id: string, listAsOf: string) => ({ registries: [copy(id, { listAsOf })] });
const agreed = yesToCalls({ givenAt: "2026-02-01T09:05:00Z" });
const business = { party: "business" } as const;
const sydney = { now: "2026-11-24T00:00:00Z" };

describe("a copy of the list is current, or it is none", () => {
  // biome-ignore format: one case a line
  answers([
    ["US: 31 days", call("US-NY", asOf("US-NDNCR", "2026-10-23T15:00:00Z")), OPT_OUT, "a second more", call("US-NY", asOf("US-NDNCR", "2026-10-23T14:59:59Z")), STALE],
    ["UK: 28 days", call("GB", asOf("GB-TPS", "2026-10-26T15:00:00Z")), OPT_OUT, "a second more", call("GB", asOf("GB-TPS", "2026-10-26T14:59:59Z")), STALE],
    ["Italy: 15 days", call("IT", asOf("IT-RPO", "2026-11-08T15:00:00Z")), OPT_OUT, "a second more", call("IT", asOf("IT-RPO", "2026-11-08T14:59:59Z")), STALE],
    ["Spain: 30 days", call("ES", { ...agreed, ...asOf("ES-ROBINSON", "2026-10-24T15:00:00Z") }), ALLOWED, "a second more", call("ES", { ...agreed, ...asOf("ES-ROBINSON", "2026-10-24T14:59:59Z") }), STALE],
    ["Canada: 31 days", call("CA-ON", asOf("CA-NDNCL", "2026-10-23T15:00:00Z")), OPT_OUT, "a second more", call("CA-ON", asOf("CA-NDNCL", "2026-10-23T14:59:59Z")), STALE],
    ["Australia: 30 days", call("AU", { ...sydney, ...asOf("AU-DNCR", "2026-10-25T00:00:00Z") }), OPT_OUT, "a second more", call("AU", { ...sydney, ...asOf("AU-DNCR", "2026-10-24T23:59:59Z") }), STALE],
    ["Singapore: 21 days", call("SG", { ...agreed, now: "2026-11-24T03:00:00Z", ...asOf("SG-DNC", "2026-11-03T03:00:00Z") }), ALLOWED, "a second more", call("SG", { ...agreed, now: "2026-11-24T03:00:00Z", ...asOf("SG-DNC", "2026-11-03T02:59:59Z") }), STALE],
    ["Brazil, telecom: one day", call("BR", { ...agreed, ...asOf("BR-NAO-ME-PERTURBE", "2026-11-22T15:00:00Z"), campaign: { sector: "telecom" } }), ALLOWED, "a second more", call("BR", { ...agreed, ...asOf("BR-NAO-ME-PERTURBE", "2026-11-22T14:59:59Z"), campaign: { sector: "telecom" } }), STALE],
    ["Brazil, payroll credit without a copy", call("BR", { ...agreed, campaign: { sector: "payroll-credit" } }), STALE, "shoes need none", call("BR", { ...agreed, campaign: { sector: "shoes" } }), ALLOWED],
    ["France before 11 August 2026 without a copy", call("FR", { now: "2026-08-10T12:00:00Z" }), STALE, "with one", call("FR", { now: "2026-08-10T12:00:00Z", ...asOf("FR-BLOCTEL", "2026-07-11T12:00:00Z") }), OPT_OUT],
    ["France before, a copy of 30 days and a second", call("FR", { now: "2026-08-10T12:00:00Z", ...asOf("FR-BLOCTEL", "2026-07-11T11:59:59Z") }), STALE, "30 days", call("FR", { now: "2026-08-10T12:00:00Z", ...asOf("FR-BLOCTEL", "2026-07-11T12:00:00Z") }), OPT_OUT],
    ["France before, about a contract", call("FR", { now: "2026-08-10T12:00:00Z", campaign: { relatedToContract: true } }), OPT_OUT, "about something else", call("FR", { now: "2026-08-10T12:00:00Z" }), STALE],
    ["France, in the instant the list ends: nothing but the hour", call("FR", { ...agreed, now: "2026-08-10T22:00:00Z", registries: [] }), "defer quiet-hours until 2026-08-11T08:00:00Z", "a second before", call("FR", { ...agreed, now: "2026-08-10T21:59:59Z", registries: [] }), STALE],
    ["an old copy of a list nobody need ask, without the number", call("GB", { registries: [copy("GB-TPS"), copy("GB-CTPS", { listAsOf: "2026-01-01" })] }), OPT_OUT, "with it", call("GB", { registries: [copy("GB-TPS"), copy("GB-CTPS", { listAsOf: "2026-01-01", listed: true })] }), STALE],
    ["no copy at all", call("US-NY", { registries: [] }), STALE, "one", call("US-NY"), OPT_OUT],
    ["no copy, an order", call("US-NY", { registries: [], campaign: { kind: "transactional" } }), "allow transactional", "an offer", call("US-NY", { registries: [] }), STALE],
    ["consent does not make up for a stale copy", call("GB", { ...agreed, ...asOf("GB-TPS", "2026-10-01") }), STALE, "a current one", call("GB", agreed), ALLOWED],
    ["freshness comes before the entry", call("US-NY", listed("US-NDNCR", { listAsOf: "2026-10-01" })), STALE, "a current copy", call("US-NY", listed("US-NDNCR")), LISTED],
    ["two copies, one of them stale", call("US-NY", { registries: [copy("US-NDNCR"), copy("US-NDNCR", { listAsOf: "2026-01-01" })] }), STALE, "both current", call("US-NY", { registries: [copy("US-NDNCR"), copy("US-NDNCR")] }), OPT_OUT],
    ["a copy dated two days ahead is of no known age", call("US-NY", asOf("US-NDNCR", "2026-11-25T15:00:00Z")), STALE, "tomorrow's date in another zone", call("US-NY", asOf("US-NDNCR", "2026-11-24T15:00:00Z")), OPT_OUT],
    ["UK companies are on another list", call("GB", business), STALE, "a copy of it", call("GB", { ...business, registries: [copy("GB-CTPS")] }), OPT_OUT],
    ["UK sole traders are on the list of individuals", call("GB", { party: "sole-trader" }), OPT_OUT, "where the policy takes them for companies", call("GB", { party: "sole-trader", policy: { soleTradersAreConsumers: false } }), STALE],
    ["Canadian companies are on no list", call("CA-ON", { ...business, registries: [] }), OPT_OUT, "consumers are", call("CA-ON", { registries: [] }), STALE],
    ["a German number of somebody in Spain: only Spain has a list", call("ES", { ...agreed, contactPoint: "+4930123456" }), ALLOWED, "without it", call("ES", { ...agreed, contactPoint: "+4930123456", registries: [] }), STALE],
    ["a UK number of somebody in Germany: the UK list counts", call("DE", { ...agreed, contactPoint: "+442079460000" }), STALE, "with a copy", call("DE", { ...agreed, contactPoint: "+442079460000", registries: [copy("GB-TPS")] }), ALLOWED],
  ]);
});

describe("an entry binds at once, and each law says what beats it", () => {
  const wet = signed("US-NY");
  const us = (change: Change) => call("US-NY", { ...listed("US-NDNCR"), ...change });
  const rpo = (listedAt: string | undefined, change: Change = agreed) =>
    call("IT", {
      ...change,
      registries: [copy("IT-RPO", { listed: true, ...(listedAt === undefined ? {} : { listedAt }) })],
    });
  // biome-ignore format: one case a line
  answers([
    ["US: listed", us({}), LISTED, "signed permission", us(wet), ALLOWED],
    ["US: consent that is not signed", us(agreed), LISTED, "not listed", call("US-NY", agreed), ALLOWED],
    ["US: signed, but not in writing", us(signed("US-NY", { type: "express" }, { method: "web-form", noticeVersion: "1", noticeHash: "h" })), LISTED, "in writing", us(wet), ALLOWED],
    ["US: a newer unsigned consent does not hide the signed one", us({ consents: [...(wet.consents ?? []), ...(agreed.consents ?? [])] }), ALLOWED, "alone it is not enough", us(agreed), LISTED],
    ["US: listed today", call("US-NY", listed("US-NDNCR", { listedAt: NOW })), LISTED, "not listed", call("US-NY"), OPT_OUT],
    ["UK: told this caller that calls are welcome", call("GB", { ...agreed, ...listed("GB-TPS") }), ALLOWED, "told nobody", call("GB", listed("GB-TPS")), LISTED],
    ["UK: an agreement that has lapsed tells nobody that calls are welcome", call("GB", { ...yesToCalls({ expiresAt: "2026-11-01T00:00:00Z" }), ...listed("GB-TPS") }), LISTED, "not listed", call("GB", yesToCalls({ expiresAt: "2026-11-01T00:00:00Z" })), OPT_OUT],
    ["UK: a company on its own list", call("GB", { ...business, ...listed("GB-CTPS") }), LISTED, "that agreed", call("GB", { ...business, ...agreed, ...listed("GB-CTPS") }), ALLOWED],
    ["UK: an entry on the list of companies that was not asked for is heeded", call("GB", { registries: [copy("GB-TPS"), copy("GB-CTPS", { listed: true })] }), LISTED, "not listed there", call("GB", { registries: [copy("GB-TPS"), copy("GB-CTPS")] }), OPT_OUT],
    ["Italy: registered after the consent", rpo("2026-03-01"), "block rpo-overrides-consent", "before it", rpo("2026-01-01"), ALLOWED],
    ["Italy: registered at the moment of the consent", rpo("2026-02-01T09:05:00Z"), "block rpo-overrides-consent", "a second before", rpo("2026-02-01T09:04:59Z"), ALLOWED],
    ["Italy: nobody knows when", rpo(undefined), "block rpo-overrides-consent", "before the consent", rpo("2026-01-01"), ALLOWED],
    ["Italy: registered, never agreed", rpo("2026-01-01", {}), LISTED, "a contract runs", rpo("2026-01-01", { relationship: { contractInForce: true } }), OPT_OUT],
    ["Italy: a contract that runs beats a later entry", rpo("2026-03-01", { ...agreed, relationship: { contractInForce: true } }), ALLOWED, "no contract", rpo("2026-03-01"), "block rpo-overrides-consent"],
    ["Spain: consent to this company", call("ES", { ...agreed, ...listed("ES-ROBINSON") }), ALLOWED, "to another", call("ES", { ...yesToCalls({ controller: "other" }), ...listed("ES-ROBINSON") }), "block consent-controller-mismatch"],
    ["Canada: listed", call("CA-ON", listed("CA-NDNCL")), LISTED, "express consent", call("CA-ON", { ...agreed, ...listed("CA-NDNCL") }), ALLOWED],
    ["Canada: a company that is listed", call("CA-ON", { ...business, ...listed("CA-NDNCL") }), OPT_OUT, "a consumer", call("CA-ON", listed("CA-NDNCL")), LISTED],
    ["Australia: listed", call("AU", { ...sydney, ...listed("AU-DNCR") }), LISTED, "consent", call("AU", { ...sydney, ...agreed, ...listed("AU-DNCR") }), ALLOWED],
    ["Singapore: listed, but agreed clearly", call("SG", { ...agreed, now: "2026-11-24T03:00:00Z", ...listed("SG-DNC") }), ALLOWED, "never agreed", call("SG", { now: "2026-11-24T03:00:00Z", ...listed("SG-DNC") }), "block consent-missing"],
    ["France before: listed", call("FR", { now: "2026-08-10T12:00:00Z", ...listed("FR-BLOCTEL", { listAsOf: "2026-08-01" }) }), LISTED, "a customer whose contract runs", call("FR", { now: "2026-08-10T12:00:00Z", relationship: { contractInForce: true }, ...listed("FR-BLOCTEL", { listAsOf: "2026-08-01" }) }), OPT_OUT],
    ["France since: the old list is nothing", call("FR", { ...agreed, ...listed("FR-BLOCTEL"), now: "2026-11-23T14:00:00Z" }), ALLOWED, "consent is all", call("FR", { ...listed("FR-BLOCTEL"), now: "2026-11-23T14:00:00Z" }), "block consent-missing"],
    ["listed, an order", call("US-NY", { ...listed("US-NDNCR"), campaign: { kind: "transactional" } }), "allow transactional", "an offer", us({}), LISTED],
    ["an entry on the list of another country", call("US-NY", { registries: [copy("US-NDNCR"), copy("GB-TPS", { listed: true })] }), OPT_OUT, "of this one", us({}), LISTED],
    ["the owner of a listed number signed a permission", call("US-NY", { ...listed("US-NDNCR"), ...wet }), ALLOWED, "without permission", us({}), LISTED],
  ]);
});

describe("state lists bind where the policy asks for them", () => {
  const asks = { policy: { requiresStateDoNotCallLists: true } } as const;
  const noon = { now: "2026-11-23T18:00:00Z", tzCandidates: ["America/Chicago"] };
  const stateCall = (state: string, ...more: ReturnType<typeof copy>[]) =>
    call(`US-${state}`, {
      ...asks,
      ...noon,
      contactPoint: "+18005550100",
      registries: [copy("US-NDNCR"), ...more],
    });
  const texan = (...more: ReturnType<typeof copy>[]) =>
    call("US-TX", { ...asks, now: "2026-11-23T18:00:00Z", registries: [copy("US-NDNCR"), ...more] });
  // biome-ignore format: one case a line
  answers([
    ["Texas without the state's copy", texan(), STALE, "where the policy does not ask", call("US-TX", { now: "2026-11-23T18:00:00Z" }), OPT_OUT],
    ["Texas with it", texan(copy("US-TX-DNC")), OPT_OUT, "with an old one", texan(copy("US-TX-DNC", { listAsOf: "2026-10-01" })), STALE],
    ["listed in Texas", texan(copy("US-TX-DNC", { listed: true })), LISTED, "not listed", texan(copy("US-TX-DNC")), OPT_OUT],
    ...["AL", "CO", "FL", "IN", "KY", "LA", "MA", "MO", "MS", "OK", "PA", "TN", "TX", "WY"].map((state) => [`the list of ${state}`, stateCall(state), STALE, "with a copy", stateCall(state, copy(`US-${state}-DNC`)), OPT_OUT] as const),
    ["a listed copy of a state's list 31 days old", texan(copy("US-TX-DNC", { listed: true, listAsOf: "2026-10-23T18:00:00Z" })), LISTED, "a second older", texan(copy("US-TX-DNC", { listed: true, listAsOf: "2026-10-23T17:59:59Z" })), STALE],
    ["New York has no list of its own", call("US-NY", asks), OPT_OUT, "Pennsylvania has", call("US-PA", asks), STALE],
    ["Colorado by number, New York by address", call("US-NY", { ...asks, contactPoint: "+13035550100" }), STALE, "both in New York", call("US-NY", { ...asks, contactPoint: PLACES["US-NY"]?.[0] ?? "" }), OPT_OUT],
  ]);
});

test("every list says which law or policy asks for it", () => {
  expect(REGISTRIES).toHaveLength(10);
  expect(REGISTRIES.filter(({ citation }) => !/[A-Z]{2}|Act|policy|conso/.test(citation))).toEqual([]);
});
