import { describe } from "vitest";
import type { Facts } from "#core/facts";
import { answers, call, copy, email, yes, yesToCalls } from "../question.ts";

const OPT_OUT = "allow opt-out-regime";
const ALLOWED = "allow consent-express";
const order = { kind: "transactional" } as const;

describe("a call shows a number to call back, and has a script", () => {
  const NO_NUMBER = "block caller-id-missing";
  const NO_SCRIPT = "block script-missing";
  const shown = (place: string, callerId: string, change: Parameters<typeof call>[1] = {}) =>
    call(place, { call: { callerId, scriptVersion: "s1" }, ...change });
  const noon = { now: "2026-11-23T11:00:00Z" };
  // biome-ignore format: one case a line
  answers([
    ["no number", shown("US-NY", ""), NO_NUMBER, "one", shown("US-NY", "+12125550199"), OPT_OUT],
    ["a word instead of a number", shown("GB", "Acme"), NO_NUMBER, "a number", shown("GB", "+442079460001"), OPT_OUT],
    ["the call was not asked about", call("GB"), OPT_OUT, "it was, and nothing is known of it", call("GB", { call: {} }), NO_NUMBER],
    ["India: a promotional call from an ordinary number", shown("IN", "+911234567890", { ...yesToCalls(), ...noon }), NO_NUMBER, "from the 140 series", shown("IN", "+911401234567", { ...yesToCalls(), ...noon }), ALLOWED],
    ["India: about an order from an ordinary number", shown("IN", "+911234567890", { ...noon, campaign: order }), "allow transactional", "about an offer", shown("IN", "+911234567890", { ...yesToCalls(), ...noon }), NO_NUMBER],
    ["Spain: without the commercial prefix", shown("ES", "+34910000001", yesToCalls()), ALLOWED, "where the policy asks for it", shown("ES", "+34910000001", { ...yesToCalls(), policy: { spanishCommercialPrefix: true } }), NO_NUMBER],
    ["Spain: with the commercial prefix", shown("ES", "+34400000001", { ...yesToCalls(), policy: { spanishCommercialPrefix: true } }), ALLOWED, "without it", shown("ES", "+34910000001", { ...yesToCalls(), policy: { spanishCommercialPrefix: true } }), NO_NUMBER],
    ["the UK needs no Spanish prefix", shown("GB", "+442079460001", { policy: { spanishCommercialPrefix: true } }), OPT_OUT, "Spain does", shown("ES", "+442079460001", { ...yesToCalls(), policy: { spanishCommercialPrefix: true } }), NO_NUMBER],
    ["no script", call("US-NY", { call: { callerId: "+12125550199" } }), NO_SCRIPT, "one", shown("US-NY", "+12125550199"), OPT_OUT],
    ["a blank script", call("FR", { ...yesToCalls(), ...noon, call: { callerId: "+33142000001", scriptVersion: " " } }), NO_SCRIPT, "one", shown("FR", "+33142000001", { ...yesToCalls(), ...noon }), ALLOWED],
  ]);
});

