import { describe, expect, test } from "vitest";
import { decide } from "#core/decide";
import type { Facts, Question } from "#core/facts";
import { openCase } from "#core/rules/case";
import {
  answers,
  type Change,
  call,
  copy,
  email,
  listed,
  MESSAGE,
  NOW,
  yes,
  yesToCalls,
} from "../question.ts";

const UNREADABLE = "block facts-unreadable";
const ALLOWED = "allow consent-express";
const OPT_OUT = "allow opt-out-regime";
const order = { campaign: { kind: "transactional" } } as const;
/** Facts of another type than they should have, as a broken record would hold them. */
const broken = (facts: Readonly<Record<string, unknown>>): Change => facts as Change;
const entry = (change: Readonly<Record<string, unknown>>) =>
  broken({ suppressions: [{ kind: "unsubscribe", key: "anna.k@example.com", at: NOW, ...change }] });

describe("a contact point that cannot be read is contacted by nobody", () => {
  // biome-ignore format: one case a line
  answers([
    ["an address without a domain, with proved consent", email("DE", { ...yes(), contactPoint: "anna.k" }), UNREADABLE, "with one", email("DE", yes()), ALLOWED],
    ["where the law would allow", email("US-NY", { contactPoint: "anna.k@" }), UNREADABLE, "a whole address", email("US-NY"), OPT_OUT],
    ["a message about an order", email("DE", { ...order, contactPoint: "" }), UNREADABLE, "to an address", email("DE", order), "allow transactional"],
    ["consent for the very same unreadable text", email("DE", { ...yes({ key: "anna k@example.com" }), contactPoint: "anna k@example.com" }), UNREADABLE, "for a readable one", email("DE", yes({ key: "anna.k@example.com" })), ALLOWED],
    ["a number with blanks", call("DE", { ...yesToCalls(), contactPoint: "+49 30 123456" }), UNREADABLE, "as E.164", call("DE", yesToCalls()), ALLOWED],
    ["a number whose digits alone point to Germany", call("DE", { ...yesToCalls(), contactPoint: "x4930123456" }), UNREADABLE, "with its plus", call("DE", yesToCalls()), ALLOWED],
    ["a stop is told before it", email("DE", { contactPoint: "anna.k", suppressions: [{ kind: "objection", key: "x@example.com", at: NOW }] }), "block suppressed-objection", "without the stop", email("DE", { contactPoint: "anna.k" }), UNREADABLE],
  ]);

  test("consent for an unreadable point is no consent", () => {
    const same = email("DE", { ...yes({ key: "anna k" }), contactPoint: "anna k" });
    expect(decide(same).failing).toEqual(["facts-unreadable", "consent-missing"]);
    const other = email("DE", { ...yes({ key: "b c" }), contactPoint: "anna k" });
    expect(decide(other).failing).toEqual(["facts-unreadable", "consent-missing"]);
  });
});

