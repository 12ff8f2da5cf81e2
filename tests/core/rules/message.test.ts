import { describe, expect, test } from "vitest";
import { decide } from "#core/decide";
import type { Facts } from "#core/facts";
import { answers, email, MESSAGE, yes } from "../question.ts";

type Message = NonNullable<Facts["message"]>;
const FINE = "allow opt-out-regime";
const saying = (message: Partial<Message>, change: Parameters<typeof email>[1] = {}) =>
  email("US-NY", { message: { ...MESSAGE, ...message }, ...change });

describe("a message says who sends it and how to get out", () => {
  const NO_SENDER = "block sender-identity-missing";
  const NO_WAY_OUT = "block unsubscribe-mechanism-invalid";
  const MISLEADING = "block misleading-header-subject";
  const order = { campaign: { kind: "transactional" } } as const;
  // biome-ignore format: one case a line
  answers([
    ["no postal address", saying({ postalAddress: null }), NO_SENDER, "one", saying({}), FINE],
    ["blanks for an address", saying({ postalAddress: "  " }), NO_SENDER, "one", saying({}), FINE],
    ["an order without an address", saying({ postalAddress: null }, order), NO_SENDER, "with one", saying({}, order), "allow transactional"],
    ["no message was given, and none was judged", email("US-NY", { message: undefined as never }), FINE, "an empty one", email("US-NY", { message: {} }), NO_SENDER],
    ["no way out", saying({ bodyUnsubscribe: false }), NO_WAY_OUT, "one", saying({}), FINE],
    ["a way out behind a login", saying({ unsubscribeRequiresLogin: true }), NO_WAY_OUT, "without one", saying({ unsubscribeRequiresLogin: false }), FINE],
    ["an order needs no way out", saying({ bodyUnsubscribe: false }, order), "allow transactional", "an offer does", saying({ bodyUnsubscribe: false }), NO_WAY_OUT],
    ["a sender that is no address", saying({ from: "Acme Inc." }), MISLEADING, "an address", saying({ from: "news@acme.example" }), FINE],
    ["a sender with a name", saying({ from: "Acme <news@acme.example>" }), FINE, "with an address that is none", saying({ from: "Acme <news@acme>" }), MISLEADING],
    ["a subject that feigns a reply", saying({ subject: "Re: your order" }), MISLEADING, "one that does not", saying({ subject: "Regarding your order" }), FINE],
    ["a colon after other words", saying({ subject: "About re: your order" }), FINE, "at the start", saying({ subject: "re: your order" }), MISLEADING],
    ["a word that ends like a reply", saying({ subject: "Store: open" }), FINE, "a reply", saying({ subject: "Re : open" }), MISLEADING],
    ...["fw", "fwd", "aw", "wg", "antw", "tr", "rv", "rif", "res", "sv", "vs"].map((word) => [`'${word}:' before the subject`, saying({ subject: `${word}: hello` }), MISLEADING, "without it", saying({ subject: "hello" }), FINE] as const),
    ["an address within the name", saying({ from: "<x@example.com> Acme" }), MISLEADING, "at the end", saying({ from: "Acme <x@example.com>" }), FINE],
    ["blanks after the address", saying({ from: "Acme <x@example.com>  " }), FINE, "a word after it", saying({ from: "Acme <x@example.com> x" }), MISLEADING],
    ["an address in two pairs of angle brackets", saying({ from: "Acme <<x@example.com>>" }), MISLEADING, "in one", saying({ from: "Acme <x@example.com>" }), FINE],
    ["empty angle brackets", saying({ from: "Acme <>" }), MISLEADING, "an address alone", saying({ from: "x@example.com" }), FINE],
    ["a sender that is no address, and an order", saying({ from: "Acme" }, order), MISLEADING, "an address", saying({ from: "x@example.com" }, order), "allow transactional"],
    ["a subject by email to the EU", email("DE", { ...yes(), message: { ...MESSAGE, subject: "Re: x" } }), MISLEADING, "an honest one", email("DE", { ...yes(), message: { ...MESSAGE, subject: "x" } }), "allow consent-express"],
    ["in German", saying({ subject: " AW : Ihre Frage" }), MISLEADING, "one that does not", saying({ subject: "Aware of this?" }), FINE],
    ["a forward", saying({ subject: "FWD: look" }), MISLEADING, "an answer to an order", saying({ subject: "Re: your order" }, order), "allow transactional"],
  ]);
});