describe("people in the EU are told that a machine speaks", () => {
  const UNTOLD = "block script-missing";
  const named = yesToCalls({
    proof: { noticeHash: "h", noticeVersion: "1", statementShown: "automated calls", method: "web-form" },
  });
  const spoken = (place: string, voice: object, change: Parameters<typeof call>[1] = {}) =>
    call(place, { ...named, call: { callerId: "+4930123457", scriptVersion: "s1", ...voice }, ...change });
  const recorded = { campaign: { mode: "prerecorded" } } as const;
  const dialled = { campaign: { mode: "predictive", abandonedRate30d: 0 } } as const;
  // biome-ignore format: one case a line
  answers([
    ["a machine's voice, and the script is silent", spoken("DE", { artificialVoice: true }), UNTOLD, "it says so", spoken("DE", { artificialVoice: true, disclosesArtificialVoice: true }), ALLOWED],
    ["a machine's voice, and the script does not say so", spoken("DE", { artificialVoice: true, disclosesArtificialVoice: false }), UNTOLD, "a person's", spoken("DE", { artificialVoice: false }), ALLOWED],
    ["a person dials", spoken("DE", {}), ALLOWED, "a recording, of which nobody said whose voice it is", spoken("DE", {}, recorded), UNTOLD],
    ["a recording of a person", spoken("DE", { artificialVoice: false }, recorded), ALLOWED, "of a machine", spoken("DE", { artificialVoice: true }, recorded), UNTOLD],
    ["a dialler that connects a person", spoken("DE", {}, dialled), ALLOWED, "a machine", spoken("DE", { artificialVoice: true }, dialled), UNTOLD],
    ["a machine in the UK", spoken("GB", { artificialVoice: true }), ALLOWED, "in Austria", spoken("AT", { artificialVoice: true }), UNTOLD],
    ["a UK address and an Austrian number", spoken("GB", { artificialVoice: true }, { contactPoint: "+4311234567" }), UNTOLD, "a UK number", spoken("GB", { artificialVoice: true }), ALLOWED],
    ["on 1 August 2026", spoken("DE", { artificialVoice: true }, { now: "2026-07-31T15:00:00Z" }), ALLOWED, "on 3 August", spoken("DE", { artificialVoice: true }, { now: "2026-08-03T15:00:00Z" }), UNTOLD],
    ["whose voice it is cannot be read", spoken("DE", { artificialVoice: "?" }), UNTOLD, "it is said to be a person's", spoken("DE", { artificialVoice: false }), ALLOWED],
    ["the call was not asked about", call("DE", named), ALLOWED, "it was", spoken("DE", { artificialVoice: true }), UNTOLD],
    ["a country nobody knows", spoken("unknown", { artificialVoice: false }), "block jurisdiction-unresolved", "Germany", spoken("DE", { artificialVoice: false }), ALLOWED],
    ["about an order: a machine says so too", spoken("DE", { artificialVoice: true }, { campaign: order }), UNTOLD, "it says so", spoken("DE", { artificialVoice: true, disclosesArtificialVoice: true }, { campaign: order }), "allow transactional"],
  ]);
});

describe("a predictive dialler hangs up on at most 3 % of the people who answer", () => {
  const TOO_MANY = "block abandonment-cap";
  const dialled = (rate: number | undefined, change: object = {}) =>
    call("US-NY", {
      ...change,
      campaign: { mode: "predictive", ...(rate === undefined ? {} : { abandonedRate30d: rate }) },
    });
  // biome-ignore format: one case a line
  answers([
    ["3 %", dialled(0.03), OPT_OUT, "3.1 %", dialled(0.031), TOO_MANY],
    ["nobody measured", dialled(undefined), TOO_MANY, "none", dialled(0), OPT_OUT],
    ["a person dials, and 10 % were abandoned before", call("US-NY", { campaign: { abandonedRate30d: 0.1 } }), OPT_OUT, "a dialler", dialled(0.1), TOO_MANY],
  ]);
});

