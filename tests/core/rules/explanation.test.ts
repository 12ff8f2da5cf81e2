import { describe, expect, test } from "vitest";
import { decide, follow, settle } from "#core/decide";
import { decisiveRule } from "#core/decisive-rule";
import { explain } from "#core/explain";
import type { Question } from "#core/facts";
import { BASES, RULES_AFTER_PERMISSION, RULES_BEFORE_PERMISSION } from "#core/rules/catalogue";
import { REGISTRIES } from "#core/rules/do-not-call-lists";
import { call, copy, email, listed, NOT_REASSIGNED, NOW, yes, yesToCalls } from "../question.ts";

const outcomes = (question: Question): Record<string, string> =>
  Object.fromEntries(explain(question, null).considered.map((each) => [each.id, each.outcome]));
const row = (question: Question, id: string) =>
  explain(question, null).considered.find((each) => each.id === id);

/** Every day of half a year, so that no day is open. */
const holidaysWithoutEnd = (): string[] =>
  Array.from({ length: 180 }, (_, day) =>
    Temporal.PlainDate.from("2026-11-20").add({ days: day }).toString(),
  );

describe("an answer is explained rule by rule", () => {
  test("the explanation carries the same decision", () => {
    for (const question of [email("DE"), email("DE", yes()), call("GB", { now: "2026-11-24T03:00:00Z" })]) {
      expect(explain(question, null).decision).toEqual(settle(question, null));
    }
  });

  test("a consent that permits, and bases that nothing claims", () => {
    expect(outcomes(email("DE", yes()))).toMatchObject({
      "suppressed-objection": "passed",
      transactional: "not-claimed",
      "consent-express": "permits",
      "soft-opt-in": "not-claimed",
    });
  });

  test("only rules of the channel, in the order they are asked", () => {
    const ids = explain(email("DE"), null).considered.map((each) => each.id);
    const all = [...RULES_BEFORE_PERMISSION, ...BASES, ...RULES_AFTER_PERMISSION];
    expect(ids).toEqual(all.filter((rule) => rule.channels.includes("email")).map((rule) => rule.id));
    expect(ids).not.toContain("quiet-hours");
  });

  test("where only consent counts the other bases are said to be left out", () => {
    expect(outcomes(email("US-NY", { policy: { legalBasis: "consent-only" } }))["opt-out-regime"]).toBe(
      "law-only",
    );
    expect(outcomes(email("US-NY"))["opt-out-regime"]).toBe("permits");
  });

  test("a law that has ended or not begun is not in force", () => {
    expect(outcomes(call("FR"))["opt-out-regime-calls-france"]).toBe("not-in-force");
    expect(outcomes(call("FR", { now: "2026-08-10T12:00:00Z" }))["opt-out-regime-calls-france"]).toBe(
      "permits",
    );
    expect(outcomes(email("IT", { now: "2026-06-18T21:59:59Z" }))["sector-ban-italy"]).toBe("not-in-force");
    expect(outcomes(email("IT", { now: "2026-06-18T22:00:00Z" }))["sector-ban-italy"]).toBe("passed");
  });

  test("a rule that blocks says why, and one that defers until when", () => {
    const night = call("US-NY", { now: "2026-11-24T04:00:00Z", ...listed("US-NDNCR") });
    expect(row(night, "dnc-registry-listed")).toMatchObject({
      outcome: "blocked",
      reason: "dnc-registry-listed",
      until: null,
    });
    expect(row(night, "quiet-hours")).toMatchObject({
      outcome: "deferred",
      reason: "quiet-hours",
      until: "2026-11-24T13:00:00Z",
    });
    expect(row(night, "processing-restricted")).toMatchObject({
      outcome: "passed",
      reason: null,
      until: null,
    });
  });

  test("a basis that is claimed and does not hold says why", () => {
    expect(row(email("DE", yes({ proof: {} })), "consent-express")).toMatchObject({
      outcome: "refused",
      reason: "consent-proof-missing",
      until: null,
    });
    expect(row(email("DE", yes()), "consent-express")).toMatchObject({
      reason: "consent-express",
      until: null,
    });
    expect(row(email("DE"), "soft-opt-in")).toMatchObject({ reason: null, until: null });
  });

  test("with two places a basis is told for the one in which it does not hold", () => {
    const both = call("GB", { contactPoint: "+4930123456" });
    expect(row(both, "opt-out-regime-calls")?.outcome).toBe("not-claimed");
    expect(row(call("GB"), "opt-out-regime-calls")?.outcome).toBe("permits");
  });

  test("a basis is told for the place in which nothing permits, though another permits elsewhere", () => {
    const both = call("GB", { ...yesToCalls({ proof: {} }), contactPoint: "+4930123456" });
    expect(decide(both).reason).toBe("consent-proof-missing");
    expect(row(both, "opt-out-regime-calls")).toMatchObject({ outcome: "not-claimed", place: "DE" });
    expect(row(both, "consent-express")).toMatchObject({
      outcome: "refused",
      reason: "consent-proof-missing",
      place: "DE",
      decisive: true,
    });
  });

  test("where something permits in every place, a basis is told for the place in which it does", () => {
    const both = call("DE", {
      ...yesToCalls(),
      contactPoint: "+442079460000",
      registries: [copy("GB-TPS")],
    });
    expect(decide(both).verdict).toBe("allow");
    expect(row(both, "consent-express")).toMatchObject({ outcome: "permits", place: "DE", decisive: true });
    expect(row(both, "opt-out-regime-calls")).toMatchObject({
      outcome: "permits",
      reason: "opt-out-regime",
      place: "GB",
      decisive: false,
    });
    const florida = call("US-NY", { contactPoint: "+13055550100" });
    expect(row(florida, "opt-out-regime-calls")?.place).toBe("US-NY");
  });

  test("a basis that is claimed is told where others permit; one that nothing claims has no reason", () => {
    const asked = email("GB", {
      party: "business",
      relationship: { collectedDuring: "sale", collectedBy: "other" },
    });
    expect(decide(asked).reason).toBe("corporate-subscriber");
    expect(row(asked, "soft-opt-in")).toMatchObject({ outcome: "refused", reason: "soft-opt-in-invalid" });
    expect(row(asked, "corporate-subscriber")).toMatchObject({ decisive: true, place: "GB" });
    expect(row(asked, "transactional")).toMatchObject({ outcome: "not-claimed", reason: null, place: "GB" });
  });

  test("a rule and a basis name the event that made it so", () => {
    const stop = { kind: "objection", key: "anna.k@example.com", at: NOW, eventId: "e9" } as const;
    const asked = email("DE", { ...yes({ eventId: "e1" }), suppressions: [stop] });
    expect(row(asked, "suppressed-objection")?.evidenceEventId).toBe("e9");
    expect(row(asked, "consent-express")?.evidenceEventId).toBe("e1");
    expect(row(asked, "processing-restricted")?.evidenceEventId).toBeNull();
    expect(row(email("DE", yes()), "consent-express")?.evidenceEventId).toBeNull();
    expect(row(email("DE", yes({ eventId: "e1", proof: {} })), "consent-express")?.evidenceEventId).toBe(
      "e1",
    );
  });

  test.each<[string, Question, string]>([
    ["an allow", email("DE", yes()), "consent-express"],
    [
      "a stop",
      email("DE", { suppressions: [{ kind: "objection", key: "anna.k@example.com", at: NOW }] }),
      "suppressed-objection",
    ],
    ["nothing claimed at all", email("DE"), "consent-express"],
    ["a wait", call("US-NY", { now: "2026-11-24T04:00:00Z" }), "quiet-hours"],
    [
      "a wait that never ends",
      call("ES", { ...yesToCalls(), holidays: holidaysWithoutEnd() }),
      "quiet-hours",
    ],
    ["an address without a country", email("unknown"), "jurisdiction-unresolved-email"],
    ["a number without one", call("unknown"), "jurisdiction-unresolved"],
    [
      "a recorded call without a signature",
      call("US-NY", { campaign: { mode: "prerecorded" } }),
      "pewc-missing",
    ],
    [
      "consent that was not signed, for a recorded call",
      call("US-NY", { ...yesToCalls(), campaign: { mode: "prerecorded" } }),
      "consent-express",
    ],
    ["a stale list", call("US-NY", { registries: [] }), "dnc-registry-stale"],
    [
      "a block though an earlier rule would wait",
      call("FR", {
        ...yesToCalls(),
        attempts: [NOW],
        tzCandidates: ["Europe/Paris", "Pacific/Auckland"],
        campaign: { frequencyCap: { max: 1, windowHours: 1 } },
      }),
      "quiet-hours",
    ],
    [
      "an allow by law where consent was refused",
      email("US-NY", yes({ purpose: "offers" })),
      "opt-out-regime",
    ],
    [
      "what is missing by the number alone",
      call("DE", {
        ...yesToCalls({
          proof: { noticeVersion: "1", noticeHash: "h", method: "web-form", text: "automated calls" },
        }),
        contactPoint: "+12125550100",
        reassignment: NOT_REASSIGNED,
        registries: [copy("US-NDNCR")],
        campaign: { mode: "prerecorded" },
      }),
      "consent-express",
    ],
  ])("exactly one row decided: %s", (_sentence, asked, id) => {
    const rows = explain(asked, null).considered.filter((each) => each.decisive);
    expect(rows.map((each) => each.id)).toEqual([id]);
    expect(rows[0]?.at).toBe(asked.now);
  });

  test("a block that a wait runs into has a row of its own, after the others", () => {
    const expires = call("GB", {
      now: "2026-11-23T22:00:00Z",
      ...yesToCalls({ expiresAt: "2026-11-24T01:00:00Z", eventId: "e5" }),
      policy: { legalBasis: "consent-only" },
    });
    const { decision, considered } = explain(expires, null);
    expect(decision).toMatchObject({ verdict: "block", reason: "consent-expired" });
    const [decisive, ...more] = considered.filter((each) => each.decisive);
    expect(more).toEqual([]);
    expect(decisive).toMatchObject({
      id: "consent-express",
      outcome: "refused",
      reason: "consent-expired",
      at: "2026-11-24T08:00:00Z",
      evidenceEventId: "e5",
    });
    expect(considered.filter((each) => each.at === expires.now).map((each) => each.id)).toEqual(
      explain({ ...expires, now: NOW }, null).considered.map((each) => each.id),
    );
    expect(considered.at(-1)).toBe(decisive);
    expect(considered.find((each) => each.id === "quiet-hours")).toMatchObject({
      outcome: "deferred",
      decisive: false,
    });
  });

  test("all that blocks at the end of a wait has a row, and only that", () => {
    const asked = call("GB", {
      now: "2026-11-23T22:00:00Z",
      restrictedSince: "2026-11-24T00:00:00Z",
      ...yesToCalls({ expiresAt: "2026-11-24T01:00:00Z" }),
      policy: { legalBasis: "consent-only" },
    });
    const later = explain(asked, null).considered.filter((each) => each.at !== asked.now);
    expect(later.map((each) => [each.id, each.outcome, each.decisive])).toEqual([
      ["processing-restricted", "blocked", true],
      ["consent-express", "refused", false],
    ]);
  });

  test("a basis that is silent at the address and claimed by the number is told for the number's place", () => {
    const asked = call("DE", {
      ...yesToCalls(),
      contactPoint: "+34910000000",
      registries: [copy("ES-ROBINSON")],
      policy: { allowsLegitimateInterestCalls: true },
      relationship: { lastPurchaseAt: "2026-10-01", similarProducts: true },
    });
    expect(decide(asked).verdict).toBe("allow");
    expect(row(asked, "legitimate-interest-call")).toMatchObject({
      outcome: "refused",
      reason: "lia-missing",
      place: "ES",
    });
    expect(row(asked, "running-contract")).toMatchObject({ outcome: "not-claimed", place: "DE" });
  });

  test("a place that is not known is told as unknown", () => {
    expect(row(email("unknown"), "jurisdiction-unresolved-email")).toMatchObject({
      outcome: "refused",
      place: "unknown",
    });
    expect(row(email("FR-RE", yes()), "consent-express")?.place).toBe("FR-RE");
  });

  test("what merely passes at the end of a wait has no second row", () => {
    const restricted = call("GB", { now: "2026-11-23T22:00:00Z", restrictedSince: "2026-11-24T00:00:00Z" });
    const later = explain(restricted, null).considered.filter((each) => each.at !== restricted.now);
    expect(later.map((each) => each.id)).toEqual(["processing-restricted"]);
  });

  test("each rule tells the facts it saw, and null for what was not given", () => {
    const asked = email("US-NY", { message: { from: "a@b.example", subject: "Hi" } });
    expect(row(asked, "misleading-header-subject")?.saw).toEqual({
      "message.from": "a@b.example",
      "message.subject": "Hi",
    });
    expect(row(asked, "spam-rate-ceiling")?.saw).toEqual({ spamRate7d: null });
    expect(row(email("US-NY", { message: undefined as never }), "sender-identity-missing")?.saw).toEqual({
      "message.postalAddress": null,
    });
    expect(row(email("US-NY", { message: null as never }), "sender-identity-missing")?.saw).toEqual({
      "message.postalAddress": null,
    });
    expect(row(asked, "sender-identity-missing")?.saw).toEqual({ "message.postalAddress": null });
  });

  test("each carries its citation, its date and how sure it is", () => {
    const rule = RULES_AFTER_PERMISSION.find((each) => each.id === "quiet-hours");
    expect(row(call("GB"), "quiet-hours")).toMatchObject({
      asks: rule?.asks,
      citation: rule?.citation,
      asOf: rule?.asOf,
      confidence: rule?.confidence,
    });
  });

  test("no rule decided what could not be opened", () => {
    const shapeless = {} as Question;
    expect(decisiveRule(shapeless, follow(shapeless, null))).toBeNull();
  });

  test("a question without any shape is an error, with nothing considered", () => {
    expect(explain({} as Question, null)).toMatchObject({
      decision: { verdict: "block", reason: "rule-error" },
      considered: [],
    });
  });
});

