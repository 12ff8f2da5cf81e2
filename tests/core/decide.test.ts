import { describe, expect, test } from "vitest";
import { decide, settle } from "#core/decide";
import type { Facts, Question } from "#core/facts";
import { vectors } from "./vectors.ts";

const NOW = "2026-11-23T15:00:00Z";

const CONSENT = {
  channel: "email",
  purpose: "newsletter",
  controller: "acme",
  type: "express",
  givenAt: "2026-02-01T09:05:00Z",
  proof: {
    noticeHash: "sha256:9f2c",
    noticeVersion: "2026-01",
    statementShown: "Email me the Acme newsletter",
    method: "double-opt-in",
    confirmedAt: "2026-02-01T09:05:00Z",
  },
} as const;

function asked(change: Partial<Facts> = {}): Question {
  return {
    channel: "email",
    now: NOW,
    facts: {
      country: "DE",
      contactPoint: "anna.k@example.com",
      party: "consumer",
      campaign: { kind: "marketing", purpose: "newsletter", controller: "acme" },
      consents: [CONSENT],
      message: { postalAddress: "1 Main St", bodyUnsubscribe: true },
      ...change,
    },
  };
}

const stop = (
  kind: "unsubscribe" | "objection" | "complaint" | "hard-bounce",
  key = "anna.k@example.com",
) => ({
  suppressions: [{ kind, key, at: "2026-03-01T00:00:00Z" }],
});
const consent = (change: object): Partial<Facts> => ({ consents: [{ ...CONSENT, ...change }] });
const transactional = { campaign: { kind: "transactional", purpose: "orders", controller: "acme" } } as const;

describe("one fact changes the answer", () => {
  test("proved consent for exactly this address, purpose, channel and sender is an allow", () => {
    expect(decide(asked())).toMatchObject({ verdict: "allow", reason: "consent-express", failing: [] });
  });

  test.each<[string, Partial<Facts>, string]>([
    ["no consent at all", { consents: [] }, "consent-missing"],
    ["an unsubscribe", stop("unsubscribe"), "suppressed-unsubscribe"],
    ["an objection", stop("objection"), "suppressed-objection"],
    ["a complaint", stop("complaint"), "suppressed-complaint"],
    ["a hard bounce", stop("hard-bounce"), "suppressed-hard-bounce"],
    [
      "a stop spelled in capitals with a tag",
      stop("unsubscribe", "ANNA.K+x@EXAMPLE.com"),
      "suppressed-unsubscribe",
    ],
    ["a withdrawal one second ago", consent({ withdrawnAt: "2026-11-23T14:59:59Z" }), "consent-withdrawn"],
    [
      "a withdrawal at this very instant, written with milliseconds",
      consent({ withdrawnAt: "2026-11-23T15:00:00.000Z" }),
      "consent-withdrawn",
    ],
    ["consent dated in the future", consent({ givenAt: "2026-11-23T15:00:01Z" }), "consent-not-yet-valid"],
    ["consent for another topic", consent({ purpose: "offers" }), "consent-purpose-mismatch"],
    ["consent for another channel", consent({ channel: "phone" }), "consent-channel-mismatch"],
    ["consent given to another sender", consent({ controller: "other" }), "consent-controller-mismatch"],
    ["consent of another address", consent({ key: "anna.k+other@example.com" }), "consent-missing"],
    ["consent older than 24 months", consent({ givenAt: "2024-11-23T14:59:59Z" }), "consent-expired"],
    ["consent past the purpose's own end", consent({ expiresAt: NOW }), "consent-expired"],
    ["consent without proof", { consents: [{ ...CONSENT, proof: {} }] }, "consent-proof-missing"],
    ["a restriction of processing", { restrictedSince: "2026-01-01" }, "processing-restricted"],
    ["a child of 15 in Germany", { age: 15 }, "minor-protected"],
    [
      "a sender without a postal address",
      { message: { postalAddress: " ", bodyUnsubscribe: true } },
      "sender-identity-missing",
    ],
    [
      "a message without an unsubscribe",
      { message: { postalAddress: "1 Main St" } },
      "unsubscribe-mechanism-invalid",
    ],
    [
      "a one-click stop not folded in yet",
      { events: [{ type: "http-post-one-click", at: NOW }] },
      "suppressed-unsubscribe",
    ],
    ["a fact that is no instant", { restrictedSince: "soon" }, "rule-error"],
  ])("%s blocks", (_sentence, change, reason) => {
    expect(decide(asked(change))).toMatchObject({ verdict: "block", reason });
  });

  test.each<[string, Partial<Facts>]>([
    ["a scanner that fetched the link", { events: [{ type: "http-get-unsubscribe", at: NOW }] }],
    ["a stop of somebody else", stop("unsubscribe", "anna@example.com")],
    [
      "a stop that binds another sender",
      { suppressions: [{ kind: "unsubscribe", key: "anna.k@example.com", at: NOW, controller: "other" }] },
    ],
    [
      "a policy bounce, which is about us",
      { suppressions: [{ kind: "hard-bounce", key: "anna.k@example.com", at: NOW, dsn: "5.7.1" }] },
    ],
    [
      "a withdrawal older than a newer yes",
      {
        consents: [
          { ...CONSENT, givenAt: "2025-06-01T00:00:00Z", withdrawnAt: "2025-07-01T00:00:00Z" },
          CONSENT,
        ],
      },
    ],
    [
      "a message about their own order, though they unsubscribed",
      { ...transactional, consents: [], ...stop("unsubscribe") },
    ],
  ])("%s does not", (_sentence, change) => {
    expect(decide(asked(change)).verdict).toBe("allow");
  });

  test("a hard bounce stops a message about an order too", () => {
    expect(decide(asked({ ...transactional, ...stop("hard-bounce") })).verdict).toBe("block");
  });

  test("all failing rules are told, the decisive one first", () => {
    const decision = decide(asked({ ...stop("objection"), consents: [], restrictedSince: "2026-01-01" }));
    expect(decision.failing).toEqual(["suppressed-objection", "processing-restricted", "consent-missing"]);
  });

  test("a cap defers until the oldest contact leaves the window, and blocks when that is after the end", () => {
    const capped = asked({
      campaign: {
        kind: "marketing",
        purpose: "newsletter",
        controller: "acme",
        frequencyCap: { max: 1, windowHours: 24 },
      },
      attempts: ["2026-11-23T12:00:00Z"],
    });
    expect(settle(capped, null)).toMatchObject({ verdict: "defer", until: "2026-11-24T12:00:00Z" });
    expect(settle(capped, "2026-11-24T11:00:00Z")).toMatchObject({
      verdict: "block",
      reason: "frequency-cap",
    });
  });
});

test.each(vectors().map((vector) => [vector.id, vector] as const))(
  "published case %s",
  (_id, { question, expect: wanted }) => {
    expect(settle(question, null)).toMatchObject(wanted);
  },
);