describe("bulk senders keep the rules of mailbox providers", () => {
  const UNSIGNED = "block one-click-unsigned";
  const bulk: Message = {
    listUnsubscribe: "https",
    listUnsubscribePost: true,
    dkimSignedHeaders: ["from", "list-unsubscribe", "list-unsubscribe-post"],
    dmarcAligned: true,
  };
  const sent = (message: Partial<Message>, change: Parameters<typeof email>[1] = {}) =>
    saying({ ...bulk, ...message }, { bulkSenderToProvider: true, ...change });
  const rate = (spamRate7d: number, change: object = {}) => sent({}, { spamRate7d, ...change });
  const OWN_DAY = { now: "2026-11-24T15:00:00Z" };
  const CEILING = "block spam-rate-ceiling";
  // biome-ignore format: one case a line
  answers([
    ["one click, under the signature", sent({}), FINE, "the link is not under it", sent({ dkimSignedHeaders: ["from", "list-unsubscribe-post"] }), UNSIGNED],
    ["the POST header is not under it", sent({ dkimSignedHeaders: ["from", "list-unsubscribe"] }), UNSIGNED, "in capitals it is", sent({ dkimSignedHeaders: ["List-Unsubscribe", "List-Unsubscribe-Post"] }), FINE],
    ["no POST header", sent({ listUnsubscribePost: false }), UNSIGNED, "one", sent({}), FINE],
    ["a mailto alone", sent({ listUnsubscribe: "mailto:out@acme.example" }), UNSIGNED, "beside an HTTPS link", sent({ listUnsubscribe: "<https://acme.example/u/1>, <mailto:out@acme.example>" }), FINE],
    ["an HTTP link", sent({ listUnsubscribe: "<http://acme.example/u/1>" }), UNSIGNED, "an HTTPS one", sent({ listUnsubscribe: "<HTTPS://acme.example/u/1>" }), FINE],
    ["two HTTPS links", sent({ listUnsubscribe: "<https://acme.example/a>, <https://acme.example/b>" }), UNSIGNED, "one", sent({ listUnsubscribe: "https://acme.example/a" }), FINE],
    ["an HTTPS and an HTTP link", sent({ listUnsubscribe: "<https://acme.example/a>, <http://acme.example/b>" }), UNSIGNED, "the HTTPS one alone", sent({ listUnsubscribe: "<https://acme.example/a>" }), FINE],
    ["blanks and brackets around the link", sent({ listUnsubscribe: "  < <https://acme.example/u/1>> " }), FINE, "a word before it", sent({ listUnsubscribe: "x <https://acme.example/u/1>" }), UNSIGNED],
    ["a mailto within another scheme", sent({ listUnsubscribe: "https, xmailto:out@acme.example" }), UNSIGNED, "of its own, in capitals", sent({ listUnsubscribe: "https, MAILTO:out@acme.example" }), FINE],
    ["a mailto without its colon", sent({ listUnsubscribe: "https, mailto" }), UNSIGNED, "with it", sent({ listUnsubscribe: "https, mailto:x" }), FINE],
    ["https within another scheme", sent({ listUnsubscribe: "xhttps://acme.example/u/1" }), UNSIGNED, "of its own", sent({ listUnsubscribe: "https://acme.example/u/1" }), FINE],
    ["no link at all", sent({ listUnsubscribe: "" }), UNSIGNED, "one", sent({}), FINE],
    ["nothing said of the link", saying({ listUnsubscribePost: true, dkimSignedHeaders: ["list-unsubscribe", "list-unsubscribe-post"], dmarcAligned: true }, { bulkSenderToProvider: true }), UNSIGNED, "one", sent({}), FINE],
    ["a word that begins like https", sent({ listUnsubscribe: "httpsomething" }), UNSIGNED, "https", sent({}), FINE],
    ["no signature at all", saying({ listUnsubscribe: "https", listUnsubscribePost: true, dmarcAligned: true }, { bulkSenderToProvider: true }), UNSIGNED, "to a provider without such rules", saying({ dmarcAligned: true }), FINE],
    ["an order in bulk needs no one-click", saying({ dmarcAligned: true }, { bulkSenderToProvider: true, campaign: { kind: "transactional" } }), "allow transactional", "an offer does", saying({ dmarcAligned: true }, { bulkSenderToProvider: true }), UNSIGNED],
    ["not aligned", sent({ dmarcAligned: false }), "block auth-not-aligned", "aligned", sent({}), FINE],
    ["not aligned, but no bulk sender", sent({ dmarcAligned: false }, { bulkSenderToProvider: false }), FINE, "a bulk sender", sent({ dmarcAligned: false }), "block auth-not-aligned"],
    ["0.25 % reported as spam", rate(0.0025), CEILING, "a little less, on the person's day", rate(0.00249, OWN_DAY), FINE],
    ["0.3 % where the policy says 0.5 %", rate(0.003, { ...OWN_DAY, policy: { spamRateCeiling: 0.005 } }), FINE, "where it says 0.25 %", rate(0.003), CEILING],
    ["0.15 % where the policy says 0.1 %", rate(0.0015, { policy: { spamRateCeiling: 0.001 } }), CEILING, "where it says 0.25 %", rate(0.0015, OWN_DAY), FINE],
    ["0.1 % reported as spam, on another person's day", rate(0.001), "defer spam-rate-ceiling until 2026-11-24T00:00:00Z", "a little less", rate(0.00099), FINE],
    ["0.1 %, on the person's own day", rate(0.001, { now: "2026-11-24T09:00:00Z" }), FINE, "on the day after", rate(0.001, { now: "2026-11-25T00:00:00Z" }), "defer spam-rate-ceiling until 2026-11-28T00:00:00Z"],
    ["two days before one's own", rate(0.002, { now: "2026-11-26T23:59:59Z" }), "defer spam-rate-ceiling until 2026-11-28T00:00:00Z", "on it", rate(0.002, { now: "2026-11-28T00:00:00Z" }), FINE],
    ["0.1 % where the policy throttles from 0.15 %", rate(0.001, { policy: { spamRateThrottle: 0.0015 } }), FINE, "where it does from 0.1 %", rate(0.001), "defer spam-rate-ceiling until 2026-11-24T00:00:00Z"],
    ["0.1 %, and an order", rate(0.001, { campaign: { kind: "transactional" } }), "allow transactional", "an offer", rate(0.001), "defer spam-rate-ceiling until 2026-11-24T00:00:00Z"],
    ["0.1 %, but no bulk sender", rate(0.001, { bulkSenderToProvider: false }), FINE, "a bulk sender", rate(0.001), "defer spam-rate-ceiling until 2026-11-24T00:00:00Z"],
    ["a rate that cannot be read", rate(Number.NaN), CEILING, "none measured", sent({}), FINE],
    ["a high rate, but no bulk sender", rate(0.01, { bulkSenderToProvider: false }), FINE, "a bulk sender", rate(0.01), CEILING],
    ["a high rate and an order", rate(0.01, { campaign: { kind: "transactional" } }), "allow transactional", "an offer", rate(0.01), CEILING],
  ]);
});

