import { describe, expect, test } from "vitest";
import { settle } from "#core/decide";
import { explain } from "#core/explain";
import type { Question } from "#core/facts";
import { BASES, RULES_AFTER_PERMISSION, RULES_BEFORE_PERMISSION } from "#core/rules/catalogue";
import { REGISTRIES } from "#core/rules/do-not-call-lists";
import { call, email, listed, yes } from "../question.ts";

const outcomes = (question: Question): Record<string, string> =>
  Object.fromEntries(explain(question, null).considered.map((each) => [each.id, each.outcome]));
const row = (question: Question, id: string) =>
  explain(question, null).considered.find((each) => each.id === id);

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