describe("an entry that cannot be read binds", () => {
  const STOP = "block suppressed-unsubscribe";
  const GONE = "block suppressed-hard-bounce";
  const bounce = (dsn: unknown) => email("DE", { ...yes(), ...entry({ kind: "hard-bounce", dsn }) });
  // biome-ignore format: one case a line
  answers([
    ["an entry of a kind nobody knows", email("DE", { ...yes(), ...entry({ kind: "unsubscribed" }) }), UNREADABLE, "of a known one", email("DE", { ...yes(), ...entry({}) }), STOP],
    ["an entry of a kind nobody knows and an order", email("DE", { ...order, ...entry({ kind: "toString" }) }), UNREADABLE, "none", email("DE", order), "allow transactional"],
    ["an entry whose key is neither address nor number", email("DE", { ...yes(), ...entry({ key: "anna" }) }), STOP, "the address of somebody else", email("DE", { ...yes(), ...entry({ key: "b@example.com" }) }), ALLOWED],
    ["an entry with an empty key", call("DE", { ...yesToCalls(), ...entry({ key: "" }) }), STOP, "the number of somebody else", call("DE", { ...yesToCalls(), ...entry({ key: "+4930999999" }) }), ALLOWED],
    ["the number of the person does not stop email", email("DE", { ...yes(), ...entry({ key: "+4930123456" }) }), ALLOWED, "a text that is no number does", email("DE", { ...yes(), ...entry({ key: "+49 30" }) }), STOP],
    ["an address does not stop calls", call("DE", { ...yesToCalls(), ...entry({ key: "anna.k@example.com" }) }), ALLOWED, "a text that is no address does", call("DE", { ...yesToCalls(), ...entry({ key: "anna.k" }) }), STOP],
    ["a tombstone in another form", email("DE", { ...yes(), ...entry({ kind: "erasure", key: "hmac email" }) }), "block suppressed-erasure", "of somebody else", email("DE", { ...yes(), ...entry({ kind: "erasure", key: "hmac(email:b@example.com)" }) }), ALLOWED],
    ["an entry whose sender is written as null binds every sender", email("DE", { ...yes(), ...entry({ controller: null }) }), STOP, "another sender's", email("DE", { ...yes(), ...entry({ controller: "other" }) }), ALLOWED],
    ["a bounce without a status, written as null", bounce(null), GONE, "one about us", bounce("5.7.1"), ALLOWED],
    ["a bounce with words for a status", bounce("user unknown"), GONE, "with the status of a refusal", bounce("5.7.26"), ALLOWED],
    ["a bounce with half a status", bounce("5.7"), GONE, "with a whole one", bounce("5.7.0"), ALLOWED],
    ["a bounce with more than a status", bounce("5.7.1 x"), GONE, "with the status alone", bounce("5.7.1"), ALLOWED],
    ["a bounce with something before its status", bounce("x 5.7.1"), GONE, "with a delivery's status", bounce("2.0.0"), ALLOWED],
    ["a status of four digits", bounce("5.7.1234"), GONE, "of three", bounce("5.123.123"), ALLOWED],
    ["a status of a class that does not exist", bounce("6.7.1"), GONE, "of one that does", bounce("4.7.1"), ALLOWED],
  ]);
});

test("what is wrong with a policy is said to operators", () => {
  const asked = email("US-NY", broken({ policy: ["law"] }));
  expect(() => openCase(asked, null)).toThrow("policy");
});