describe("between throttle and ceiling a quarter of the people is written to on each day", () => {
  const asked = (person: number, day: number) =>
    email("US-NY", {
      contactPoint: `person${person}@gmail.com`,
      now: `2026-11-${String(20 + day)}T12:00:00Z`,
      bulkSenderToProvider: true,
      spamRate7d: 0.002,
      message: {
        ...MESSAGE,
        listUnsubscribe: "https",
        listUnsubscribePost: true,
        dkimSignedHeaders: ["list-unsubscribe", "list-unsubscribe-post"],
        dmarcAligned: true,
      },
    });

  test("everyone has exactly one day of four, and about as many people each", () => {
    const people = Array.from({ length: 4_000 }, (_, person) => person);
    const onDay = [0, 1, 2, 3].map(
      (day) => people.filter((person) => decide(asked(person, day)).verdict === "allow").length,
    );
    expect(onDay.reduce((sum, count) => sum + count, 0)).toBe(people.length);
    for (const count of onDay) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test("the day comes again after four, and an allow ends with it", () => {
    const own = [0, 1, 2, 3].find((day) => decide(asked(1, day)).verdict === "allow") ?? 9;
    expect(decide(asked(1, own + 4))).toMatchObject({
      verdict: "allow",
      validUntil: `2026-11-${String(21 + own + 4)}T00:00:00Z`,
    });
    expect(decide(asked(1, own + 1))).toMatchObject({
      verdict: "defer",
      until: `2026-11-${String(20 + own + 4)}T00:00:00Z`,
    });
  });
});
