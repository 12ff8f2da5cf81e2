import { describe, expect, test } from "vitest";
import { decide, settle } from "#core/decide";
import type { ConsentFact, Question } from "#core/facts";
import { answers, call, copy, email, NOT_REASSIGNED, NOW, yes, yesToCalls } from "../question.ts";

describe("two laws that may apply have both to be kept", () => {
  const UK_LIST = { registries: [copy("GB-TPS")] };
  const german = { contactPoint: "+4930123456" };
  // biome-ignore format: one case a line
  answers([
    ["Germany refuses, the UK of the number would allow", call("DE", { ...UK_LIST, contactPoint: "+442079460000" }), "block consent-missing", "both in the UK", call("GB"), "allow opt-out-regime"],
    ["the UK allows, Germany of the number refuses", call("GB", german), "block consent-missing", "with consent", call("GB", { ...german, ...yesToCalls() }), "allow consent-express"],
    ["Spain on an interest, and the UK of the number", call("ES", { registries: [copy("ES-ROBINSON"), copy("GB-TPS")], contactPoint: "+442079460000", relationship: { lastPurchaseAt: "2026-06-01", similarProducts: true }, liaId: "lia-7", policy: { allowsLegitimateInterestCalls: true } }), "allow legitimate-interest-call", "the other way about the answer names the UK", call("GB", { registries: [copy("ES-ROBINSON"), copy("GB-TPS")], contactPoint: "+34910000000", relationship: { lastPurchaseAt: "2026-06-01", similarProducts: true }, liaId: "lia-7", policy: { allowsLegitimateInterestCalls: true } }), "allow opt-out-regime"],
  ]);

  test("the reasons of both are told, those of the address first", () => {
    const recorded = call("US-NY", {
      ...german,
      reassignment: NOT_REASSIGNED,
      ...yesToCalls({ purpose: "surveys" }),
      campaign: { mode: "prerecorded" },
    });
    expect(decide(recorded).failing).toEqual(["consent-purpose-mismatch", "pewc-missing"]);
    const neither = call("US-NY", {
      ...german,
      reassignment: NOT_REASSIGNED,
      campaign: { mode: "prerecorded" },
    });
    expect(decide(neither).failing).toEqual(["pewc-missing", "consent-missing"]);
  });

  test("the consent that lapses first bounds the answer", () => {
    const consents: ConsentFact[] = [
      ...(yesToCalls({ givenAt: "2026-05-01T00:00:00Z", eventId: "new" }).consents ?? []).map((each) => ({
        ...each,
        proof: { ...each.proof, method: "email-double-opt-in" },
      })),
      ...(yesToCalls({ expiresAt: "2026-11-23T18:00:00Z", eventId: "old" }).consents ?? []),
    ];
    const wanted = { verdict: "allow", validUntil: "2026-11-23T18:00:00Z" };
    expect(decide(call("GB", { ...german, consents }))).toMatchObject({ ...wanted, evidenceEventId: "new" });
    expect(decide(call("DE", { ...UK_LIST, contactPoint: "+442079460000", consents }))).toMatchObject({
      ...wanted,
      evidenceEventId: "old",
    });
  });
});

describe("a fact that cannot be read blocks, and says so", () => {
  const failing = (question: Question) => decide(question).failing;
  const [given] = yes().consents ?? [];

  test("no question at all, and one without facts", () => {
    const unreadable: readonly unknown[] = [
      undefined,
      null,
      {},
      { channel: "email", now: NOW },
      { ...email("DE"), now: "soon" },
    ];
    for (const asked of unreadable) {
      const answer = settle(asked as Question, null);
      expect(answer).toMatchObject({
        verdict: "block",
        reason: "rule-error",
        failing: ["rule-error"],
        evidenceEventId: null,
      });
    }
    expect(decide(unreadable[0] as Question).notChecked).toEqual(["call", "registrations"]);
  });

  test("a channel there is none of", () => {
    expect(decide({ ...email("US-NY"), channel: "fax" as never })).toMatchObject({
      verdict: "block",
      reason: "consent-missing",
    });
  });

  test("a date in a consent, in a relationship, in an attempt", () => {
    expect(failing(email("DE", { consents: [{ ...given, givenAt: "soon" } as ConsentFact] }))).toEqual([
      "rule-error",
    ]);
    expect(failing(email("CA-ON", { relationship: { lastPurchaseAt: "soon" } }))).toEqual(["rule-error"]);
    expect(
      failing(email("US-NY", { attempts: ["soon"], campaign: { frequencyCap: { max: 1, windowHours: 1 } } })),
    ).toEqual(["rule-error"]);
  });

  test("an address that cannot be read cannot be cleared of any entry", () => {
    const entry = { kind: "unsubscribe", key: "x@example.com", at: NOW } as const;
    expect(failing(email("US-NY", { contactPoint: "no address", suppressions: [entry] }))).toEqual([
      "suppressed-unsubscribe",
      "facts-unreadable",
    ]);
  });
});

describe("among several reasons the telling one is told", () => {
  test("'never agreed' is left out where another ground was claimed and fails", () => {
    const customer = { lastPurchaseAt: "2026-09-01", collectedDuring: "sale", collectedBy: "acme" } as const;
    const asked = email("DE", { ...yes({ key: "other@example.com" }), relationship: customer });
    expect(decide(asked).failing).toEqual(["soft-opt-in-invalid"]);
  });

  test("the first block names the event, not the last", () => {
    const objection = { kind: "objection", key: "anna.k@example.com", at: NOW, eventId: "e9" } as const;
    const withdrawn = yes({ eventId: "e1", withdrawnAt: "2026-05-01T00:00:00Z" });
    expect(decide(email("US-NY", { ...withdrawn, suppressions: [objection] }))).toMatchObject({
      reason: "suppressed-objection",
      evidenceEventId: "e9",
    });
    const unnamed = { ...objection, eventId: undefined as never };
    expect(decide(email("US-NY", { ...withdrawn, suppressions: [unnamed] })).evidenceEventId).toBeNull();
  });

  test("of withdrawals the latest is the evidence, of two at one instant that of the newer consent", () => {
    const no = (givenAt: string, withdrawnAt: string, eventId: string) =>
      yes({ givenAt, withdrawnAt, eventId }).consents ?? [];
    const first = no("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "e1");
    const second = no("2026-01-02T00:00:00Z", "2026-03-01T00:00:00Z", "e2");
    const third = no("2026-01-03T00:00:00Z", "2026-03-01T00:00:00Z", "e3");
    for (const consents of [
      [...first, ...second, ...third],
      [...third, ...second, ...first],
      [...second, ...first, ...third],
    ]) {
      expect(decide(email("US-NY", { consents }))).toMatchObject({
        reason: "consent-withdrawn",
        evidenceEventId: "e3",
      });
    }
  });
});
