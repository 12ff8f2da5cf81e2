import { describe } from "vitest";
import type { Facts } from "#core/facts";
import { answers, email, yes } from "../question.ts";

const SOFT = "allow soft-opt-in";
const INVALID = "block soft-opt-in-invalid";
const MISSING = "block consent-missing";
const sale = {
  lastPurchaseAt: "2026-09-01",
  collectedBy: "acme",
  collectedDuring: "sale",
  similarProducts: true,
  optOutOfferedAtCollection: true,
  refusedAtCollection: false,
} as const;
const customer = (place: string, change: Facts["relationship"] = {}, policy: Facts["policy"] = {}) =>
  email(place, { relationship: { ...sale, ...change }, policy });
const lacking = (place: string, ...keys: (keyof typeof sale)[]) =>
  email(place, {
    relationship: Object.fromEntries(
      Object.entries(sale).filter(([key]) => !keys.includes(key as keyof typeof sale)),
    ),
  });

describe("customers may hear of similar products if they could refuse, and did not", () => {
  // biome-ignore format: one case a line
  answers([
    ["a sale in Germany", customer("DE"), SOFT, "negotiations only", customer("DE", { collectedDuring: "negotiation" }), INVALID],
    ["negotiations in the UK", customer("GB", { collectedDuring: "negotiation" }), SOFT, "in France", customer("FR", { collectedDuring: "negotiation" }), INVALID],
    ["negotiations in France where the policy counts them", customer("FR", { collectedDuring: "negotiation" }, { softOptInNegotiation: ["FR"] }), SOFT, "in the UK under that policy", customer("GB", { collectedDuring: "negotiation" }, { softOptInNegotiation: ["FR"] }), INVALID],
    ["a free account with a paid tier in Romania", customer("RO", { collectedDuring: "free-account-with-paid-tier" }), SOFT, "in Germany", customer("DE", { collectedDuring: "free-account-with-paid-tier" }), INVALID],
    ["a free account in Germany where the policy counts it", customer("DE", { collectedDuring: "free-account-with-paid-tier" }, { softOptInFreeTier: ["DE"] }), SOFT, "where it does not", customer("DE", { collectedDuring: "free-account-with-paid-tier" }, { softOptInFreeTier: [] }), INVALID],
    ["a sale in Norway, in the EEA", customer("NO"), SOFT, "in Switzerland", customer("CH"), MISSING],
    ["a sale in Guadeloupe, which is France", customer("GP"), SOFT, "in Japan", customer("JP"), MISSING],
    ["other products", customer("IT", { similarProducts: false }), INVALID, "similar ones", customer("IT"), SOFT],
    ["nobody knows whether they are similar", lacking("IT", "similarProducts"), INVALID, "similar ones", customer("IT"), SOFT],
    ["no way to refuse was offered", customer("ES", { optOutOfferedAtCollection: false }), INVALID, "one was", customer("ES"), SOFT],
    ["nobody knows whether one was offered", lacking("ES", "optOutOfferedAtCollection"), INVALID, "one was", customer("ES"), SOFT],
    ["they refused", customer("NL", { refusedAtCollection: true }), INVALID, "they did not", customer("NL"), SOFT],
    ["nobody knows whether they refused", lacking("NL", "refusedAtCollection"), INVALID, "they did not", customer("NL"), SOFT],
    ["the address was collected by another company", customer("AT", { collectedBy: "other" }), INVALID, "by the sender", customer("AT"), SOFT],
    ["nobody knows who collected it", lacking("AT", "collectedBy"), INVALID, "the sender did", customer("AT"), SOFT],
    ["a purchase, and nobody knows how the address was collected", lacking("GB", "collectedDuring"), INVALID, "at the sale", customer("GB"), SOFT],
    ["no purchase at all", lacking("GB", "collectedDuring", "lastPurchaseAt"), MISSING, "a purchase", customer("GB"), SOFT],
    ["where only consent counts", customer("DE", {}, { legalBasis: "consent-only" }), MISSING, "under the law", customer("DE"), SOFT],
    ["a message without a way out", email("DE", { relationship: sale, message: { postalAddress: "1 Main St" } }), "block unsubscribe-mechanism-invalid", "with one", customer("DE"), SOFT],
    ["consent comes before the customer relationship", email("DE", { relationship: sale, ...yes() }), "allow consent-express", "without consent", customer("DE"), SOFT],
  ]);
});

describe("companies in the UK may be written to", () => {
  const CORPORATE = "allow corporate-subscriber";
  // biome-ignore format: one case a line
  answers([
    ["a company in the UK", email("GB", { party: "business" }), CORPORATE, "in Germany", email("DE", { party: "business" }), MISSING],
    ["a sole trader", email("GB", { party: "sole-trader" }), MISSING, "where the policy takes them for companies", email("GB", { party: "sole-trader", policy: { soleTradersAreConsumers: false } }), CORPORATE],
    ["where only consent counts", email("GB", { party: "business", policy: { legalBasis: "consent-only" } }), MISSING, "under the law", email("GB", { party: "business" }), CORPORATE],
    ["a consumer, whatever the policy on sole traders", email("GB", { policy: { soleTradersAreConsumers: false } }), MISSING, "a company", email("GB", { party: "business" }), CORPORATE],
  ]);
});

