import { describe, expect, test } from "vitest";
import { decide } from "#core/decide";
import type { ConsentProof } from "#core/facts";
import { answers, call, email, NOW, yes, yesToCalls } from "../question.ts";

const ALLOWED = "allow consent-express";
const proof = yes().consents?.[0]?.proof ?? {};
const without = (key: keyof ConsentProof, ...more: (keyof ConsentProof)[]): ConsentProof =>
  Object.fromEntries(
    Object.entries(proof).filter(([name]) => name !== key && !more.includes(name as keyof ConsentProof)),
  );
const proved = (given: ConsentProof) => email("DE", yes({ proof: given }));
const both = (...given: ReturnType<typeof yes>[]) => ({
  consents: given.flatMap((each) => each.consents ?? []),
});

describe("consent is for one address, purpose, channel and sender", () => {
  // biome-ignore format: one case a line
  answers([
    ["no consent in Germany", email("DE"), "block consent-missing", "consent", email("DE", yes()), ALLOWED],
    ["no consent in Australia", email("AU"), "block consent-missing", "consent", email("AU", yes()), ALLOWED],
    ["no consent in Japan", email("JP"), "block consent-missing", "consent", email("JP", yes()), ALLOWED],
    ["no consent in Canada", email("CA-ON"), "block consent-missing", "consent", email("CA-ON", yes()), ALLOWED],
    ["no consent of a consumer in the UK", email("GB"), "block consent-missing", "consent", email("GB", yes()), ALLOWED],
    ["consent to another topic", email("DE", yes({ purpose: "offers" })), "block consent-purpose-mismatch", "to this one", email("DE", { ...yes({ purpose: "offers" }), campaign: { purpose: "offers" } }), ALLOWED],
    ["consent to calls", email("DE", yesToCalls({ purpose: "newsletter" })), "block consent-channel-mismatch", "to email", email("DE", yes()), ALLOWED],
    ["consent to another sender", email("DE", yes({ controller: "other" })), "block consent-controller-mismatch", "that named this one", email("DE", yes({ controller: "other", namedControllers: ["acme"] })), ALLOWED],
    ["consent of a tagged address", email("FR", yes({ key: "anna.k+x@example.com" })), "block consent-missing", "the domain in capitals is the same", email("FR", yes({ key: "anna.k@EXAMPLE.com" })), ALLOWED],
    ["consent of the address in capitals", email("FR", yes({ key: "Anna.K@example.com" })), "block consent-missing", "of exactly this one", email("FR", yes({ key: "anna.k@example.com" })), ALLOWED],
    ["consent of somebody else at the address", email("FR", { ...yes({ contactId: "a" }), contactId: "b" }), "block consent-missing", "of the person", email("FR", { ...yes({ contactId: "a" }), contactId: "a" }), ALLOWED],
    ["consent dated a second from now", email("DE", yes({ givenAt: "2026-11-23T15:00:01Z" })), "block consent-not-yet-valid", "at this instant", email("DE", yes({ givenAt: NOW })), ALLOWED],
    ["the nearest miss is the reason", email("DE", both(yes({ controller: "other" }), yes({ proof: {} }))), "block consent-proof-missing", "when it alone is left", email("DE", yes({ controller: "other" })), "block consent-controller-mismatch"],
    ["the law allows, though another topic was agreed to", email("US-NY", yes({ purpose: "offers" })), "allow opt-out-regime", "where only consent counts", email("US-NY", { ...yes({ purpose: "offers" }), policy: { legalBasis: "consent-only" } }), "block consent-purpose-mismatch"],
  ]);
});

