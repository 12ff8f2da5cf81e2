import { describe } from "vitest";
import type { RawEvent, SuppressionFact } from "#core/facts";
import { answers, call, email, NOW, yes, yesToCalls } from "../question.ts";

const stop = (
  kind: SuppressionFact["kind"],
  key = "anna.k@example.com",
  more: Partial<SuppressionFact> = {},
) => ({
  suppressions: [{ kind, key, at: "2026-05-01T00:00:00Z", ...more }],
});
const agreed = yes();
const order = { campaign: { kind: "transactional", purpose: "orders" } } as const;
const ALLOWED = "allow consent-express";
const mixed = (...codes: string[]) => ({
  suppressions: codes.map((dsn, place) => ({
    kind: "hard-bounce" as const,
    key: "anna.k@example.com",
    at: `2026-11-0${place + 1}T00:00:00Z`,
    dsn,
  })),
});
const bounces = (...dates: string[]) => ({
  suppressions: dates.map((date) => ({
    kind: "hard-bounce" as const,
    key: "anna.k@example.com",
    at: `${date}T00:00:00Z`,
    dsn: "4.2.2",
  })),
});

describe("an opt-out is final, however it is spelled", () => {
  // biome-ignore format: one case a line
  answers([
    ["an unsubscribe", email("DE", { ...agreed, ...stop("unsubscribe") }), "block suppressed-unsubscribe", "that of a neighbour", email("DE", { ...agreed, ...stop("unsubscribe", "anna@example.com") }), ALLOWED],
    ["an unsubscribe under the opt-out law of the US", email("US-NY", stop("unsubscribe")), "block suppressed-unsubscribe", "none", email("US-NY"), "allow opt-out-regime"],
    ["an unsubscribe with another tag", email("FR", { ...agreed, ...stop("unsubscribe", "anna.k+shop@example.com") }), "block suppressed-unsubscribe", "dots count outside Gmail", email("FR", { ...agreed, ...stop("unsubscribe", "annak@example.com") }), ALLOWED],
    ["Gmail with dots", email("FR", { ...agreed, contactPoint: "a.nna@gmail.com", ...stop("unsubscribe", "ann.a@googlemail.com") }), "block suppressed-unsubscribe", "another name at Gmail", email("FR", { ...agreed, contactPoint: "a.nna@gmail.com", ...stop("unsubscribe", "annab@gmail.com") }), ALLOWED],
    ["an international domain in its other spelling", email("DE", { ...agreed, contactPoint: "info@BÜCHER.example", ...stop("unsubscribe", "info@xn--bcher-kva.example") }), "block suppressed-unsubscribe", "another domain", email("DE", { ...agreed, contactPoint: "info@BÜCHER.example", ...stop("unsubscribe", "info@bucher.example") }), ALLOWED],
    ["an unsubscribe that came after a newer yes was imported", email("DE", { ...yes({ givenAt: "2026-11-01T00:00:00Z" }), ...stop("unsubscribe") }), "block suppressed-unsubscribe", "without it", email("DE", yes({ givenAt: "2026-11-01T00:00:00Z" })), ALLOWED],
    ["an objection to marketing", email("DE", { ...agreed, ...stop("objection") }), "block suppressed-objection", "made to another sender", email("DE", { ...agreed, ...stop("objection", "anna.k@example.com", { controller: "other" }) }), ALLOWED],
    ["an objection of a UK company", email("GB", { party: "business", ...stop("objection") }), "block suppressed-objection", "none", email("GB", { party: "business" }), "allow corporate-subscriber"],
    ["an objection by phone", call("DE", { ...yesToCalls(), ...stop("objection", "+4930123456") }), "block suppressed-objection", "for another number", call("DE", { ...yesToCalls(), ...stop("objection", "+4930123457") }), ALLOWED],
    ["a complaint", email("US-NY", stop("complaint")), "block suppressed-complaint", "a complaint does not bind a call", call("US-NY", stop("complaint", "+12125550100")), "allow opt-out-regime"],
    ["an erased address", email("DE", { ...agreed, ...stop("erasure", "hmac(email:anna.k@example.com)") }), "block suppressed-erasure", "the tombstone of somebody else", email("DE", { ...agreed, ...stop("erasure", "hmac(email:anna@example.com)") }), ALLOWED],
    ["an erased address written plainly", email("DE", { ...agreed, ...stop("erasure", "Anna.K@example.com") }), "block suppressed-erasure", "that of somebody else", email("DE", { ...agreed, ...stop("erasure", "Anna@example.com") }), ALLOWED],
    ["an erased number", call("US-NY", stop("erasure", "hmac(phone:+12125550100)")), "block suppressed-erasure", "the tombstone of an address is not one of a number", call("US-NY", stop("erasure", "hmac(email:+12125550100)")), "allow opt-out-regime"],
    ["an erased address and a message about an order", email("DE", { ...order, ...stop("erasure", "hmac(email:anna.k@example.com)") }), "block suppressed-erasure", "unsubscribed only", email("DE", { ...order, ...stop("unsubscribe") }), "allow transactional"],
    ["a hard bounce and a message about an order", email("DE", { ...order, ...stop("hard-bounce") }), "block suppressed-hard-bounce", "an objection only", email("DE", { ...order, ...stop("objection") }), "allow transactional"],
    ["a mixed message to somebody who unsubscribed", email("AU", { ...stop("unsubscribe"), ...agreed, campaign: { kind: "mixed" } }), "block suppressed-unsubscribe", "a purely transactional one", email("AU", { ...stop("unsubscribe"), campaign: { kind: "transactional" } }), "allow transactional"],
  ]);
});