describe("a fact against contact that cannot be read counts", () => {
  const MINOR = "block minor-protected";
  const UNASKED = "block reassigned-check-missing";
  const answered = (answer: unknown) =>
    call(
      "US-NY",
      broken({ reassignment: { db: "FCC", answer, queriedAt: "2026-11-20", consentDate: "2026-01-01" } }),
    );
  const signal = (signals: object, shares: unknown = true) =>
    email(
      "US-CA",
      broken({
        privacySignals: { gpc: true, at: "2026-01-01", linkedToContact: true, ...signals },
        campaign: { sharesDataWithThirdParty: shares },
      }),
    );
  const SIGNAL = "block ccpa-opt-out-signal";
  const under18 = { policy: { blocksMinorsUnder18: true } };
  const parent = yes({ parentalAuthorisation: true });
  // biome-ignore format: one case a line
  answers([
    ["an age that is no number, where minors are left out", email("DE", { ...parent, ...under18, age: Number.NaN }), MINOR, "an adult's", email("DE", { ...parent, ...under18, age: 18 }), ALLOWED],
    ["an age that is no number, and data is shared", email("US-CA", { age: Number.NaN, campaign: { sharesDataWithThirdParty: true } }), MINOR, "an adult's", email("US-CA", { age: 40, campaign: { sharesDataWithThirdParty: true } }), OPT_OUT],
    ["a mode of dialling nobody knows", call("GB", broken({ ...yesToCalls(), campaign: { mode: "autodial" } })), "block consent-missing", "by hand", call("GB", yesToCalls()), ALLOWED],
    ["such a mode, and how many people it hangs up on", call("GB", broken({ ...yesToCalls({ proof: { noticeHash: "h", noticeVersion: "1", statementShown: "automated calls", method: "web-form" } }), campaign: { mode: "autodial" } })), "block abandonment-cap", "a recording", call("GB", { ...yesToCalls({ proof: { noticeHash: "h", noticeVersion: "1", statementShown: "automated calls", method: "web-form" } }), campaign: { mode: "prerecorded" } }), ALLOWED],
    ["a CSV import of which nobody can say whether it was verified", email("US-NY", broken({ source: { kind: "csv-import", provenanceVerified: "?" } })), "block source-provenance-unverified", "that nobody doubted", email("US-NY", broken({ source: { kind: "csv-import", provenanceVerified: null } })), OPT_OUT],
    ["a source nobody knows", email("US-NY", broken({ source: { kind: "bought" } })), "block source-provenance-unverified", "one's own form", email("US-NY", { source: { kind: "first-party" } }), OPT_OUT],
    ["consent of a source nobody knows, after seven months", email("US-NY", broken({ ...yes({ givenAt: "2026-04-23T00:00:00Z" }), source: { kind: "bought", provenanceVerified: true }, policy: { legalBasis: "consent-only" } })), "block consent-expired", "of one's own form", email("US-NY", { ...yes({ givenAt: "2026-04-23T00:00:00Z" }), source: { kind: "first-party" }, policy: { legalBasis: "consent-only" } }), ALLOWED],
    ["a list that does not say whether the number is on it", call("GB", broken({ registries: [{ ...copy("GB-TPS"), listed: undefined }] })), "block dnc-registry-listed", "that says no", call("GB"), OPT_OUT],
    ["the same of a list that nobody need ask", call("GB", broken({ registries: [copy("GB-TPS"), { ...copy("GB-CTPS"), listed: "no" }] })), "block dnc-registry-listed", "that says no", call("GB", { registries: [copy("GB-TPS"), copy("GB-CTPS")] }), OPT_OUT],
    ["an answer about the number that is none", answered("maybe"), UNASKED, "no", answered("no"), OPT_OUT],
    ["no data, and a live call", answered("no-data"), OPT_OUT, "a yes", answered("yes"), "block number-reassigned"],
    ["a signal that is neither yes nor no", signal({ gpc: "1" }), SIGNAL, "a no", signal({ gpc: false }), OPT_OUT],
    ["a signal of which it is not said whose it is", signal({ linkedToContact: undefined }), SIGNAL, "of nobody in the list", signal({ linkedToContact: false }), OPT_OUT],
    ["sharing that is neither yes nor no", signal({}, "partly"), SIGNAL, "a no", signal({}, false), OPT_OUT],
    ["sharing written as null is not sharing", signal({}, null), OPT_OUT, "sharing", signal({}, true), SIGNAL],
    ["no signal, written as null", email("US-CA", broken({ privacySignals: null, campaign: { sharesDataWithThirdParty: true } })), OPT_OUT, "one", signal({}), SIGNAL],
    ["a way out that may need a login", email("US-NY", broken({ message: { ...MESSAGE, unsubscribeRequiresLogin: "maybe" } })), "block unsubscribe-mechanism-invalid", "that needs none", email("US-NY", { message: { ...MESSAGE, unsubscribeRequiresLogin: false } }), OPT_OUT],
    ["a sender that may be bulk", email("US-NY", broken({ bulkSenderToProvider: "gmail" })), "block one-click-unsigned", "that is not", email("US-NY", { bulkSenderToProvider: false }), OPT_OUT],
    ["a holiday that is no date", call("AU", broken({ now: "2026-11-24T00:00:00Z", holidays: ["Christmas"] })), "block rule-error", "a date", call("AU", { now: "2026-11-24T00:00:00Z", holidays: ["2026-12-25"] }), OPT_OUT],
    ["a holiday of whose date a digit is missing", call("AU", broken({ now: "2026-11-24T00:00:00Z", holidays: ["2026-12-2"] })), "block rule-error", "a whole date", call("AU", { now: "2026-11-24T00:00:00Z", holidays: ["2026-12-25"] }), OPT_OUT],
    ["a holiday with words before its date", call("AU", broken({ now: "2026-11-24T00:00:00Z", holidays: ["on 2026-11-24"] })), "block rule-error", "the date of another day", call("AU", { now: "2026-11-24T00:00:00Z", holidays: ["2026-11-25T00:00:00Z"] }), OPT_OUT],
    ["a country that is no code", email("us-NY", { country: "us" }), "block jurisdiction-unresolved", "a code", email("US-NY"), OPT_OUT],
    ["a country by its name and a child of 15", email("unknown", { ...yes(), country: "Austria", age: 15 }), MINOR, "by its code", email("AT", { ...yes(), age: 15 }), ALLOWED],
    ["months that are a text", email("DE", broken({ ...yes({ givenAt: "2020-01-01T00:00:00Z" }), policy: { consentMonths: "24" } })), "block consent-expired", "a number", email("DE", { ...yes({ givenAt: "2020-01-01T00:00:00Z" }), policy: { consentMonths: 120 } }), ALLOWED],
    ["a policy that is a text", email("US-NY", broken({ policy: "consent-only" })), "block rule-error", "an object", email("US-NY", { policy: {} }), OPT_OUT],
  ]);
});

