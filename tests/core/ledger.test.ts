import { describe, expect, test } from "vitest";
import { consentStatus, deriveConsents, type LedgerEvent } from "#core/consent-state";

const day = (number: number) => `2026-01-${String(number).padStart(2, "0")}T00:00:00Z`;

/** An event of this day of January, to one purpose of one sender. */
const event = (type: LedgerEvent["type"], on: number, change: Partial<LedgerEvent> = {}): LedgerEvent => ({
  id: `${type}-${on}`,
  type,
  channel: "email",
  purpose: "newsletter",
  controller: "acme",
  key: null,
  occurredAt: day(on),
  recordedAt: day(on),
  lifts: false,
  ...change,
});

/** `5 stands`, `5 to 9` (withdrawn on the 9th), `5 until 20` (lapses on the 20th): each grant by its day. */
const grants = (...events: LedgerEvent[]): string[] =>
  deriveConsents(events).map((fact) => {
    const on = (instant: string) => String(Number(instant.slice(8, 10)));
    return [
      on(fact.givenAt),
      fact.withdrawnAt === undefined ? "stands" : `to ${on(fact.withdrawnAt)}`,
      ...(fact.expiresAt === undefined ? [] : [`until ${on(fact.expiresAt)}`]),
    ].join(" ");
  });

describe("consent facts are derived from the ledger", () => {
  // biome-ignore format: one case a line
  test.each<[string, LedgerEvent[], string[]]>([
    ["a yes", [event("given", 5)], ["5 stands"]],
    ["a confirmation and a renewal are a yes each", [event("confirmed", 5), event("renewed", 9)], ["5 stands", "9 stands"]],
    ["a request is none", [event("requested", 5)], []],
    ["the first no after it ends it", [event("given", 5), event("withdrawn", 9), event("withdrawn", 12)], ["5 to 9"]],
    ["an objection ends it", [event("given", 5), event("objected", 9)], ["5 to 9"]],
    ["a refusal ends it", [event("given", 5), event("refused", 9)], ["5 to 9"]],
    ["a no in the same instant wins the tie", [event("given", 5), event("withdrawn", 5)], ["5 to 5"]],
    ["a no on another channel does not", [event("given", 5), event("withdrawn", 9, { channel: "phone" })], ["5 stands", "9 to 9"]],
    ["nor one to another purpose", [event("given", 5), event("withdrawn", 9, { purpose: "offers" })], ["5 stands", "9 to 9"]],
    ["nor one to another sender", [event("given", 5), event("withdrawn", 9, { controller: "other" })], ["5 stands", "9 to 9"]],
    ["a no without any yes is a fact of its own: the law alone must not overrule it", [event("refused", 5), event("withdrawn", 9)], ["5 to 5", "9 to 9"]],
    ["one to everything without any yes is a suppression, and no fact here", [event("withdrawn", 5, { purpose: "*" }), event("objected", 9, { controller: "*" })], []],
    ["one to every purpose does", [event("given", 5), event("withdrawn", 9, { purpose: "*" })], ["5 to 9"]],
    ["one to every sender does", [event("given", 5), event("withdrawn", 9, { controller: "*" })], ["5 to 9"]],
    ["a claimed yes after a no was withdrawn from the start", [event("withdrawn", 3), event("given", 5)], ["5 to 3"]],
    ["of several the latest no stands against it", [event("withdrawn", 2), event("withdrawn", 3), event("given", 5)], ["5 to 3"]],
    ["an older no goes before one in the same instant", [event("withdrawn", 3), event("given", 5), event("withdrawn", 5)], ["5 to 3"]],
    ["the person's own yes lifts the no", [event("withdrawn", 3), event("given", 5, { lifts: true })], ["5 stands"]],
    ["a confirmation lifts it", [event("withdrawn", 3), event("confirmed", 5)], ["5 stands"]],
    ["a no that was lifted in between does not stand against a later claim", [event("withdrawn", 3), event("confirmed", 4), event("given", 5)], ["4 stands", "5 stands"]],
    ["lifted afterwards, it does", [event("withdrawn", 3), event("given", 5), event("confirmed", 7)], ["5 to 3", "7 stands"]],
    ["lifted in the instant of the no, it does", [event("withdrawn", 3), event("confirmed", 3), event("given", 5)], ["3 to 3", "5 to 3"]],
    ["lifted in the instant of the claim, it does", [event("withdrawn", 3), event("given", 5), event("confirmed", 5)], ["5 stands", "5 to 3"]],
    ["lifted for another purpose, it does", [event("withdrawn", 3), event("confirmed", 4, { purpose: "offers" }), event("given", 5)], ["4 stands", "5 to 3"]],
    ["a claim in between lifts nothing", [event("withdrawn", 3), event("given", 4), event("given", 5)], ["4 to 3", "5 to 3"]],
    ["a request in between lifts nothing", [event("withdrawn", 3), event("requested", 4, { lifts: true }), event("given", 5)], ["5 to 3"]],
    ["a lapse is an end of its own", [event("given", 5), event("expired", 9)], ["5 stands until 9"]],
    ["a lapse before it is not its end", [event("expired", 3), event("given", 5)], ["5 stands"]],
    ["a lapse in the same instant is", [event("given", 5), event("expired", 5)], ["5 stands until 5"]],
    ["a lapse of another purpose is not", [event("given", 5), event("expired", 9, { purpose: "offers" })], ["5 stands"]],
    ["the purpose's own end", [event("given", 5, { expiresAt: day(20) })], ["5 stands until 20"]],
    ["the earlier of both ends", [event("given", 5, { expiresAt: day(20) }), event("expired", 9), event("expired", 12)], ["5 stands until 9"]],
    ["a withdrawal is no lapse", [event("given", 5), event("withdrawn", 9), event("expired", 12)], ["5 to 9 until 12"]],
    ["sorted by the day of the grant", [event("given", 9), event("given", 5)], ["5 stands", "9 stands"]],
  ])("%s", (_sentence, events, expected) => {
    expect(grants(...events)).toEqual(expected);
    expect(grants(...[...events].reverse())).toEqual(expected);
  });

  test("a fact carries what the event knew", () => {
    const proof = { method: "web-form" };
    expect(deriveConsents([event("given", 5, { key: "a@b.example", proof, id: "e5" })])).toStrictEqual([
      {
        channel: "email",
        purpose: "newsletter",
        controller: "acme",
        type: "express",
        givenAt: day(5),
        eventId: "e5",
        key: "a@b.example",
        proof,
      },
    ]);
    expect(deriveConsents([event("given", 5)])).toStrictEqual([
      {
        channel: "email",
        purpose: "newsletter",
        controller: "acme",
        type: "express",
        givenAt: day(5),
        eventId: "given-5",
      },
    ]);
  });

  test("grants of one instant are sorted by event", () => {
    const twins = [
      event("given", 5, { id: "b" }),
      event("given", 5, { id: "a" }),
      event("given", 5, { id: "c" }),
    ];
    expect(deriveConsents(twins).map((fact) => fact.eventId)).toEqual(["a", "b", "c"]);
    expect(deriveConsents([...twins].reverse()).map((fact) => fact.eventId)).toEqual(["a", "b", "c"]);
  });
});

