import { describe } from "vitest";
import type { ConsentProof, Facts } from "#core/facts";
import {
  answers,
  call,
  copy,
  listed,
  NOT_REASSIGNED,
  PLACES,
  SIGNED_TEXT,
  signed,
  yesToCalls,
} from "../question.ts";

const ALLOWED = "allow consent-express";
const OPT_OUT = "allow opt-out-regime";
const MISSING = "block consent-missing";
const consentOnly = { policy: { legalBasis: "consent-only" } } as const;
/** Noon in Paris, and 2 p.m. on the day before France asked for consent. */
const noon = { now: "2026-11-23T11:00:00Z" };
const before = { now: "2026-08-10T12:00:00Z", registries: [copy("FR-BLOCTEL", { listAsOf: "2026-08-01" })] };

describe("live calls: the law of the place asks people first, or lets them object", () => {
  const runs = { relationship: { contractInForce: true }, campaign: { relatedToContract: true } };
  // biome-ignore format: one case a line
  answers([
    ["Germany", call("DE"), MISSING, "with consent", call("DE", yesToCalls()), ALLOWED],
    ["Germany, a company", call("DE", { party: "business" }), MISSING, "with consent", call("DE", { party: "business", ...yesToCalls() }), ALLOWED],
    ["Austria", call("AT"), MISSING, "with consent", call("AT", yesToCalls()), ALLOWED],
    ["the Netherlands, a customer", call("NL", { relationship: { lastPurchaseAt: "2026-10-01", contractInForce: true } }), MISSING, "with consent", call("NL", yesToCalls()), ALLOWED],
    ["Spain", call("ES"), MISSING, "with consent", call("ES", yesToCalls()), ALLOWED],
    ["Brazil", call("BR"), MISSING, "with consent", call("BR", yesToCalls()), ALLOWED],
    ["India", call("IN", noon), MISSING, "with consent", call("IN", { ...yesToCalls(), ...noon }), ALLOWED],
    ["Japan", call("JP", { now: "2026-11-24T03:00:00Z" }), MISSING, "with consent", call("JP", { ...yesToCalls(), now: "2026-11-24T03:00:00Z" }), ALLOWED],
    ["Singapore", call("SG", { now: "2026-11-24T03:00:00Z" }), MISSING, "with consent", call("SG", { ...yesToCalls(), now: "2026-11-24T03:00:00Z" }), ALLOWED],
    ["France since 11 August 2026", call("FR", noon), MISSING, "on the day before", call("FR", before), OPT_OUT],
    ["France at midnight in Paris, when the law changes", call("FR", { now: "2026-08-10T22:00:00Z" }), MISSING, "in its last open minute", call("FR", { ...before, now: "2026-08-10T17:59:59Z" }), OPT_OUT],
    ["Germany, while France let people object", call("DE", { now: before.now }), MISSING, "France", call("FR", before), OPT_OUT],
    ["France before, recorded", call("FR", { ...before, campaign: { mode: "prerecorded" } }), MISSING, "live", call("FR", before), OPT_OUT],
    ["listed in Canada, called in the UK as a customer", call("GB", { registries: [copy("GB-TPS"), copy("CA-NDNCL", { listed: true })], relationship: { lastPurchaseAt: "2026-10-01" } }), OPT_OUT, "in Canada", call("CA-ON", { registries: [copy("CA-NDNCL", { listed: true })], relationship: { lastPurchaseAt: "2026-10-01" } }), "allow ebr"],
    ["a customer on one of two copies", call("US-NY", { registries: [copy("US-NDNCR"), copy("US-NDNCR", { listed: true, listedAt: "2024-01-01" })], relationship: { lastPurchaseAt: "2026-10-01" } }), "allow ebr-transaction", "on none", call("US-NY", { relationship: { lastPurchaseAt: "2026-10-01" } }), OPT_OUT],
    ["France, about a contract that runs", call("FR", { ...noon, ...runs }), "allow running-contract", "about something else", call("FR", { ...noon, relationship: { contractInForce: true } }), MISSING],
    ["France, about a contract that has ended", call("FR", { ...noon, campaign: { relatedToContract: true } }), MISSING, "that runs", call("FR", { ...noon, ...runs }), "allow running-contract"],
    ["France, about a contract that runs, recorded", call("FR", { ...noon, ...runs, campaign: { ...runs.campaign, mode: "prerecorded" } }), MISSING, "live", call("FR", { ...noon, ...runs }), "allow running-contract"],
    ["Germany, about a contract that runs", call("DE", { ...noon, ...runs }), MISSING, "France", call("FR", { ...noon, ...runs }), "allow running-contract"],
    ["the UK", call("GB"), OPT_OUT, "where only consent counts", call("GB", consentOnly), MISSING],
    ["New York", call("US-NY"), OPT_OUT, "where only consent counts", call("US-NY", consentOnly), MISSING],
    ["Ontario", call("CA-ON"), OPT_OUT, "where only consent counts", call("CA-ON", consentOnly), MISSING],
    ["Italy", call("IT"), OPT_OUT, "where only consent counts", call("IT", consentOnly), MISSING],
    ["Australia", call("AU", { now: "2026-11-24T00:00:00Z" }), OPT_OUT, "where only consent counts", call("AU", { now: "2026-11-24T00:00:00Z", ...consentOnly }), MISSING],
    ["somebody in the UK with a German number: both laws bind", call("GB", { contactPoint: "+4930123456" }), MISSING, "with consent", call("GB", { contactPoint: "+4930123456", ...yesToCalls() }), ALLOWED],
    ["an order at any place with hours", call("DE", { campaign: { kind: "transactional" } }), "allow transactional", "an offer", call("DE"), MISSING],
  ]);
});

