import { describe, expect, test } from "vitest";
import {
  deadlinesOf,
  PRIVACY_CLOCKS,
  PRIVACY_LAWS,
  PRIVACY_REQUEST_KINDS,
  privacyLawOf,
} from "#core/rights/deadlines";

describe("the clock of a privacy request", () => {
  test.each([
    [
      "a month after receipt under the GDPR",
      "gdpr",
      "access",
      "2026-01-15T10:00:00Z",
      "2026-02-15T10:00:00Z",
    ],
    ["the last day of a shorter month", "gdpr", "erasure", "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z"],
    ["a month in the UK", "uk-gdpr", "access", "2026-11-24T00:00:00Z", "2026-12-24T00:00:00Z"],
    ["45 days in California", "ccpa", "access", "2026-11-24T00:00:00Z", "2027-01-08T00:00:00Z"],
    [
      "15 business days for an opt-out there",
      "ccpa",
      "objection",
      "2026-11-24T00:00:00Z",
      "2026-12-15T00:00:00Z",
    ],
    [
      "the same when it arrives on a Saturday",
      "ccpa",
      "withdrawal",
      "2026-11-28T00:00:00Z",
      "2026-12-18T00:00:00Z",
    ],
    [
      "and on a Sunday, late in the evening",
      "ccpa",
      "objection",
      "2026-11-29T23:59:59Z",
      "2026-12-18T23:59:59Z",
    ],
    ["30 days in Canada", "pipeda", "rectification", "2026-11-24T00:00:00Z", "2026-12-24T00:00:00Z"],
    ["15 days in Brazil", "lgpd", "access", "2026-11-24T00:00:00Z", "2026-12-09T00:00:00Z"],
  ] as const)("%s", (_sentence, law, kind, received, answerBy) => {
    expect(deadlinesOf(law, kind, received).answerBy).toBe(answerBy);
  });

  test.each([
    ["two more months under the GDPR", "gdpr", "access", "2026-04-15T10:00:00Z"],
    ["two more months in the UK", "uk-gdpr", "objection", "2026-04-15T10:00:00Z"],
    ["45 more days in California", "ccpa", "access", "2026-04-15T10:00:00Z"],
    ["30 more days in Canada", "pipeda", "access", "2026-03-16T10:00:00Z"],
    ["no extension of a withdrawal", "ccpa", "withdrawal", null],
    ["no extension of an opt-out", "ccpa", "objection", null],
    ["none in Brazil", "lgpd", "access", null],
  ] as const)("%s", (_sentence, law, kind, extendedBy) => {
    expect(deadlinesOf(law, kind, "2026-01-15T10:00:00Z").extendedBy).toBe(extendedBy);
  });

  test("California wants a confirmation within ten business days, the GDPR none of its own", () => {
    expect(deadlinesOf("ccpa", "access", "2026-11-24T00:00:00Z").confirmBy).toBe("2026-12-08T00:00:00Z");
    for (const law of ["gdpr", "uk-gdpr", "pipeda", "lgpd"] as const)
      expect(deadlinesOf(law, "access", "2026-11-24T00:00:00Z").confirmBy).toBeNull();
    // An opt-out is carried out, not confirmed: nothing has to be verified first.
    for (const kind of ["objection", "withdrawal"] as const)
      expect(deadlinesOf("ccpa", kind, "2026-11-24T00:00:00Z").confirmBy).toBeNull();
  });

  test.each([
    ["DE", "gdpr"],
    ["RE", "gdpr"],
    ["NO", "gdpr"],
    ["GB", "uk-gdpr"],
    ["US", "ccpa"],
    ["PR", "ccpa"],
    ["CA", "pipeda"],
    ["BR", "lgpd"],
    ["JP", "gdpr"],
    [null, "gdpr"],
  ] as const)("of somebody in %s is that of the %s", (country, law) => {
    expect(privacyLawOf(country)).toBe(law);
  });

  test("every right has a name of its own, and every law has a clock that is called as people call it", () => {
    expect(new Set(PRIVACY_REQUEST_KINDS).size).toBe(6);
    expect(PRIVACY_REQUEST_KINDS).toEqual(
      expect.arrayContaining([
        "access",
        "rectification",
        "erasure",
        "restriction",
        "objection",
        "withdrawal",
      ]),
    );
    expect(Object.keys(PRIVACY_CLOCKS)).toEqual([...PRIVACY_LAWS]);
    expect(Object.values(PRIVACY_CLOCKS).map((clock) => clock.name)).toEqual([
      "GDPR",
      "UK GDPR",
      "CCPA",
      "PIPEDA",
      "LGPD",
    ]);
  });

  test("every clock names its source", () => {
    const citations = Object.values(PRIVACY_CLOCKS).map((clock) => clock.citation);
    expect(citations).toHaveLength(5);
    expect(citations.filter((citation) => !/\d/.test(citation))).toEqual([]);
  });
});