describe("what the consent matrix shows", () => {
  // biome-ignore format: one case a line
  test.each<[string, LedgerEvent[], string]>([
    ["a yes", [event("given", 5)], "yes"],
    ["a yes withdrawn tomorrow", [event("given", 5), event("withdrawn", 11)], "yes"],
    ["a yes withdrawn now", [event("given", 5), event("withdrawn", 10)], "withdrawn"],
    ["a yes that lapses tomorrow", [event("given", 5, { expiresAt: day(11) })], "yes"],
    ["a yes that lapses now", [event("given", 5, { expiresAt: day(10) })], "lapsed"],
    ["one lapsed and one that stands", [event("given", 4, { expiresAt: day(8) }), event("given", 5)], "yes"],
    ["a yes to words that were replaced now", [event("given", 5, { noticeChangedAt: day(10) })], "notice-changed"],
    ["to words that are replaced tomorrow", [event("given", 5, { noticeChangedAt: day(11) })], "yes"],
    ["to the old words, then to the new ones", [event("given", 4, { noticeChangedAt: day(6) }), event("given", 7)], "yes"],
    ["to the old words, and asked for the new ones", [event("given", 4, { noticeChangedAt: day(6) }), event("requested", 7)], "requested"],
    ["to the old words, withdrawn", [event("given", 4, { noticeChangedAt: day(6) }), event("withdrawn", 7)], "withdrawn"],
    ["to the old words, and lapsed", [event("given", 4, { noticeChangedAt: day(6), expiresAt: day(8) })], "lapsed"],
    ["a lapse without any yes", [event("expired", 5)], "lapsed"],
    ["a yes, withdrawn, then a lapse", [event("given", 3), event("withdrawn", 4), event("expired", 5)], "lapsed"],
    ["asked", [event("requested", 5)], "requested"],
    ["asked again after a no", [event("withdrawn", 4), event("requested", 5)], "requested"],
    ["refused", [event("requested", 4), event("refused", 5)], "refused"],
    ["objected", [event("given", 4), event("objected", 5)], "withdrawn"],
    ["never asked", [], "never-asked"],
  ])("%s", (_sentence, events, status) => {
    expect(consentStatus(events, day(10))).toBe(status);
    expect(consentStatus([...events].reverse(), day(10))).toBe(status);
  });
});