describe("Spain: a recent customer on a documented interest, where the policy allows it", () => {
  const ALLOWED_LI = "allow legitimate-interest-call";
  const spanish = (relationship: Facts["relationship"], change: object = {}) =>
    call("ES", {
      relationship: { lastPurchaseAt: "2026-06-01", similarProducts: true, ...relationship },
      liaId: "lia-7",
      policy: { allowsLegitimateInterestCalls: true },
      ...change,
    });
  // biome-ignore format: one case a line
  answers([
    ["on", spanish({}), ALLOWED_LI, "off, as by default", spanish({}, { policy: {} }), MISSING],
    ["no assessment", spanish({}, { liaId: "" }), "block lia-missing", "one", spanish({}), ALLOWED_LI],
    ["twelve months to the day", spanish({ lastPurchaseAt: "2025-11-23" }), ALLOWED_LI, "a day more", spanish({ lastPurchaseAt: "2025-11-22" }), MISSING],
    ["other products", spanish({ similarProducts: false }), MISSING, "similar ones", spanish({}), ALLOWED_LI],
    ["refused when asked", spanish({ refusedAtCollection: true }), MISSING, "not refused", spanish({ refusedAtCollection: false }), ALLOWED_LI],
    ["a recorded voice", spanish({}, { campaign: { mode: "prerecorded" } }), MISSING, "live", spanish({}), ALLOWED_LI],
    ["on the Robinson list", spanish({}, listed("ES-ROBINSON")), "block dnc-registry-listed", "not on it", spanish({}), ALLOWED_LI],
    ["in Germany there is no such ground", call("DE", { relationship: { lastPurchaseAt: "2026-06-01", similarProducts: true }, liaId: "lia-7", policy: { allowsLegitimateInterestCalls: true } }), MISSING, "in Spain there is", spanish({}), ALLOWED_LI],
  ]);
});

