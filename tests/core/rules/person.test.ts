import { describe } from "vitest";
import { answers, call, email, yes, yesToCalls } from "../question.ts";

const ALLOWED = "allow consent-express";
const TOO_YOUNG = "block minor-protected";
const aged = (place: string, age: number) => email(place, { ...yes(), age });
const shared = { campaign: { sharesDataWithThirdParty: true } } as const;
const parent = yes({ parentalAuthorisation: true });

describe("processing that is restricted stays so until it is lifted", () => {
  // biome-ignore format: one case a line
  answers([
    ["restricted since January", email("DE", { ...yes(), restrictedSince: "2026-01-01" }), "block processing-restricted", "from tomorrow on", email("DE", { ...yes(), restrictedSince: "2026-11-24" }), ALLOWED],
    ["restricted, and a message about an order", email("FR", { restrictedSince: "2026-01-01", campaign: { kind: "transactional" } }), "block processing-restricted", "not restricted", email("FR", { campaign: { kind: "transactional" } }), "allow transactional"],
    ["restricted, and a call", call("GB", { restrictedSince: "2026-01-01" }), "block processing-restricted", "not restricted", call("GB"), "allow opt-out-regime"],
    ["restricted at this instant", email("GB", { ...yes(), restrictedSince: "2026-11-23T15:00:00Z" }), "block processing-restricted", "a second later", email("GB", { ...yes(), restrictedSince: "2026-11-23T15:00:01Z" }), ALLOWED],
  ]);
});

describe("children below the digital age of consent are left alone", () => {
  // biome-ignore format: one case a line
  answers([
    ["15 in Germany", aged("DE", 15), TOO_YOUNG, "16", aged("DE", 16), ALLOWED],
    ["13 in Austria", aged("AT", 13), TOO_YOUNG, "14", aged("AT", 14), ALLOWED],
    ["12 in the UK", aged("GB", 12), TOO_YOUNG, "13", aged("GB", 13), ALLOWED],
    ["14 in France", aged("FR", 14), TOO_YOUNG, "15", aged("FR", 15), ALLOWED],
    ["14 in La Réunion, which is France", aged("RE", 14), TOO_YOUNG, "15", aged("RE", 15), ALLOWED],
    ["13 in Spain", aged("ES", 13), TOO_YOUNG, "14", aged("ES", 14), ALLOWED],
    ["13 in Italy", aged("IT", 13), TOO_YOUNG, "14", aged("IT", 14), ALLOWED],
    ["15 in the Netherlands", aged("NL", 15), TOO_YOUNG, "16", aged("NL", 16), ALLOWED],
    ["14 in Greece", aged("GR", 14), TOO_YOUNG, "15", aged("GR", 15), ALLOWED],
    ["12 in the US", aged("US-NY", 12), TOO_YOUNG, "13", aged("US-NY", 13), ALLOWED],
    ["15 in a place nobody knows", aged("unknown", 15), TOO_YOUNG, "16", aged("unknown", 16), ALLOWED],
    ["10 in Germany", aged("DE", 10), TOO_YOUNG, "a parent agreed", email("DE", { ...parent, age: 10 }), ALLOWED],
    ["a parent agreed with another sender", email("DE", { consents: [...(yes().consents ?? []), ...(yes({ controller: "other", parentalAuthorisation: true }).consents ?? [])], age: 10 }), TOO_YOUNG, "with this one", email("DE", { ...parent, age: 10 }), ALLOWED],
    ["10 in the US, where email needs no consent", email("US-NY", { age: 10 }), TOO_YOUNG, "an adult", email("US-NY", { age: 40 }), "allow opt-out-regime"],
    ["10, and a message about an order", email("DE", { age: 10, campaign: { kind: "transactional" } }), "allow transactional", "and a newsletter", email("DE", { age: 10, ...yes() }), TOO_YOUNG],
    ["17, where known minors are left out", email("DE", { ...yes(), age: 17, policy: { blocksMinorsUnder18: true } }), TOO_YOUNG, "18", email("DE", { ...yes(), age: 18, policy: { blocksMinorsUnder18: true } }), ALLOWED],
    ["17 with a parent's word, where known minors are left out", email("DE", { ...parent, age: 17, policy: { blocksMinorsUnder18: true } }), TOO_YOUNG, "where they are not", email("DE", { ...parent, age: 17 }), ALLOWED],
    ["a call to a 15-year-old in the UK with a German number", call("GB", { ...yesToCalls(), contactPoint: "+4930123456", age: 15 }), TOO_YOUNG, "at 16 both laws agree", call("GB", { ...yesToCalls(), contactPoint: "+4930123456", age: 16 }), ALLOWED],
    ["15 in California, whose data would be shared, without an opt-in", email("US-CA", { age: 15, ...shared }), TOO_YOUNG, "who opted in", email("US-CA", { age: 15, ...shared, ...yes() }), ALLOWED],
    ["15 in California without an opt-in, and nothing is shared", email("US-CA", { age: 15 }), "allow opt-out-regime", "shared", email("US-CA", { age: 15, ...shared }), TOO_YOUNG],
    ["16 in California, shared, without an opt-in", email("US-CA", { age: 16, ...shared }), "allow opt-out-regime", "15", email("US-CA", { age: 15, ...shared }), TOO_YOUNG],
    ["12 in California, shared, who opted in alone", email("US-CA", { age: 12, ...shared, ...yes() }), TOO_YOUNG, "a parent did", email("US-CA", { age: 12, ...shared, ...parent }), ALLOWED],
  ]);
});

