import { describe } from "vitest";
import type { Facts } from "#core/facts";
import { answers, call, copy, email, MESSAGE, yes, yesToCalls } from "../question.ts";

const ALLOWED = "allow consent-express";
const UNVERIFIED = "block source-provenance-unverified";
const OVERDUE = "block art14-notice-overdue";
const recent = yes({ givenAt: "2026-11-01T00:00:00Z" });
const from = (
  kind: NonNullable<Facts["source"]>["kind"],
  more: Partial<NonNullable<Facts["source"]>> = {},
) => ({
  source: { kind, ...more },
});
const bought = { provenanceVerified: true, obtainedAt: "2026-11-01" };
const carried = { message: { ...MESSAGE, containsArt14Notice: true } };

describe("the sender itself has seen where the data came from", () => {
  // biome-ignore format: one case a line
  answers([
    ["a purchased list that nobody verified", email("US-NY", from("purchased-list", { vendor: "x" })), UNVERIFIED, "verified", email("US-NY", from("purchased-list", { provenanceVerified: true })), "allow opt-out-regime"],
    ["a named consent that nobody verified", email("CA-ON", { ...recent, ...from("third-party-named-consent", { vendor: "x" }) }), UNVERIFIED, "verified", email("CA-ON", { ...recent, ...from("third-party-named-consent", { provenanceVerified: true }) }), ALLOWED],
    ["a CSV import found to be unverified", email("DE", { ...recent, ...from("csv-import", { provenanceVerified: false }) }), UNVERIFIED, "not found so", email("DE", { ...recent, ...from("csv-import") }), ALLOWED],
    ["one's own form", email("DE", { ...recent, ...from("first-party") }), ALLOWED, "found to be unverified", email("DE", { ...recent, ...from("first-party", { provenanceVerified: false }) }), UNVERIFIED],
    ["a call from a purchased list", call("US-NY", from("purchased-list")), UNVERIFIED, "from one's own form", call("US-NY", from("first-party")), "allow opt-out-regime"],
    ["an unverified list and a newsletter", email("US-NY", from("purchased-list")), UNVERIFIED, "and a message about an order", email("US-NY", { ...from("purchased-list"), campaign: { kind: "transactional" } }), "allow transactional"],
  ]);
});

describe("people are told within a month, and by the first message at the latest, where the data came from", () => {
  const list = (place: string, more: Partial<NonNullable<Facts["source"]>>, facts: Partial<Facts> = {}) =>
    email(place, {
      ...recent,
      ...from("third-party-named-consent", { ...bought, ...more }),
      ...(facts as object),
    });
  // biome-ignore format: one case a line
  answers([
    ["a list of three weeks, and no notice", list("DE", {}), OVERDUE, "the notice was sent last week", list("DE", { art14NoticeAt: "2026-11-16T00:00:00Z" }), ALLOWED],
    ["a notice that is planned for tomorrow", list("FR", { art14NoticeAt: "2026-11-24T00:00:00Z" }), OVERDUE, "sent at this instant", list("FR", { art14NoticeAt: "2026-11-23T15:00:00Z" }), ALLOWED],
    ["a first message that carries the notice within the month", list("DE", {}, carried), ALLOWED, "that does not carry it", list("DE", {}), OVERDUE],
    ["a first message that carries it after five weeks", list("DE", { obtainedAt: "2026-10-19" }, carried), OVERDUE, "after four", list("DE", { obtainedAt: "2026-10-24" }, carried), ALLOWED],
    ["a month that ends at this instant", list("GB", { obtainedAt: "2026-10-23T15:00:00Z" }, carried), OVERDUE, "a second later", list("GB", { obtainedAt: "2026-10-23T15:00:01Z" }, carried), ALLOWED],
    ["data of unknown age", email("DE", { ...recent, ...carried, ...from("third-party-named-consent", { provenanceVerified: true }) }), OVERDUE, "of known age", list("DE", {}, carried), ALLOWED],
    ["Norway, in the EEA", list("NO", {}), OVERDUE, "Canada has no such rule", list("CA-ON", {}), ALLOWED],
    ["the UK", list("GB", {}), OVERDUE, "Australia has no such rule", list("AU", {}), ALLOWED],
    ["a place nobody knows", list("unknown", {}), OVERDUE, "the US has no such rule", list("US-NY", {}), ALLOWED],
    ["a purchased list", email("DE", { ...recent, ...from("purchased-list", bought) }), OVERDUE, "one's own form", email("DE", { ...recent, ...from("first-party", bought) }), ALLOWED],
    ["a call, which cannot carry a notice", call("DE", { ...yesToCalls({ givenAt: "2026-11-01T00:00:00Z" }), ...from("third-party-named-consent", bought), ...carried }), OVERDUE, "told before", call("DE", { ...yesToCalls({ givenAt: "2026-11-01T00:00:00Z" }), ...from("third-party-named-consent", { ...bought, art14NoticeAt: "2026-11-10" }) }), ALLOWED],
    ["no notice and a newsletter", list("DE", {}), OVERDUE, "a message about an order", email("DE", { ...from("third-party-named-consent", bought), campaign: { kind: "transactional" } }), "allow transactional"],
  ]);
});