describe("a switch that cannot be read is in its stricter place", () => {
  const nothing = [null, Number.NaN, 0, ""] as const;
  const blockedBy = (question: Question) => decide(question).failing[0] ?? "nothing";
  const set = (question: Question, key: string, value: unknown): Question => ({
    ...question,
    facts: { ...question.facts, policy: { [key]: value } } as Facts,
  });
  const sunday = { now: "2026-11-22T15:00:00Z" };
  // biome-ignore format: one case a line
  const switches: readonly (readonly [key: string, wide: boolean, question: Question])[] = [
    ["soleTradersAreConsumers", false, email("GB", { party: "sole-trader" })],
    ["blocksMinorsUnder18", false, email("DE", { ...yes(), age: 17 })],
    ["requiresStateDoNotCallLists", false, call("US-PA")],
    ["requiresStateRegistrations", false, call("US-FL", { registrations: [] })],
    ["appliesLowConfidenceHours", false, call("US-PA", sunday)],
    ["mississippiStandardTime", false, call("US-MS", { now: "2026-07-01T13:30:00Z", registries: [copy("US-NDNCR", { listAsOf: "2026-07-01" })] })],
    ["spanishCommercialPrefix", false, call("ES", { ...yesToCalls(), call: { callerId: "+34910000001", scriptVersion: "1" } })],
    ["predictiveIsAutomated", false, call("GB", { campaign: { mode: "predictive", abandonedRate30d: 0 } })],
    ["reassignedNoDataBlocks", false, call("US-NY", { ...signedCall(), reassignment: { db: "FCC", answer: "no-data", queriedAt: "2026-11-20", consentDate: "2025-11-24" } })],
    ["allowsLegitimateInterestCalls", true, call("ES", { liaId: "lia-1", relationship: { lastPurchaseAt: "2026-10-01", similarProducts: true } })],
  ];

  test.each(switches)("%s", (key, wide, question) => {
    expect(blockedBy(set(question, key, wide))).toBe("nothing");
    const strict = blockedBy(set(question, key, !wide));
    expect(strict).not.toBe("nothing");
    for (const value of nothing) expect(blockedBy(set(question, key, value))).toBe(strict);
  });

  test("a refusal at the time of purchase that cannot be read counts as one", () => {
    const spain = (refusedAtCollection: unknown) =>
      call(
        "ES",
        broken({
          liaId: "l",
          policy: { allowsLegitimateInterestCalls: true },
          relationship: { lastPurchaseAt: "2026-10-01", similarProducts: true, refusedAtCollection },
        }),
      );
    expect(decide(spain(false)).verdict).toBe("allow");
    expect(decide(spain(undefined)).verdict).toBe("allow");
    expect(decide(spain("perhaps")).verdict).toBe("block");
  });

  test("a listing that cannot be read makes a call rest on the relationship, and says so", () => {
    const related = (isListed: unknown) =>
      decide(
        call(
          "US-NY",
          broken({
            ...listed("US-NDNCR", { listed: isListed as boolean }),
            relationship: { lastPurchaseAt: "2026-10-01" },
          }),
        ),
      );
    expect(related(true).reason).toBe("ebr-transaction");
    expect(related("?").reason).toBe("ebr-transaction");
    expect(related(false).reason).toBe("opt-out-regime");
  });
});

function signedCall(): Change {
  return {
    campaign: { mode: "prerecorded" },
    consents: [
      {
        channel: "phone",
        purpose: "offers",
        controller: "acme",
        type: "express-written",
        givenAt: "2025-11-24T10:00:00Z",
        proof: {
          signature: "s",
          number: "+12125550100",
          text: "prerecorded calls; not a condition of purchase",
        },
      },
    ],
  };
}

test("a proof or a signature that is null proves nothing", () => {
  const proof = (given: Readonly<Record<string, unknown>>) =>
    email("DE", broken({ ...yes({ type: "express-written", proof: given as never }) }));
  for (const nothing of [null, ""]) {
    const empty = { method: nothing, noticeVersion: nothing, noticeHash: nothing, signature: nothing };
    expect(decide(proof(empty))).toMatchObject({ verdict: "block", reason: "consent-proof-missing" });
  }
  expect(decide(proof({ signature: "sig-1" })).verdict).toBe("allow");
});