describe("a place that is not known has the strictest law", () => {
  const UNRESOLVED = "block jurisdiction-unresolved";
  // biome-ignore format: one case a line
  answers([
    ["an address without a country and without consent", email("unknown"), UNRESOLVED, "with proved consent", email("unknown", yes()), ALLOWED],
    ["the same where only consent counts", email("unknown", { policy: { legalBasis: "consent-only" } }), "block consent-missing", "under the law", email("unknown"), UNRESOLVED],
    ["an address without a country, a company", email("unknown", { party: "business" }), UNRESOLVED, "in the UK", email("GB", { party: "business" }), "allow corporate-subscriber"],
    ["a call without a country, with consent", call("unknown", { ...yesToCalls(), contactPoint: "+4930123456" }), UNRESOLVED, "with one", call("DE", yesToCalls()), ALLOWED],
    ["a call to Switzerland, which has no row of hours", call("CH", yesToCalls()), UNRESOLVED, "to Austria", call("AT", yesToCalls()), ALLOWED],
    ["a call to Ireland with a German number", call("IE", { ...yesToCalls(), contactPoint: "+4930123456" }), UNRESOLVED, "Germany with a German number", call("DE", yesToCalls()), ALLOWED],
    ["a Swiss number of somebody in Germany", call("DE", { ...yesToCalls(), contactPoint: "+41441234567" }), UNRESOLVED, "an Austrian number", call("DE", { ...yesToCalls(), contactPoint: "+4311234567" }), ALLOWED],
    ["a number of a plan nobody knows", call("GB", { contactPoint: "+999123456" }), UNRESOLVED, "of the UK", call("GB"), "allow opt-out-regime"],
    ["a Jamaican number of somebody in New York", call("US-NY", { contactPoint: "+18765550100" }), UNRESOLVED, "a toll-free one", call("US-NY", { contactPoint: "+18005550100" }), "allow opt-out-regime"],
    ["a toll-free number of somebody in the UK", call("GB", { contactPoint: "+18005550100" }), UNRESOLVED, "of somebody in Ontario", call("CA-ON", { contactPoint: "+18005550100" }), "allow opt-out-regime"],
    ["a call without any clock", call("GB", { tzCandidates: [] }), UNRESOLVED, "with one", call("GB"), "allow opt-out-regime"],
    ["a call about an order without any clock", call("GB", { tzCandidates: [], campaign: { kind: "transactional" } }), "allow transactional", "a marketing one", call("GB", { tzCandidates: [] }), UNRESOLVED],
    ["a call about an order to nobody knows where", call("unknown", { campaign: { kind: "transactional" } }), UNRESOLVED, "to the UK", call("GB", { campaign: { kind: "transactional" } }), "allow transactional"],
  ]);
});