describe("data brokers carry out Californians' deletions every 45 days", () => {
  const BROKER = "block data-broker-source";
  const FINE = "allow opt-out-regime";
  const sold = (deletionsRunAt: string | null, place = "US-CA", change: object = {}) =>
    email(place, {
      ...from("purchased-list", { ...bought, deletionsRunAt }),
      ...change,
    });
  const before = { now: "2026-08-01T06:59:59Z" };
  // biome-ignore format: one case a line
  answers([
    ["a vendor of whom nobody knows", sold(null), BROKER, "a run of last week", sold("2026-11-16T00:00:00Z"), FINE],
    ["nobody asked the vendor", email("US-CA", from("purchased-list", bought)), BROKER, "last week", sold("2026-11-16T00:00:00Z"), FINE],
    ["a run 45 days ago", sold("2026-10-09T15:00:00Z"), FINE, "a second more", sold("2026-10-09T14:59:59Z"), BROKER],
    ["a run dated two days ahead", sold("2026-11-25T15:00:00Z"), BROKER, "of today", sold("2026-11-23T00:00:00Z"), FINE],
    ["in New York", sold(null, "US-NY"), FINE, "in California", sold(null), BROKER],
    ["in the US, nobody knows in which state", sold(null, "US"), BROKER, "in Oregon", sold(null, "US-OR"), FINE],
    ["before brokers had to", sold(null, "US-CA", before), FINE, "a second later", sold(null, "US-CA", { now: "2026-08-01T07:00:00Z" }), BROKER],
    ["one's own form", email("US-CA", from("first-party")), FINE, "a third party's", email("US-CA", from("third-party-named-consent", bought)), BROKER],
    ["about an order", sold(null, "US-CA", { campaign: { kind: "transactional" } }), "allow transactional", "an offer", sold(null), BROKER],
    ["a number of California and an address in Oregon", call("US-OR", { ...from("purchased-list", bought), now: "2026-11-23T18:00:00Z", contactPoint: "+14155550100", tzCandidates: ["America/Los_Angeles"], registries: [copy("US-NDNCR")] }), BROKER, "of Nevada", call("US-OR", { ...from("purchased-list", bought), now: "2026-11-23T18:00:00Z", contactPoint: "+17025550100", tzCandidates: ["America/Los_Angeles"], registries: [copy("US-NDNCR")] }), FINE],
    ["a Californian without a country's law in question", sold(null, "unknown", yes({ givenAt: "2026-11-01T00:00:00Z" })), OVERDUE, "told, and with consent", email("unknown", { ...yes({ givenAt: "2026-11-01T00:00:00Z" }), ...from("purchased-list", { ...bought, art14NoticeAt: "2026-11-10" }) }), ALLOWED],
  ]);
});