describe("consent can be proved, or it is none", () => {
  const MISSING = "block consent-proof-missing";
  const signature = (text: string) =>
    email("DE", yes({ type: "express-written", proof: { signature: text } }));
  const german = (method: string) => call("DE", yesToCalls({ proof: { ...proof, method } }));
  // biome-ignore format: one case a line
  answers([
    ["proof is not given at all", email("DE", yes({ proof: undefined as never })), MISSING, "it is", proved(proof), ALLOWED],
    ["proof is not given at all, for a call", call("DE", yesToCalls({ proof: undefined as never })), MISSING, "it is", german("web-form"), ALLOWED],
    ["no proof", proved({}), MISSING, "all of it", proved(proof), ALLOWED],
    ["which notice is not recorded", proved(without("noticeVersion")), MISSING, "it is", proved(proof), ALLOWED],
    ["neither the notice's hash nor its words", proved(without("noticeHash", "statementShown")), MISSING, "the hash", proved(without("statementShown")), ALLOWED],
    ["neither the words nor the hash", proved(without("noticeHash", "statementShown")), MISSING, "the words", proved(without("noticeHash")), ALLOWED],
    ["how it was given is not recorded", proved(without("method")), MISSING, "it is", proved(proof), ALLOWED],
    ["a column in a CSV file", proved({ ...proof, method: "csv-column" }), MISSING, "a form", proved({ ...proof, method: "web-form" }), ALLOWED],
    ["an empty notice version", proved({ ...proof, noticeVersion: "" }), MISSING, "one", proved(proof), ALLOWED],
    ["a signature", signature("sig-1"), ALLOWED, "an empty one", signature(""), MISSING],
    ["a signature on what was not written", email("DE", yes({ proof: { signature: "sig-1" } })), MISSING, "written", signature("sig-1"), ALLOWED],
    ["an email confirmation of a German phone number", german("email-double-opt-in"), MISSING, "a form", german("web-form"), ALLOWED],
    ["an email confirmation of an Austrian phone number", call("AT", yesToCalls({ proof: { ...proof, method: "email-double-opt-in" } })), ALLOWED, "of a German one", german("email-double-opt-in"), MISSING],
    ["an email confirmation and an address in Germany", email("DE", yes({ proof: { ...proof, method: "email-double-opt-in" } })), ALLOWED, "a phone number", german("email-double-opt-in"), MISSING],
  ]);
});

describe("consent lapses", () => {
  const EXPIRED = "block consent-expired";
  const given = (givenAt: string, more: Parameters<typeof email>[1] = {}) =>
    email("DE", { ...yes({ givenAt }), ...more });
  const third = {
    source: { kind: "third-party-named-consent", provenanceVerified: true, art14NoticeAt: "2026-11-01" },
  } as const;
  // biome-ignore format: one case a line
  answers([
    ["24 months to the second", given("2024-11-23T15:00:00Z"), EXPIRED, "a second less", given("2024-11-23T15:00:01Z"), ALLOWED],
    ["13 months where the policy says 12", given("2025-10-23T00:00:00Z", { policy: { consentMonths: 12 } }), EXPIRED, "where it says 24", given("2025-10-23T00:00:00Z"), ALLOWED],
    ["three years where the policy says 48 months", given("2023-11-23T00:00:00Z", { policy: { consentMonths: 48 } }), ALLOWED, "where it says 24", given("2023-11-23T00:00:00Z"), EXPIRED],
    ["29 February after 24 months is 28 February", email("DE", { ...yes({ givenAt: "2024-02-29T10:00:00Z" }), now: "2026-02-28T10:00:00Z" }), EXPIRED, "a second before", email("DE", { ...yes({ givenAt: "2024-02-29T10:00:00Z" }), now: "2026-02-28T09:59:59Z" }), ALLOWED],
    ["the purpose's own end", email("DE", yes({ expiresAt: NOW })), EXPIRED, "a second later", email("DE", yes({ expiresAt: "2026-11-23T15:00:01Z" })), ALLOWED],
    ["seven months, collected by a third party", given("2026-04-23T00:00:00Z", third), EXPIRED, "five", given("2026-06-23T00:00:00Z", third), ALLOWED],
    ["six months to the second, of a third party", given("2026-05-23T15:00:00Z", third), EXPIRED, "a second less", given("2026-05-23T15:00:01Z", third), ALLOWED],
    ["seven months of a third party where the policy says nine", given("2026-04-23T00:00:00Z", { ...third, policy: { thirdPartyConsentMonths: 9 } }), ALLOWED, "where it says six", given("2026-04-23T00:00:00Z", third), EXPIRED],
    ["seven months of a purchased list", given("2026-04-23T00:00:00Z", { source: { ...third.source, kind: "purchased-list" } }), EXPIRED, "of one's own form", given("2026-04-23T00:00:00Z", { source: { kind: "first-party" } }), ALLOWED],
    ["seven months of a CSV import", given("2026-04-23T00:00:00Z", { source: { kind: "csv-import" } }), ALLOWED, "of a purchased list", given("2026-04-23T00:00:00Z", { source: { ...third.source, kind: "purchased-list" } }), EXPIRED],
    ["seven months, collected by a partner, as the consent says", email("DE", yes({ givenAt: "2026-04-23T00:00:00Z", collectedBy: "partner" })), EXPIRED, "by the sender", email("DE", yes({ givenAt: "2026-04-23T00:00:00Z", collectedBy: "acme" })), ALLOWED],
    ["given to the sender itself after the list was bought", email("DE", { ...third, ...yes({ givenAt: "2026-04-23T00:00:00Z", collectedBy: "acme" }) }), ALLOWED, "given to the seller", email("DE", { ...third, ...yes({ givenAt: "2026-04-23T00:00:00Z" }) }), EXPIRED],
    ["a policy that is no number", email("DE", { ...yes(), policy: { consentMonths: Number.NaN } }), EXPIRED, "that is one", email("DE", { ...yes(), policy: { consentMonths: 24 } }), ALLOWED],
  ]);
});

