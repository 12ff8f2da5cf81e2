import { describe, expect, test } from "vitest";
import { decide } from "#core/decide";
import type { Question } from "#core/facts";
import { RULESET } from "#core/ruleset";
import { call, copy, email, NOW, yes, yesToCalls } from "../question.ts";

describe("every answer says what it rests on", () => {
  test("the version of the rules, and the groups that were not asked about", () => {
    expect(decide(email("US-NY"))).toMatchObject({ ruleset: RULESET, notChecked: [] });
    expect(decide(email("US-NY", { message: undefined as never })).notChecked).toEqual(["message"]);
    expect(decide(call("US-NY")).notChecked).toEqual(["call", "registrations"]);
    const given = { call: { callerId: "+12125550199", scriptVersion: "s1" }, registrations: [] };
    expect(decide(call("US-NY", given)).notChecked).toEqual(["registrations"]);
    expect(
      decide(call("US-NY", { ...given, policy: { requiresStateRegistrations: true } })).notChecked,
    ).toEqual([]);
    expect(decide({ channel: "email", now: NOW } as Question).notChecked).toEqual(["message"]);
  });

  test("the consent event, or the entry that blocks", () => {
    const entry = { kind: "objection", key: "anna.k@example.com", eventId: "e9" } as const;
    expect(decide(email("DE", yes({ eventId: "e1" }))).evidenceEventId).toBe("e1");
    expect(decide(email("DE", yes())).evidenceEventId).toBeNull();
    expect(decide(email("US-NY")).evidenceEventId).toBeNull();
    expect(decide(email("DE", { ...yes({ eventId: "e1", proof: {} }) })).evidenceEventId).toBe("e1");
    expect(
      decide(email("DE", { ...yes({ eventId: "e1", withdrawnAt: "2026-05-01T00:00:00Z" }) })).evidenceEventId,
    ).toBe("e1");
    const twice = {
      suppressions: [
        { ...entry, at: "2026-06-01T00:00:00Z", eventId: "e8" },
        { ...entry, at: "2026-05-01T00:00:00Z" },
        { ...entry, at: "2026-07-01T00:00:00Z", eventId: "e7" },
      ],
    };
    expect(decide(email("DE", { ...yes({ eventId: "e1" }), ...twice })).evidenceEventId).toBe("e9");
    expect(decide(email("DE", { ...yes({ eventId: "e1", proof: {} }), ...twice })).evidenceEventId).toBe(
      "e9",
    );
  });

  test("the newest consent is the evidence, in whatever order they came; of two at one instant the later event", () => {
    const given = (givenAt: string, eventId: string) => yes({ givenAt, eventId }).consents ?? [];
    const consents = [
      ...given("2026-02-01T00:00:00Z", "e1"),
      ...given("2026-03-01T00:00:00Z", "e2"),
      ...given("2026-01-01T00:00:00Z", "e3"),
    ];
    expect(decide(email("DE", { consents })).evidenceEventId).toBe("e2");
    expect(decide(email("DE", { consents: [...consents].reverse() })).evidenceEventId).toBe("e2");
    const twins = [...given("2026-02-01T00:00:00Z", "a"), ...given("2026-02-01T00:00:00Z", "b")];
    expect(decide(email("DE", { consents: twins })).evidenceEventId).toBe("b");
    expect(decide(email("DE", { consents: [...twins].reverse() })).evidenceEventId).toBe("b");
    const sameEvent = [
      ...(yes({ eventId: "a", expiresAt: "2026-12-24T00:00:00Z" }).consents ?? []),
      ...(yes({ eventId: "a", expiresAt: "2026-12-01T00:00:00Z" }).consents ?? []),
    ];
    for (const consents of [sameEvent, [...sameEvent].reverse()])
      expect(decide(email("DE", { consents }))).toMatchObject({ validUntil: "2026-12-01T00:00:00Z" });
    const unproved = [...given("2026-02-01T00:00:00Z", "a"), ...given("2026-03-01T00:00:00Z", "b")].map(
      (each) => ({ ...each, proof: {} }),
    );
    expect(decide(email("DE", { consents: unproved })).evidenceEventId).toBe("b");
    expect(decide(email("DE", { consents: [...unproved].reverse() })).evidenceEventId).toBe("b");
  });

  test("when it lapses: consent, the notice of Art. 14, the closing of hours, whichever is first", () => {
    const validUntil = (question: Question) => {
      const decision = decide(question);
      return decision.verdict === "allow" ? decision.validUntil : decision.reason;
    };
    expect(validUntil(email("DE", yes()))).toBe("2028-02-01T09:05:00Z");
    expect(validUntil(email("DE", yes({ withdrawnAt: "2027-01-01T00:00:00Z" })))).toBe(
      "2027-01-01T00:00:00Z",
    );
    expect(validUntil(email("DE", yes({ expiresAt: "2026-12-01T00:00:00.5Z" })))).toBe(
      "2026-12-01T00:00:00.500Z",
    );
    expect(validUntil(email("US-NY"))).toBeNull();
    expect(validUntil(email("CA-ON", { relationship: { lastPurchaseAt: "2026-01-10" } }))).toBe(
      "2028-01-11T00:00:00Z",
    );
    expect(validUntil(email("CA-ON", { relationship: { lastInquiryAt: "2026-08-10" } }))).toBe(
      "2027-02-11T00:00:00Z",
    );
    expect(validUntil(call("GB", yesToCalls()))).toBe("2026-11-23T21:00:00Z");
    expect(validUntil(call("GB", yesToCalls({ expiresAt: "2026-11-23T18:00:00Z" })))).toBe(
      "2026-11-23T18:00:00Z",
    );
    const twoPlaces = call("GB", {
      ...yesToCalls({ expiresAt: "2026-11-23T18:00:00Z" }),
      contactPoint: "+4930123456",
    });
    expect(validUntil(twoPlaces)).toBe("2026-11-23T18:00:00Z");
    const carried = {
      ...yes({ givenAt: "2026-11-01T00:00:00Z" }),
      source: {
        kind: "third-party-named-consent",
        provenanceVerified: true,
        obtainedAt: "2026-11-10T00:00:00Z",
      } as const,
      message: { postalAddress: "1 Main St", bodyUnsubscribe: true, containsArt14Notice: true },
    };
    expect(validUntil(email("DE", carried))).toBe("2026-12-10T00:00:00Z");
  });

  test("all failing rules once, decisive first: suppression, person, source, consent, registry, message or call, cap, hours", () => {
    const night = call("US-NY", {
      now: "2026-11-24T04:00:00Z",
      registries: [copy("US-NDNCR", { listAsOf: "2026-01-01", listed: true })],
      suppressions: [{ kind: "internal-dnc", key: "+12125550100", at: NOW }],
      restrictedSince: "2026-01-01",
      age: 10,
      source: { kind: "purchased-list" },
      ...yesToCalls({ withdrawnAt: "2026-05-01T00:00:00Z" }),
      policy: { legalBasis: "consent-only" },
      call: {},
      attempts: ["2026-11-24T03:00:00Z"],
      campaign: { frequencyCap: { max: 1, windowHours: 24 } },
    });
    expect(decide(night).failing).toEqual([
      "internal-dnc",
      "processing-restricted",
      "minor-protected",
      "source-provenance-unverified",
      "consent-withdrawn",
      "dnc-registry-stale",
      "dnc-registry-listed",
      "caller-id-missing",
      "script-missing",
      "frequency-cap",
      "quiet-hours",
    ]);
  });
});