describe("calls stop for the number, not for the contact", () => {
  // biome-ignore format: one case a line
  answers([
    ["another person on the number asked not to be called", call("US-NY", { contactId: "b", ...stop("internal-dnc", "+12125550100", { contactId: "a" }) }), "block internal-dnc", "on another number", call("US-NY", { contactId: "b", ...stop("internal-dnc", "+12125550199", { contactId: "a" }) }), "allow opt-out-regime"],
    ["an internal entry beats a customer relationship in Canada", call("CA-ON", { relationship: { lastPurchaseAt: "2026-10-01" }, ...stop("internal-dnc", "+14165550100") }), "block internal-dnc", "none", call("CA-ON", { relationship: { lastPurchaseAt: "2026-10-01" } }), "allow opt-out-regime"],
    ["in Washington a request covers every number of the party", call("US-WA", { contactId: "a", ...stop("internal-dnc", "+12065550199", { contactId: "a" }), now: "2026-11-23T18:00:00Z" }), "block internal-dnc", "in Nevada the number alone", call("US-NV", { contactId: "a", ...stop("internal-dnc", "+12065550199", { contactId: "a" }), now: "2026-11-23T18:00:00Z" }), "allow opt-out-regime"],
    ["in Washington the request of another party", call("US-WA", { contactId: "b", ...stop("internal-dnc", "+12065550199", { contactId: "a" }), now: "2026-11-23T18:00:00Z" }), "allow opt-out-regime", "of the same party", call("US-WA", { contactId: "b", ...stop("internal-dnc", "+12065550199", { contactId: "b" }), now: "2026-11-23T18:00:00Z" }), "block internal-dnc"],
    ["an internal entry for calls", call("GB", stop("internal-dnc", "+442079460000")), "block internal-dnc", "does not stop email", email("DE", { ...agreed, ...stop("internal-dnc") }), ALLOWED],
    ["an unsubscribe recorded for the number", call("GB", stop("unsubscribe", "+442079460000")), "block suppressed-unsubscribe", "none", call("GB"), "allow opt-out-regime"],
  ]);
});