describe("consent rests on words that still mean what contact is made for", () => {
  const CHANGED = "block consent-notice-changed";
  // biome-ignore format: one case a line
  answers([
    ["replaced at this instant", email("DE", yes({ noticeChangedAt: NOW })), CHANGED, "a second from now", email("DE", yes({ noticeChangedAt: "2026-11-23T15:00:01Z" })), ALLOWED],
    ["replaced, and given anew", email("DE", both(yes({ noticeChangedAt: "2026-05-01T00:00:00Z" }), yes({ givenAt: "2026-06-01T00:00:00Z" }))), ALLOWED, "and not given anew", email("DE", yes({ noticeChangedAt: "2026-05-01T00:00:00Z" })), CHANGED],
    ["given after the change, in the old words", email("DE", yes({ givenAt: "2026-06-01T00:00:00Z", noticeChangedAt: "2026-05-01T00:00:00Z" })), CHANGED, "in the new ones", email("DE", yes({ givenAt: "2026-06-01T00:00:00Z" })), ALLOWED],
    ["replaced, and withdrawn", email("DE", yes({ noticeChangedAt: "2026-05-01T00:00:00Z", withdrawnAt: "2026-06-01T00:00:00Z" })), "block consent-withdrawn", "not withdrawn", email("DE", yes({ noticeChangedAt: "2026-05-01T00:00:00Z" })), CHANGED],
    ["an order", email("DE", { ...yes({ noticeChangedAt: "2026-05-01T00:00:00Z" }), campaign: { kind: "transactional" } }), "allow transactional", "a newsletter", email("DE", yes({ noticeChangedAt: "2026-05-01T00:00:00Z" })), CHANGED],
  ]);

  test("a permit ends when the words are replaced", () => {
    expect(decide(email("DE", yes({ noticeChangedAt: "2026-11-23T15:00:05Z" })))).toMatchObject({
      verdict: "allow",
      validUntil: "2026-11-23T15:00:05Z",
    });
  });

  test.each([["no instant"], [""], ["2026-13-45T00:00:00Z"]])(
    "changed at %j is never an allow",
    (noticeChangedAt) => {
      expect(decide(email("DE", yes({ noticeChangedAt }))).verdict).toBe("block");
    },
  );
});