describe("a recorded voice needs an agreement that names it", () => {
  const PEWC = "block pewc-missing";
  const recorded = (place: string, change: Parameters<typeof call>[1] = {}) =>
    call(place, { reassignment: NOT_REASSIGNED, ...change, campaign: { mode: "prerecorded" } });
  const american = (consent: Parameters<typeof signed>[1], proof: ConsentProof = {}) =>
    recorded("US-NY", signed("US-NY", consent, proof));
  const FINE = american({});
  const words = (statementShown: string) =>
    yesToCalls({ proof: { method: "web-form", noticeVersion: "1", statementShown } });
  // biome-ignore format: one case a line
  answers([
    ["signed in the US", FINE, ALLOWED, "nothing signed, though a customer", recorded("US-NY", { relationship: { lastPurchaseAt: "2026-10-01" } }), PEWC],
    ["not in writing", american({ type: "express" }, { method: "web-form", noticeVersion: "1", noticeHash: "h" }), PEWC, "in writing", FINE, ALLOWED],
    ["no signature", american({}, { signature: "", method: "web-form", noticeVersion: "1", noticeHash: "h" }), PEWC, "signed", FINE, ALLOWED],
    ["for another number", american({}, { number: "+12125550199" }), PEWC, "for this one", FINE, ALLOWED],
    ["without the words of recorded calls", american({}, { text: "Acme may call me. Not a condition of purchase." }), PEWC, "with them", FINE, ALLOWED],
    ["without 'not a condition of purchase'", american({}, { text: "Acme may call me with autodialed messages." }), PEWC, "with it", FINE, ALLOWED],
    ["the words stood on the form that was signed", american({}, { text: "", statementShown: SIGNED_TEXT }), ALLOWED, "nowhere", american({}, { text: "" }), PEWC],
    ["where only consent counts and there is none", recorded("US-NY", consentOnly), MISSING, "under the law", recorded("US-NY"), PEWC],
    ["a live call needs no signature", call("US-NY"), OPT_OUT, "a call of no known kind does", call("US-NY", { reassignment: NOT_REASSIGNED, campaign: { mode: undefined as never } }), PEWC],
    ["a predictive dialler is live", call("US-NY", { campaign: { mode: "predictive", abandonedRate30d: 0.01 } }), OPT_OUT, "where the policy takes it for automated", call("US-NY", { reassignment: NOT_REASSIGNED, policy: { predictiveIsAutomated: true }, campaign: { mode: "predictive", abandonedRate30d: 0.01 } }), PEWC],
    ["the UK, nothing asked", recorded("GB"), MISSING, "live", call("GB"), OPT_OUT],
    ["the UK, consent to calls of people", recorded("GB", words("Call me about offers")), MISSING, "to automated calls", recorded("GB", words("Call me with automated messages")), ALLOWED],
    ["Germany, consent to a robot", recorded("DE", words("A robot may call me")), ALLOWED, "to calls", recorded("DE", words("You may call me")), MISSING],
    ["Canada, consent to recorded voice", recorded("CA-ON", words("recorded voice calls are fine")), ALLOWED, "to calls", recorded("CA-ON", words("calls are fine")), MISSING],
    ...["auto-dialled calls", "autodialed calls", "automated calls", "pre-recorded calls", "prerecorded calls", "an artificial voice", "robot calls", "a recorded voice"].map((said) => [`consent to ${said}`, recorded("GB", words(`I agree to ${said}`)), ALLOWED, "to calls", recorded("GB", words("I agree to calls")), MISSING] as const),
    ["the text of the agreement counts too", recorded("GB", yesToCalls({ proof: { method: "web-form", noticeVersion: "1", noticeHash: "h", text: "automated calls" } })), ALLOWED, "without it nothing names them", recorded("GB", yesToCalls({ proof: { method: "web-form", noticeVersion: "1", noticeHash: "h" } })), MISSING],
    ["'not a condition' in capitals", american({}, { text: "Autodialed calls. NOT A CONDITION of purchase." }), ALLOWED, "a condition", american({}, { text: "Autodialed calls. A condition of purchase." }), PEWC],
    ["a withdrawal from another topic ends all recorded calls in the US", recorded("US-NY", { consents: [...(signed("US-NY").consents ?? []), ...(yesToCalls({ purpose: "surveys", withdrawnAt: "2026-05-01T00:00:00Z" }).consents ?? [])] }), "block consent-withdrawn", "but no live ones", call("US-NY", { consents: [...(signed("US-NY").consents ?? []), ...(yesToCalls({ purpose: "surveys", withdrawnAt: "2026-05-01T00:00:00Z" }).consents ?? [])] }), ALLOWED],
    ["and none outside the US", recorded("GB", { consents: [...(signed("GB").consents ?? []), ...(yesToCalls({ purpose: "surveys", withdrawnAt: "2026-05-01T00:00:00Z" }).consents ?? [])] }), ALLOWED, "from this topic", recorded("GB", signed("GB", { withdrawnAt: "2026-05-01T00:00:00Z" })), "block consent-withdrawn"],
    ["signed for the number of this very place", recorded("US-NY", signed("US-NY", {}, { number: PLACES["US-NY"]?.[0] ?? "" })), ALLOWED, "of Florida", recorded("US-NY", signed("US-FL")), PEWC],
  ]);
});