describe("in Canada a purchase implies consent for two years, an inquiry for six months", () => {
  const BOUGHT = "allow implied-consent-purchase";
  const ASKED = "allow implied-consent-inquiry";
  const EXPIRED = "block implied-consent-expired";
  const toronto = { tzCandidates: ["America/Toronto"] };
  const canadian = (relationship: Facts["relationship"], change: object = {}) =>
    email("CA-ON", { relationship: { collectedBy: "acme", ...relationship }, ...change });
  // biome-ignore format: one case a line
  answers([
    ["the second anniversary of a purchase", canadian({ lastPurchaseAt: "2024-11-23" }), BOUGHT, "the day after", canadian({ lastPurchaseAt: "2024-11-22" }), EXPIRED],
    ["six months after an inquiry", canadian({ lastInquiryAt: "2026-05-23" }), ASKED, "the day after", canadian({ lastInquiryAt: "2026-05-22" }), EXPIRED],
    ["an inquiry on 31 August ends on 28 February", canadian({ lastInquiryAt: "2026-08-31" }, { now: "2027-02-28T23:59:59Z" }), ASKED, "not in March", canadian({ lastInquiryAt: "2026-08-31" }, { now: "2027-03-01T00:00:00Z" }), EXPIRED],
    ["the anniversary's last second in Toronto", canadian({ lastPurchaseAt: "2024-11-23" }, { ...toronto, now: "2026-11-24T04:59:59Z" }), BOUGHT, "midnight in Toronto", canadian({ lastPurchaseAt: "2024-11-23" }, { ...toronto, now: "2026-11-24T05:00:00Z" }), EXPIRED],
    ["a person in Toronto or in St. John's: the earlier midnight ends it", canadian({ lastPurchaseAt: "2024-11-23" }, { tzCandidates: ["America/Toronto", "America/St_Johns"], now: "2026-11-24T03:30:00Z" }), EXPIRED, "a second before", canadian({ lastPurchaseAt: "2024-11-23" }, { tzCandidates: ["America/Toronto", "America/St_Johns"], now: "2026-11-24T03:29:59Z" }), BOUGHT],
    ["bought late in the evening of the 22nd in Toronto, the 23rd in UTC", canadian({ lastPurchaseAt: "2024-11-23T03:00:00Z" }, toronto), EXPIRED, "in the small hours of the 23rd", canadian({ lastPurchaseAt: "2024-11-23T06:00:00Z" }, toronto), BOUGHT],
    ["a purchase that is dated tomorrow", canadian({ lastPurchaseAt: "2026-11-24" }), MISSING, "today", canadian({ lastPurchaseAt: "2026-11-23" }), BOUGHT],
    ["an old purchase and a fresh inquiry", canadian({ lastPurchaseAt: "2020-01-01", lastInquiryAt: "2026-10-01" }), ASKED, "an old one too", canadian({ lastPurchaseAt: "2020-01-01", lastInquiryAt: "2021-01-01" }), EXPIRED],
    ["an old purchase and a contract that runs", canadian({ lastPurchaseAt: "2020-01-01", contractInForce: true }), BOUGHT, "no contract", canadian({ lastPurchaseAt: "2020-01-01" }), EXPIRED],
    ["a purchase from another company", canadian({ lastPurchaseAt: "2026-09-01", collectedBy: "other" }), MISSING, "from the sender", canadian({ lastPurchaseAt: "2026-09-01" }), BOUGHT],
    ["a purchase in Canada", canadian({ lastPurchaseAt: "2026-09-01" }), BOUGHT, "in Japan", email("JP", { relationship: { collectedBy: "acme", lastPurchaseAt: "2026-09-01" } }), MISSING],
    ["where only consent counts", canadian({ lastPurchaseAt: "2026-09-01" }, { policy: { legalBasis: "consent-only" } }), MISSING, "under the law", canadian({ lastPurchaseAt: "2026-09-01" }), BOUGHT],
  ]);
});

describe("email to the US needs no consent; a message about an order needs none anywhere", () => {
  const order = { campaign: { kind: "transactional" } } as const;
  // biome-ignore format: one case a line
  answers([
    ["the US", email("US"), "allow opt-out-regime", "Canada", email("CA"), MISSING],
    ["Puerto Rico, under the law of the US", email("PR"), "allow opt-out-regime", "Brazil", email("BR"), MISSING],
    ["the US where only consent counts", email("US-NY", { policy: { legalBasis: "consent-only" } }), MISSING, "consent", email("US-NY", { ...yes(), policy: { legalBasis: "consent-only" } }), "allow consent-express"],
    ["an order where only consent counts", email("DE", { ...order, policy: { legalBasis: "consent-only" } }), "allow transactional", "an offer", email("DE", { policy: { legalBasis: "consent-only" } }), MISSING],
    ["an order in a place nobody knows", email("unknown", order), "allow transactional", "an order with an offer in it", email("unknown", { campaign: { kind: "mixed" } }), "block jurisdiction-unresolved"],
  ]);
});

describe("a customer's address that was collected in negotiations, without a purchase", () => {
  const negotiated = (place: string) =>
    email(place, {
      relationship: {
        collectedDuring: "negotiation",
        collectedBy: "acme",
        similarProducts: true,
        optOutOfferedAtCollection: true,
        refusedAtCollection: false,
      },
    });
  // biome-ignore format: one case a line
  answers([
    ["the UK", negotiated("GB"), "allow soft-opt-in", "Germany, where a sale is needed", negotiated("DE"), "block soft-opt-in-invalid"],
  ]);
});
