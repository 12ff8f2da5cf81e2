import { describe, expect, test } from "vitest";
import { decide } from "#core/decide";
import type { ConsentFact, Question } from "#core/facts";
import { call, copy, email, NOT_REASSIGNED, signed, yes } from "../question.ts";

/** A consent to recorded calls in New York that is fine, but for one thing. */
const but = (change: Partial<ConsentFact>): ConsentFact => ({
  ...(signed("US-NY").consents?.[0] as ConsentFact),
  ...change,
});

/** From the farthest miss to the nearest. */
const MISSES: readonly (readonly [reason: string, consent: ConsentFact])[] = [
  ["consent-missing", but({ key: "+12125550199", eventId: "m0" })],
  ["consent-controller-mismatch", but({ controller: "other", eventId: "m1" })],
  ["consent-channel-mismatch", but({ channel: "email", eventId: "m2" })],
  ["consent-purpose-mismatch", but({ purpose: "surveys", eventId: "m3" })],
  ["consent-not-yet-valid", but({ givenAt: "2026-12-01T00:00:00Z", eventId: "m4" })],
  ["consent-expired", but({ expiresAt: "2026-01-01T00:00:00Z", eventId: "m5" })],
  ["consent-notice-changed", but({ noticeChangedAt: "2026-06-01T00:00:00Z", eventId: "m5b" })],
  ["consent-proof-missing", but({ proof: {}, eventId: "m6" })],
  ["pewc-missing", but({ proof: { signature: "s", text: "calls", number: "+12125550100" }, eventId: "m7" })],
  [
    "consent-withdrawn",
    but({ givenAt: "2025-01-01T00:00:00Z", withdrawnAt: "2025-02-01T00:00:00Z", eventId: "m8" }),
  ],
];

const recorded = (consents: readonly ConsentFact[]): Question =>
  call("US-NY", {
    consents,
    reassignment: NOT_REASSIGNED,
    policy: { legalBasis: "consent-only" },
    campaign: { mode: "prerecorded" },
  });

describe("of several consents that do not hold the nearest miss is told, with its event", () => {
  const pairs = MISSES.flatMap((far, place) => MISSES.slice(place + 1).map((near) => [far, near] as const));

  test.each(pairs.map(([far, near]) => [far[0], near[0], far[1], near[1]] as const))(
    "%s and %s: the latter",
    (_far, reason, far, near) => {
      for (const consents of [
        [far, near],
        [near, far],
      ]) {
        expect(decide(recorded(consents))).toMatchObject({
          verdict: "block",
          reason,
          failing: [reason],
          evidenceEventId: near.eventId,
        });
      }
    },
  );

  test.each(MISSES)("%s alone", (reason, consent) => {
    expect(decide(recorded([consent])).reason).toBe(reason);
  });
});

describe("a contact that only one side names", () => {
  test("is no other contact", () => {
    expect(decide(email("DE", { ...yes({ contactId: "a" }) })).verdict).toBe("allow");
    expect(decide(email("DE", { ...yes(), contactId: "a" })).verdict).toBe("allow");
    expect(decide(email("DE", { ...yes({ contactId: "a" }), contactId: "b" })).verdict).toBe("block");
  });

  test("is told as never agreed when both are named and differ, not as another sender", () => {
    const other = email("DE", { ...yes({ contactId: "a", controller: "other" }), contactId: "b" });
    expect(decide(other).reason).toBe("consent-missing");
  });

  test("is bound by a withdrawal", () => {
    const no = { withdrawnAt: "2026-05-01T00:00:00Z" };
    expect(decide(email("US-NY", yes({ contactId: "a", ...no }))).reason).toBe("consent-withdrawn");
    expect(decide(email("US-NY", { ...yes(no), contactId: "a" })).reason).toBe("consent-withdrawn");
    expect(decide(email("US-NY", { ...yes({ contactId: "a", ...no }), contactId: "b" })).verdict).toBe(
      "allow",
    );
  });
});

