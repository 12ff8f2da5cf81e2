import { describe, expect, test } from "vitest";
import { auditAudience } from "#core/audience";
import { POLICY_DEFAULTS, POLICY_SETTINGS } from "#core/policy";
import { REASON_TEXTS, reasonText } from "#core/reason-text";
import { CAMPAIGN_STATES, RECIPIENT_STATES, RECIPIENT_TRANSITIONS } from "#core/recipient-state";
import { RULESET } from "#core/ruleset";

describe("what people read", () => {
  test("every reason says what it means and what would change it, in words of its own", () => {
    const titles = Object.values(REASON_TEXTS).map((each) => each.title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const [reason, text] of Object.entries(REASON_TEXTS)) {
      expect(text.title, reason).toMatch(/^[A-Z].{8,}[^.]$/);
      expect(text.cure, reason).toMatch(/^[A-Z].{8,}\.$/);
    }
  });

  test("a known reason has its text, an unknown one is its own title", () => {
    expect(reasonText("quiet-hours")).toBe(REASON_TEXTS["quiet-hours"]);
    expect(reasonText("made-up")).toEqual({ title: "made-up", cure: "" });
    expect(reasonText("constructor")).toEqual({ title: "constructor", cure: "" });
  });

  test("every setting of the policy has a question and a source", () => {
    expect(POLICY_SETTINGS.map((each) => each.key).sort()).toEqual(Object.keys(POLICY_DEFAULTS).sort());
    for (const setting of POLICY_SETTINGS) {
      expect(setting.asks).toMatch(/^[A-Z].{10,}[?.]$/);
      expect(setting.source.length).toBeGreaterThan(8);
    }
    expect(RULESET).toMatch(/^\d{4}-\d\d-\d\d\.\d+$/);
  });

  test("the values that hold where nothing is set", () => {
    expect(POLICY_DEFAULTS).toEqual({
      legalBasis: "law",
      consentMonths: 24,
      thirdPartyConsentMonths: 6,
      renewalDays: 60,
      softOptInNegotiation: ["GB"],
      softOptInFreeTier: ["RO"],
      soleTradersAreConsumers: true,
      blocksMinorsUnder18: false,
      allowsLegitimateInterestCalls: false,
      requiresStateDoNotCallLists: false,
      requiresStateRegistrations: false,
      appliesLowConfidenceHours: true,
      mississippiStandardTime: true,
      reassignedNoDataBlocks: true,
      predictiveIsAutomated: false,
      spanishCommercialPrefix: false,
      spamRateThrottle: 0.001,
      spamRateCeiling: 0.0025,
    });
  });
});

describe("an audience is neither too deep nor too large", () => {
  const country = { country: ["DE"] } as const;
  const nested = (depth: number): Parameters<typeof auditAudience>[0] =>
    depth === 1 ? country : { not: nested(depth - 1) };
  const wide = (count: number) => ({ any: Array.from({ length: count - 1 }, () => country) });

  test("five deep and fifty conditions are fine", () => {
    expect(auditAudience(nested(5))).toEqual([]);
    expect(auditAudience(wide(50))).toEqual([]);
    expect(auditAudience({ all: [] })).toEqual([]);
  });

  test("one more is told", () => {
    expect(auditAudience(nested(6))).toEqual([{ path: "/audience", message: "is nested 6 deep; at most 5" }]);
    expect(auditAudience(wide(51))).toEqual([
      { path: "/audience", message: "has 51 conditions; at most 50" },
    ]);
    expect(auditAudience({ all: [nested(5), wide(50)] })).toHaveLength(2);
  });
});

describe("a recipient moves on, never back from an end", () => {
  test("every state has its ways out, into states there are", () => {
    expect(Object.keys(RECIPIENT_TRANSITIONS).sort()).toEqual([...RECIPIENT_STATES].sort());
    for (const [from, to] of Object.entries(RECIPIENT_TRANSITIONS)) {
      for (const state of to) expect(RECIPIENT_STATES, `${from} to ${state}`).toContain(state);
      expect(new Set(to).size).toBe(to.length);
    }
  });

  test("the ends are ends, and nothing is contacted without being redeemed", () => {
    for (const end of ["blocked", "cancelled", "contacted", "failed"] as const) {
      expect(RECIPIENT_TRANSITIONS[end]).toEqual([]);
    }
    const before = Object.entries(RECIPIENT_TRANSITIONS).filter(([, to]) => to.includes("contacted"));
    expect(before.map(([from]) => from).sort()).toEqual(["redeemed", "unconfirmed"]);
    expect(RECIPIENT_TRANSITIONS.permitted).toContain("redeemed");
    expect(RECIPIENT_TRANSITIONS.planned).toEqual(["permitted", "blocked", "deferred", "cancelled"]);
    expect(RECIPIENT_TRANSITIONS.deferred).toEqual([
      "planned",
      "permitted",
      "blocked",
      "cancelled",
      "deferred",
    ]);
    expect(CAMPAIGN_STATES).toEqual([
      "draft",
      "scheduled",
      "planning",
      "sending",
      "paused",
      "cancelled",
      "finished",
    ]);
  });
});