describe("a bounce counts when it says that the mailbox is gone", () => {
  const dsn = (code: string) => email("US-NY", stop("hard-bounce", "anna.k@example.com", { dsn: code }));
  const GONE = "block suppressed-hard-bounce";
  const FINE = "allow opt-out-regime";
  // biome-ignore format: one case a line
  answers([
    ["5.1.1, no such mailbox", dsn("5.1.1"), GONE, "5.7.1, a policy rejection", dsn("5.7.1"), FINE],
    ["5.1.2, no such host", dsn("5.1.2"), GONE, "5.1.4, ambiguous", dsn("5.1.4"), FINE],
    ["5.1.3, bad syntax", dsn("5.1.3"), GONE, "5.2.2, mailbox full", dsn("5.2.2"), FINE],
    ["5.1.6, moved", dsn("5.1.6"), GONE, "5.1.7, bad sender address", dsn("5.1.7"), FINE],
    ["5.1.10, null MX", dsn("5.1.10"), GONE, "5.1.100, no such code", dsn("5.1.100"), FINE],
    ["5.2.1, disabled", dsn("5.2.1"), GONE, "5.2.10, no such code", dsn("5.2.10"), FINE],
    ["three transient failures in 14 days", email("US-NY", bounces("2026-11-01", "2026-11-08", "2026-11-15")), GONE, "two", email("US-NY", bounces("2026-11-01", "2026-11-15")), FINE],
    ["in any order", email("US-NY", bounces("2026-11-15", "2026-11-01", "2026-11-08")), GONE, "three in 15 days", email("US-NY", bounces("2026-11-01", "2026-11-08", "2026-11-16")), FINE],
    ["three, of which one is about the sender", email("US-NY", mixed("4.2.2", "5.7.1", "4.2.2")), FINE, "three that are not", email("US-NY", mixed("4.2.2", "4.4.1", "4.2.2")), GONE],
    ["three, of which one is of another mailbox", email("US-NY", { suppressions: [...bounces("2026-11-01", "2026-11-02").suppressions, { kind: "hard-bounce", key: "x@example.com", at: "2026-11-03T00:00:00Z", dsn: "4.2.2" }] }), FINE, "of this one", email("US-NY", bounces("2026-11-01", "2026-11-02", "2026-11-03")), GONE],
    ["three, of which one is no bounce", email("US-NY", { suppressions: [...bounces("2026-11-01", "2026-11-02").suppressions, { kind: "complaint", key: "x@example.com", at: "2026-11-03T00:00:00Z", dsn: "4.2.2" }] }), FINE, "of bounces", email("US-NY", bounces("2026-11-01", "2026-11-02", "2026-11-03")), GONE],
    ["two, and one without a code of another mailbox", email("US-NY", { suppressions: [...bounces("2026-11-01", "2026-11-02").suppressions, { kind: "hard-bounce", key: "x@example.com", at: "2026-11-03T00:00:00Z" }] }), FINE, "of this one", email("US-NY", { suppressions: [...bounces("2026-11-01", "2026-11-02").suppressions, { kind: "hard-bounce", key: "anna.k@example.com", at: "2026-11-03T00:00:00Z" }] }), GONE],
    ["two, and an older delivery", email("US-NY", mixed("2.0.0", "4.2.2", "4.2.2")), FINE, "a permanent one", email("US-NY", mixed("5.1.1", "4.2.2", "4.2.2")), GONE],
    ["14 days to the second", email("US-NY", { suppressions: [...bounces("2026-11-01", "2026-11-02").suppressions, { kind: "hard-bounce", key: "anna.k@example.com", at: "2026-11-15T00:00:00Z", dsn: "4.2.2" }] }), GONE, "a second more", email("US-NY", { suppressions: [...bounces("2026-11-01", "2026-11-02").suppressions, { kind: "hard-bounce", key: "anna.k@example.com", at: "2026-11-15T00:00:01Z", dsn: "4.2.2" }] }), FINE],
    ["an older failure does not count from the newer one on", email("US-NY", bounces("2026-10-01", "2026-11-10", "2026-11-15")), FINE, "a third one does", email("US-NY", bounces("2026-10-01", "2026-11-10", "2026-11-15", "2026-11-16")), GONE],
    ["a bounce without a code", email("US-NY", stop("hard-bounce")), GONE, "of somebody else", email("US-NY", stop("hard-bounce", "x@example.com")), FINE],
  ]);
});