describe("a withdrawal to the instant", () => {
  const failing = (question: Question) => decide(question).failing;

  test("at this one it is a withdrawal and nothing else", () => {
    expect(failing(email("DE", yes({ withdrawnAt: "2026-11-23T15:00:00Z" })))).toEqual(["consent-withdrawn"]);
    expect(failing(email("US-NY", yes({ withdrawnAt: "2026-11-23T15:00:00Z" })))).toEqual([
      "consent-withdrawn",
    ]);
    expect(failing(email("US-NY", yes({ withdrawnAt: "2026-11-23T15:00:01Z" })))).toEqual([]);
  });

  test("a yes of this very instant is a later word", () => {
    const no = { givenAt: "2026-01-01T00:00:00Z", withdrawnAt: "2026-05-01T00:00:00Z" };
    const consents = [
      ...(yes(no).consents ?? []),
      ...(yes({ givenAt: "2026-11-23T15:00:00Z" }).consents ?? []),
    ];
    expect(failing(email("DE", { consents }))).toEqual([]);
  });

  test("the later withdrawal is the evidence, though its consent is the older one", () => {
    const no = (givenAt: string, withdrawnAt: string, eventId: string) =>
      yes({ givenAt, withdrawnAt, eventId }).consents ?? [];
    const early = no("2026-01-03T00:00:00Z", "2026-02-01T00:00:00Z", "e1");
    const late = no("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "e2");
    for (const consents of [
      [...early, ...late],
      [...late, ...early],
    ])
      expect(decide(email("US-NY", { consents })).evidenceEventId).toBe("e2");
  });

  test("in the US a no to another topic ends recorded calls, also where only the number is of the US", () => {
    const [agreed] = signed("US-NY").consents ?? [];
    const consents = [
      agreed as ConsentFact,
      but({ purpose: "surveys", withdrawnAt: "2026-05-01T00:00:00Z" }),
    ];
    const asked = call("DE", {
      consents,
      contactPoint: "+12125550100",
      reassignment: NOT_REASSIGNED,
      registries: [copy("US-NDNCR")],
      campaign: { mode: "prerecorded" },
    });
    expect(decide(asked).failing).toEqual(["consent-withdrawn"]);
  });

  test("of bounces the evidence is the first that counts", () => {
    const bounce = (day: number, dsn: string) =>
      ({
        kind: "hard-bounce",
        key: "anna.k@example.com",
        at: `2026-11-0${day}T00:00:00Z`,
        dsn,
        eventId: `b${day}`,
      }) as const;
    const suppressions = [bounce(1, "5.7.1"), bounce(2, "4.2.2"), bounce(3, "4.2.2"), bounce(4, "4.2.2")];
    expect(decide(email("US-NY", { suppressions })).evidenceEventId).toBe("b2");
  });
});

describe("of entries at one instant the one with the smaller event is the evidence", () => {
  const entry = (eventId: string | undefined, at = "2026-05-01T00:00:00Z") =>
    ({
      kind: "objection",
      key: "anna.k@example.com",
      at,
      ...(eventId === undefined ? {} : { eventId }),
    }) as const;
  const evidence = (...suppressions: ReturnType<typeof entry>[]) =>
    decide(email("DE", { suppressions })).evidenceEventId;

  test("in whatever order they came", () => {
    expect(evidence(entry("b"), entry("a"), entry("c"))).toBe("a");
    expect(evidence(entry("a"), entry("b"))).toBe("a");
    expect(evidence(entry("b"), entry("a", "2026-05-01T00:00:00.000Z"))).toBe("a");
    for (const other of ["A", "a"]) {
      expect(evidence(entry(other), entry(undefined))).toBeNull();
      expect(evidence(entry(undefined), entry(other))).toBeNull();
    }
  });

  test("an earlier one goes before, whatever its event", () => {
    expect(evidence(entry("a"), entry("z", "2026-04-01T00:00:00Z"))).toBe("z");
    expect(evidence(entry("z", "2026-04-01T00:00:00Z"), entry("a"))).toBe("z");
  });
});