describe("a withdrawal acts at once, and wins a tie", () => {
  const WITHDRAWN = "block consent-withdrawn";
  // biome-ignore format: one case a line
  answers([
    ["withdrawn at this instant", email("DE", yes({ withdrawnAt: NOW })), WITHDRAWN, "a second from now", email("DE", yes({ withdrawnAt: "2026-11-23T15:00:01Z" })), ALLOWED],
    ["withdrawn, and the law would allow", email("US-NY", yes({ withdrawnAt: "2026-05-01T00:00:00Z" })), WITHDRAWN, "never asked", email("US-NY"), "allow opt-out-regime"],
    ["withdrawn, and an order", email("DE", { ...yes({ withdrawnAt: "2026-05-01T00:00:00Z" }), campaign: { kind: "transactional" } }), "allow transactional", "and a newsletter", email("DE", yes({ withdrawnAt: "2026-05-01T00:00:00Z" })), WITHDRAWN],
    ["agreed again afterwards", email("DE", both(yes({ givenAt: "2025-06-01T00:00:00Z", withdrawnAt: "2026-01-01T00:00:00Z" }), yes())), ALLOWED, "at the very instant of the withdrawal", email("DE", both(yes({ givenAt: "2025-06-01T00:00:00Z", withdrawnAt: "2026-02-01T09:05:00Z" }), yes())), WITHDRAWN],
    ["agreed again, in the other order", email("DE", both(yes(), yes({ givenAt: "2025-06-01T00:00:00Z", withdrawnAt: "2026-01-01T00:00:00Z" }))), ALLOWED, "withdrawn after it", email("DE", both(yes(), yes({ givenAt: "2025-06-01T00:00:00Z", withdrawnAt: "2026-03-01T00:00:00Z" }))), WITHDRAWN],
    ["agreed again tomorrow", email("US-NY", both(yes({ withdrawnAt: "2026-05-01T00:00:00Z" }), yes({ givenAt: "2026-11-24T00:00:00Z" }))), WITHDRAWN, "yesterday", email("US-NY", both(yes({ withdrawnAt: "2026-05-01T00:00:00Z" }), yes({ givenAt: "2026-11-22T00:00:00Z" }))), ALLOWED],
    ["a withdrawal from another topic", email("US-NY", yes({ purpose: "offers", withdrawnAt: "2026-05-01T00:00:00Z" })), "allow opt-out-regime", "from this one", email("US-NY", yes({ withdrawnAt: "2026-05-01T00:00:00Z" })), WITHDRAWN],
    ["a withdrawal from another sender", email("US-NY", yes({ controller: "other", withdrawnAt: "2026-05-01T00:00:00Z" })), "allow opt-out-regime", "from a consent that names this one", email("US-NY", yes({ controller: "other", namedControllers: ["acme"], withdrawnAt: "2026-05-01T00:00:00Z" })), WITHDRAWN],
    ["a withdrawal of another address", email("US-NY", yes({ key: "x@example.com", withdrawnAt: "2026-05-01T00:00:00Z" })), "allow opt-out-regime", "of this one", email("US-NY", yes({ key: "anna.k@example.com", withdrawnAt: "2026-05-01T00:00:00Z" })), WITHDRAWN],
    ["a withdrawal of somebody else at the address", email("US-NY", { contactId: "b", ...yes({ contactId: "a", withdrawnAt: "2026-05-01T00:00:00Z" }) }), "allow opt-out-regime", "of the person", email("US-NY", { contactId: "a", ...yes({ contactId: "a", withdrawnAt: "2026-05-01T00:00:00Z" }) }), WITHDRAWN],
    ["a withdrawal from calls", email("US-NY", yesToCalls({ purpose: "newsletter", withdrawnAt: "2026-05-01T00:00:00Z" })), "allow opt-out-regime", "from email", email("US-NY", yes({ withdrawnAt: "2026-05-01T00:00:00Z" })), WITHDRAWN],
    ["the law would let one call live", call("GB", yesToCalls({ withdrawnAt: "2026-05-01T00:00:00Z" })), WITHDRAWN, "never asked", call("GB"), "allow opt-out-regime"],
  ]);
});