describe("some goods may not be sold by canvassing", () => {
  const BANNED = "block sector-ban";
  const contract = { relationship: { contractInForce: true } };
  const selling = (place: string, sector: string, change: Parameters<typeof call>[1] = {}) =>
    call(place, {
      ...yesToCalls(),
      now: "2026-11-23T11:00:00Z",
      ...change,
      campaign: { sector, ...change.campaign },
    });
  const writing = (place: string, sector: string, change: Parameters<typeof email>[1] = {}) =>
    email(place, { ...yes(), ...change, campaign: { sector, ...change.campaign } });
  const energy = (now: string, facts: Partial<Facts> = {}) =>
    call("IT", {
      registries: [copy("IT-RPO", { listAsOf: "2026-06-10" })],
      ...(facts as object),
      now,
      campaign: { sector: "energy" },
    });
  // biome-ignore format: one case a line
  answers([
    ["France: home renovation by phone", selling("FR", "home-renovation"), BANNED, "shoes", selling("FR", "shoes"), ALLOWED],
    ["France: energy renovation by email", writing("FR", "energy-renovation"), BANNED, "in Belgium", writing("BE", "energy-renovation"), ALLOWED],
    ["France: home adaptation", selling("FR", "home-adaptation"), BANNED, "about a contract that runs", selling("FR", "home-adaptation", { ...contract, campaign: { relatedToContract: true } }), ALLOWED],
    ["France: a contract runs, but the offer is not about it", selling("FR", "home-renovation", contract), BANNED, "it is", selling("FR", "home-renovation", { ...contract, campaign: { relatedToContract: true } }), ALLOWED],
    ["Martinique, which is France", writing("MQ", "home-renovation"), BANNED, "Monaco is not", writing("MC", "home-renovation"), ALLOWED],
    ["France: home renovation, about an order", writing("FR", "home-renovation", { campaign: { kind: "transactional" } }), "allow transactional", "an offer", writing("FR", "home-renovation"), BANNED],
    ["a French number of somebody in Germany", selling("DE", "home-renovation", { contactPoint: "+33142000000" }), BANNED, "a German one", selling("DE", "home-renovation"), ALLOWED],
    ["Italy: energy on 19 June 2026", energy("2026-06-19T08:00:00Z"), BANNED, "on the day before", energy("2026-06-18T08:00:00Z"), OPT_OUT],
    ["Italy: gas", selling("IT", "gas", { consents: [] }), BANNED, "with specific consent", selling("IT", "gas"), ALLOWED],
    ["Italy: electricity by email on a customer relationship", writing("IT", "electricity", { consents: [], relationship: { collectedDuring: "sale", collectedBy: "acme", similarProducts: true, optOutOfferedAtCollection: true, refusedAtCollection: false } }), BANNED, "shoes", writing("IT", "shoes", { consents: [], relationship: { collectedDuring: "sale", collectedBy: "acme", similarProducts: true, optOutOfferedAtCollection: true, refusedAtCollection: false } }), "allow soft-opt-in"],
    ["Italy: energy about a contract that runs", selling("IT", "energy", { ...contract, consents: [], campaign: { relatedToContract: true } }), OPT_OUT, "about another", selling("IT", "energy", { ...contract, consents: [] }), BANNED],
    ["Italy: energy, about an order", selling("IT", "energy", { consents: [], campaign: order }), "allow transactional", "an offer", selling("IT", "energy", { consents: [] }), BANNED],
    ["Spain: energy", selling("ES", "energy"), ALLOWED, "in Italy without consent", selling("IT", "energy", { consents: [] }), BANNED],
  ]);
});

describe("some states license callers, where the policy asks for it", () => {
  const UNLICENSED = "block state-registration-missing";
  const licence = (jurisdiction: string, validUntil = "2027-01-01") => ({
    jurisdiction,
    kind: "telemarketer",
    number: "1",
    validUntil,
  });
  const asks = { policy: { requiresStateRegistrations: true } } as const;
  const florida = (registrations: Facts["registrations"], change: Parameters<typeof call>[1] = {}) =>
    call("US-FL", { ...asks, ...(registrations === undefined ? {} : { registrations }), ...change });
  // biome-ignore format: one case a line
  answers([
    ["Florida without a licence", florida([]), UNLICENSED, "with one", florida([licence("US-FL")]), OPT_OUT],
    ["a licence of Texas", florida([licence("US-TX")]), UNLICENSED, "of Florida", florida([licence("US-FL")]), OPT_OUT],
    ["a licence valid to today", florida([licence("US-FL", "2026-11-23")]), OPT_OUT, "to yesterday", florida([licence("US-FL", "2026-11-22")]), UNLICENSED],
    ["not asked by the policy", florida([], { policy: {} }), OPT_OUT, "asked", florida([]), UNLICENSED],
    ["the licences were not asked about", florida(undefined), OPT_OUT, "there are none", florida([]), UNLICENSED],
    ["about an order", florida([], { campaign: order }), "allow transactional", "an offer", florida([]), UNLICENSED],
    ["Texas", call("US-TX", { ...asks, registrations: [], now: "2026-11-23T18:00:00Z" }), UNLICENSED, "New York licenses nobody", call("US-NY", { ...asks, registrations: [] }), OPT_OUT],
    ["a Florida number of somebody in New York", call("US-NY", { ...asks, registrations: [], contactPoint: "+13055550100" }), UNLICENSED, "a number of New York", call("US-NY", { ...asks, registrations: [] }), OPT_OUT],
  ]);
});
