import { domainToASCII } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asciiDomain, canonicalKey, exactKey, isEmailAddress, isPhoneNumber } from "#core/canonical-key";
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
    const names = ["bücher.example", "пример.example", "例え.example", "ελλάδα.example", "ñandú-ñu.example"];
    expect(names.map(asciiDomain)).toEqual(names.map(domainToASCII));
    const long = "данныеоченьдлинногоназваниядомена.example";
    expect(asciiDomain(long)).toBe(domainToASCII(long));
    expect(asciiDomain("ß.example")).toBe("xn--zca.example");
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

describe("lengths are those of RFC 5321 and RFC 1035, and of E.164", () => {
  const label = (length: number) => "a".repeat(length);
  // biome-ignore format: one case a line
  test.each([
    ["a local part of 64", `${label(64)}@b.example`, true],
    ["a local part of 65", `${label(65)}@b.example`, false],
    ["a label of 63", `a@${label(63)}.example`, true],
    ["a label of 64", `a@${label(64)}.example`, false],
    ["a last label of 63", `a@b.${label(63)}`, true],
    ["a last label of 64", `a@b.${label(64)}`, false],
    ["an address of 254", `a@${label(63)}.${label(63)}.${label(63)}.${label(60)}`, true],
    ["an address of 255", `a@${label(63)}.${label(63)}.${label(63)}.${label(61)}`, false],
    ["a label that ends in a hyphen", "a@b-.example", false],
    ["a label that begins with one", "a@-b.example", false],
    ["a label with one inside", "a@b-c.example", true],
    ["an underscore in the domain", "a@b_c.example", false],
    ["labels of one character", "a@b.c", true],
    ["a local part that begins with a dot", ".a@b.example", false],
    ["one that ends with a dot", "a.@b.example", false],
    ["two dots in a row", "a..b@b.example", false],
    ["a domain that begins with a dot", "a@.b.example", false],
    ["one that ends with a dot", "a@b.example.", false],
    ["no domain", "a@", false],
    ["no at", "b.example", false],
    ["every sign a local part may have", "a!#$%&'*+/=?^_`{|}~-9@b.example", true],
    ["a letter beyond ASCII", "jürgen@b.example", true],
    ["a comma", "a,b@b.example", false],
    ["a sign that is neither letter nor digit, in another script", "a@b\u2014c.example", false],
  ])("%s", (_sentence, address, isSound) => {
    expect(isEmailAddress(address)).toBe(isSound);
    expect(exactKey("email", address) !== null).toBe(isSound);
    expect(canonicalKey("email", address) !== null).toBe(isSound);
  });

  // biome-ignore format: one case a line
  test.each([
    ["+1234567", true],
    ["+123456", false],
    ["+123456789012345", true],
    ["+1234567890123456", false],
    ["+0123456789", false],
    ["1234567890", false],
    ["+49 30 123456", false],
    ["+4930123456\n", false],
    ["x+4930123456", false],
    ["+4930123456x", false],
  ])("%j as a number", (number, isSound) => {
    expect(isPhoneNumber(number)).toBe(isSound);
    expect(exactKey("phone", number)).toBe(isSound ? number : null);
    expect(canonicalKey("phone", number)).toBe(isSound ? number : null);
  });
});

describe("a domain has one spelling", () => {
  test.each([
    ["EXAMPLE.com", "example.com"],
    ["\uff45xample.com", "example.com"],
    ["example\u3002com", "example.com"],
    // The Kelvin sign is a k.
    ["\u212aey.example", "key.example"],
    ["XN--BCHER-KVA.example", "xn--bcher-kva.example"],
    ["BÜCHER.example", "xn--bcher-kva.example"],
    ["bu\u0308cher.example", "xn--bcher-kva.example"],
    // The first character beyond ASCII that a label may hold.
    ["\u00aa.example", "a.example"],
    ["a\u0080.example", null],
    ["a\u007f.example", null],
  ])("%s is %s", (spelled, one) => {
    expect(asciiDomain(spelled)).toBe(one);
    expect(exactKey("email", `a@${spelled}`)).toBe(one === null ? null : `a@${one}`);
  });

  test.each([
    "b",
    "",
    ".",
    "a..b",
    "a.b.",
    "-a.b",
    "a-.b",
    "a b.c",
    "a.b\n",
    `${"a".repeat(64)}.b`,
    "ü-.b\u2014",
  ])("%j is none", (text) => {
    expect(asciiDomain(text)).toBeNull();
  });

  test("what a tag and dots fold to", () => {
    expect(canonicalKey("email", "+tag@example.com")).toBe("+tag@example.com");
    expect(canonicalKey("email", "a+b+c@example.com")).toBe("a@example.com");
    expect(canonicalKey("email", "a.b@example.com")).toBe("a.b@example.com");
    expect(canonicalKey("email", "\uff21@example.com")).toBe("a@example.com");
    expect(canonicalKey("email", "a.b.c+d@gmail.com")).toBe("abc@gmail.com");
  });
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