describe("the catalogue is data", () => {
  const all = [...RULES_BEFORE_PERMISSION, ...BASES, ...RULES_AFTER_PERMISSION];

  test("every rule and registry has an id of its own and a citation, and asks a question of people", () => {
    expect(new Set(all.map((rule) => rule.id)).size).toBe(all.length);
    expect(new Set(REGISTRIES.map((registry) => registry.id)).size).toBe(REGISTRIES.length);
    for (const rule of all) {
      expect(rule.id).toMatch(/^[a-z0-9-]+$/);
      expect(rule.asks).toMatch(/^[A-Z].*\?$/);
      expect(rule.citation.length).toBeGreaterThan(8);
      expect(rule.asOf).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(["high", "medium", "low", "policy"]).toContain(rule.confidence);
      expect(rule.channels.length).toBeGreaterThan(0);
      expect(rule.jurisdictions.length).toBeGreaterThan(0);
      for (const place of rule.jurisdictions) expect(place).toMatch(/^(\*|EEA|[A-Z]{2}(-[A-Z]{2})?)$/);
      expect(rule.reads.length).toBeGreaterThan(0);
      for (const path of rule.reads) expect(path).toMatch(/^[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)?$/);
    }
    for (const registry of REGISTRIES) expect(registry.citation).not.toBe("");
  });

  test("consent and messages about an order count under every policy; nothing else does", () => {
    expect(BASES.filter((basis) => !basis.needsLaw).map((basis) => basis.id)).toEqual([
      "transactional",
      "consent-express",
    ]);
  });
});

test("every block and every refusal that a wait would run into is told, and nothing that passes there", () => {
  const tonight = call("DE", {
    ...yesToCalls({ withdrawnAt: "2026-11-24T00:00:00Z" }),
    restrictedSince: "2026-11-24T00:00:00Z",
    now: "2026-11-23T22:00:00Z",
  });
  const { considered } = explain(tonight, null);
  const asked = new Set(considered.map((each) => each.id)).size;
  expect(considered.slice(asked).map(({ id, outcome, decisive }) => [id, outcome, decisive])).toEqual([
    ["processing-restricted", "blocked", true],
    ["consent-withdrawn", "blocked", false],
    ["consent-express", "refused", false],
  ]);
  expect(considered.slice(0, asked).filter((each) => each.decisive)).toEqual([]);
});

test("the basis that refuses in one of two places is told, though the other place gives another reason", () => {
  const recorded = call("US-NY", { contactPoint: "+14165550100", campaign: { mode: "prerecorded" } });
  expect(decide(recorded).failing.slice(0, 2)).toEqual(["pewc-missing", "consent-missing"]);
  expect(row(recorded, "pewc-missing")).toMatchObject({ outcome: "refused", decisive: true });
  expect(row(recorded, "consent-express")?.decisive).toBe(false);
});