describe("a stop that is not on the ledger yet counts; a scanner's visit does not", () => {
  const event = (type: string, more: Partial<RawEvent> = {}) => ({ events: [{ type, at: NOW, ...more }] });
  const texted = (text: string) => call("US-NY", event("sms-keyword", { text }));
  const FINE = "allow opt-out-regime";
  // biome-ignore format: one case a line
  answers([
    ["a one-click POST", email("DE", { ...agreed, ...event("http-post-one-click") }), "block suppressed-unsubscribe", "a GET by a link scanner", email("DE", { ...agreed, ...event("http-get-unsubscribe") }), ALLOWED],
    ["a one-click POST and a message about an order", email("DE", { ...order, ...event("http-post-one-click") }), "allow transactional", "and a newsletter", email("DE", { ...agreed, ...event("http-post-one-click") }), "block suppressed-unsubscribe"],
    ["a one-click POST of this very moment", email("US-NY", event("http-post-one-click")), "block suppressed-unsubscribe", "dated a second from now", email("US-NY", event("http-post-one-click", { at: "2026-11-23T15:00:01Z" })), FINE],
    ["STOP by text ends calls", texted("STOP"), "block consent-withdrawn", "STOPWATCH is no stop", texted("stopwatch"), FINE],
    ["quit", texted(" Quit. "), "block consent-withdrawn", "I quit smoking", texted("I quit smoking"), FINE],
    ["end", texted("END"), "block consent-withdrawn", "the end", texted("the end"), FINE],
    ["revoke", texted("revoke!"), "block consent-withdrawn", "evoke", texted("evoke"), FINE],
    ["opt out, with a hyphen", texted("Opt-Out"), "block consent-withdrawn", "opt in", texted("opt in"), FINE],
    ["cancel", texted("Cancel"), "block consent-withdrawn", "cancellation", texted("cancellation"), FINE],
    ["unsubscribe", texted("unsubscribe"), "block consent-withdrawn", "subscribe", texted("subscribe"), FINE],
    ["digits and signs around a stop word", texted("*** STOP 1 ***"), "block consent-withdrawn", "a letter", texted("STOP x"), FINE],
    ["two words apart", texted("opt   out"), "block consent-withdrawn", "as one", texted("optout"), FINE],
    ["the text goes before the body", call("US-NY", event("sms-keyword", { text: "hello", body: "stop" })), FINE, "without it the body", call("US-NY", event("sms-keyword", { body: "stop" })), "block consent-withdrawn"],
    ["a keyword without any text", call("US-NY", event("sms-keyword")), FINE, "with one", texted("stop"), "block consent-withdrawn"],
    ["a stop word, then hello", call("US-NY", { events: [{ type: "sms-keyword", at: NOW, text: "stop" }, { type: "sms-keyword", at: NOW, text: "hello" }] }), "block consent-withdrawn", "hello alone", texted("hello"), FINE],
    ["a stop word, then a one-click POST", email("US-NY", { events: [{ type: "sms-keyword", at: NOW, text: "stop" }, { type: "http-post-one-click", at: NOW }] }), "block suppressed-unsubscribe", "the word alone", email("US-NY", { events: [{ type: "sms-keyword", at: NOW, text: "stop" }] }), "block consent-withdrawn"],
    ["a POST of tomorrow, then one of now", email("US-NY", { events: [{ type: "http-post-one-click", at: "2026-11-24T15:00:00Z" }, { type: "http-post-one-click", at: NOW }] }), "block suppressed-unsubscribe", "of tomorrow alone", email("US-NY", event("http-post-one-click", { at: "2026-11-24T15:00:00Z" })), FINE],
    ["a stop word in the body", call("US-NY", event("sms-keyword", { body: "stop" })), "block consent-withdrawn", "another kind of event", call("US-NY", event("call-note", { body: "stop" })), FINE],
  ]);
});
