import { describe, expect, test } from "vitest";
import { decide } from "#core/decide";
import type { Facts } from "#core/facts";
import { answers, call, listed, NOW } from "../question.ts";

const LISTED = "block dnc-registry-listed";
const OPT_OUT = "allow opt-out-regime";
const us = (relationship: Facts["relationship"], place = "US-NY", change: object = {}) =>
  call(place, { ...listed("US-NDNCR"), relationship: relationship ?? {}, ...change });
const canada = (relationship: Facts["relationship"], change: object = {}) =>
  call("CA-ON", { ...listed("CA-NDNCL"), relationship: relationship ?? {}, ...change });

describe("in the US a purchase lets one call a listed number for 18 months, an inquiry for three", () => {
  const BOUGHT = "allow ebr-transaction";
  const ASKED = "allow ebr-inquiry";
  // biome-ignore format: one case a line
  answers([
    ["a purchase 18 months ago to the day", us({ lastPurchaseAt: "2025-05-23" }), BOUGHT, "a day more", us({ lastPurchaseAt: "2025-05-22" }), LISTED],
    ["an inquiry three months ago to the day", us({ lastInquiryAt: "2026-08-23" }), ASKED, "a day more", us({ lastInquiryAt: "2026-08-22" }), LISTED],
    ["Pennsylvania: a purchase twelve months ago", us({ lastPurchaseAt: "2025-11-23" }, "US-PA"), BOUGHT, "a day more", us({ lastPurchaseAt: "2025-11-22" }, "US-PA"), LISTED],
    ["thirteen months, a Pennsylvanian number and an address in New York", us({ lastPurchaseAt: "2025-10-23" }, "US-NY", { contactPoint: "+12155550100" }), LISTED, "both in New York", us({ lastPurchaseAt: "2025-10-23" }), BOUGHT],
    ["a purchase counts before an inquiry", us({ lastPurchaseAt: "2026-10-01", lastInquiryAt: "2026-10-01" }), BOUGHT, "the inquiry alone", us({ lastInquiryAt: "2026-10-01" }), ASKED],
    ["a contract that runs", us({ contractInForce: true }), BOUGHT, "that does not", us({ contractInForce: false }), LISTED],
    ["a purchase from another company", us({ lastPurchaseAt: "2026-10-01", collectedBy: "other" }), LISTED, "from the sender", us({ lastPurchaseAt: "2026-10-01", collectedBy: "acme" }), BOUGHT],
    ["a purchase dated tomorrow", us({ lastPurchaseAt: "2026-11-24" }), LISTED, "today", us({ lastPurchaseAt: "2026-11-23" }), BOUGHT],
    ["the number is not listed: no relationship is needed", call("US-NY", { relationship: { lastPurchaseAt: "2026-10-01" } }), OPT_OUT, "it is listed", us({ lastPurchaseAt: "2026-10-01" }), BOUGHT],
    ["no date was recorded", us({ lastPurchaseAt: null, lastInquiryAt: null }), LISTED, "one was", us({ lastPurchaseAt: null, lastInquiryAt: "2026-11-01" }), ASKED],
    ["18 months by the clock of New York, late in the evening", us({ lastPurchaseAt: "2025-05-23" }, "US-NY", { now: "2026-11-24T01:59:59Z" }), BOUGHT, "next morning", us({ lastPurchaseAt: "2025-05-23" }, "US-NY", { now: "2026-11-24T15:00:00Z" }), LISTED],
    ["where only consent counts", us({ lastPurchaseAt: "2026-10-01" }, "US-NY", { policy: { legalBasis: "consent-only" } }), "block consent-missing", "under the law", us({ lastPurchaseAt: "2026-10-01" }), BOUGHT],
    ["a relationship does not permit a recorded voice", us({ lastPurchaseAt: "2026-10-01" }, "US-NY", { campaign: { mode: "prerecorded" } }), "block pewc-missing", "live", us({ lastPurchaseAt: "2026-10-01" }), BOUGHT],
  ]);
});

describe("in Canada a purchase lets one call a listed number for 18 months, an inquiry for six", () => {
  const RELATED = "allow ebr";
  // biome-ignore format: one case a line
  answers([
    ["a purchase 18 months ago to the day", canada({ lastPurchaseAt: "2025-05-23" }), RELATED, "a day more", canada({ lastPurchaseAt: "2025-05-22" }), LISTED],
    ["an inquiry six months ago to the day", canada({ lastInquiryAt: "2026-05-23" }), RELATED, "a day more", canada({ lastInquiryAt: "2026-05-22" }), LISTED],
    ["a customer in the UK has no such exemption", call("GB", { ...listed("GB-TPS"), relationship: { lastPurchaseAt: "2026-10-01" } }), LISTED, "in Canada", canada({ lastPurchaseAt: "2026-10-01" }), RELATED],
    ["not listed", call("CA-ON", { relationship: { lastInquiryAt: "2026-10-01" } }), OPT_OUT, "listed", canada({ lastInquiryAt: "2026-10-01" }), RELATED],
  ]);
});

describe("a relationship ends with the day, on the person's own clock", () => {
  const isListed = (relationship: Facts["relationship"], now: string, zone = "America/New_York") =>
    decide(us(relationship, "US-NY", { now, tzCandidates: [zone] })).failing.some(
      (reason) => reason === "dnc-registry-listed",
    );

  test("of a purchase and of an inquiry, to the second", () => {
    for (const relationship of [{ lastPurchaseAt: "2025-05-23" }, { lastInquiryAt: "2026-08-23" }]) {
      expect(isListed(relationship, "2026-11-24T04:59:59Z")).toBe(false);
      expect(isListed(relationship, "2026-11-24T05:00:00Z")).toBe(true);
    }
  });

  test("on clocks that are a day ahead at noon, and on those behind", () => {
    const bought = { lastPurchaseAt: "2025-05-23" };
    expect(isListed(bought, "2026-11-23T10:59:59Z", "Pacific/Auckland")).toBe(false);
    expect(isListed(bought, "2026-11-23T11:00:00Z", "Pacific/Auckland")).toBe(true);
    expect(isListed(bought, "2026-11-23T09:59:59Z", "Pacific/Kiritimati")).toBe(false);
    expect(isListed(bought, "2026-11-23T10:00:00Z", "Pacific/Kiritimati")).toBe(true);
    expect(isListed(bought, "2026-11-24T10:59:59Z", "Pacific/Pago_Pago")).toBe(false);
    expect(isListed(bought, "2026-11-24T11:00:00Z", "Pacific/Pago_Pago")).toBe(true);
  });

  test("begins in the instant of the purchase", () => {
    expect(isListed({ lastPurchaseAt: NOW }, NOW)).toBe(false);
    expect(isListed({ lastPurchaseAt: "2026-11-23T15:00:01Z" }, NOW)).toBe(true);
  });

  test("a list that is missing is stale and nothing else", () => {
    expect(decide(call("US-NY", { registries: [] })).failing).toEqual(["dnc-registry-stale"]);
  });
});
