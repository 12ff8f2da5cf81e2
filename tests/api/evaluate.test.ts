import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { POLICY_DEFAULTS } from "#core/policy";
import { vectors } from "../core/vectors.ts";
import { type TestApi, testApi } from "../support/api.ts";
import { createWorkspace, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let key = "";

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  key = await api.key(["gate:evaluate"]);
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

interface Answer {
  readonly verdict: string;
  readonly reason: string;
  readonly rule: string | null;
  readonly citation: string | null;
  readonly until: string | null;
  readonly failing: readonly string[];
  readonly considered?: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly citation: string;
  }[];
  readonly decisions: readonly Answer[];
  readonly detail: string;
  readonly errors: readonly { readonly path: string }[];
}

/** Sends a body and reads the answer with its status. */
async function evaluate(body: unknown, query = ""): Promise<Answer & { readonly status: number }> {
  const response = await api.call(key, "POST", `/v1/gate/evaluate${query}`, body);
  return { ...((await response.json()) as Answer), status: response.status };
}

const pathsOf = async (body: unknown) => {
  const { status, errors } = await evaluate(body);
  return [status, ...(errors ?? []).map((error) => error.path)];
};

const FACTS = {
  country: "DE",
  contactPoint: "a@example.com",
  campaign: { kind: "marketing", purpose: "p", controller: "c" },
};
const question = (facts: object = {}) => ({
  channel: "email",
  now: "2026-11-23T15:00:00Z",
  facts: { ...FACTS, ...facts },
});
const CONSENT = {
  channel: "email",
  purpose: "p",
  controller: "c",
  type: "express",
  givenAt: "2026-02-01T09:05:00Z",
  eventId: "4711",
  proof: { method: "double-opt-in", noticeVersion: "2026-01", noticeHash: "sha256:9f2c" },
};

describe("one question", () => {
  test("is answered with a verdict, its words, its rule and citation, and what was not checked", async () => {
    expect(await evaluate(question())).toEqual({
      status: 200,
      verdict: "block",
      reason: "consent-missing",
      text: { title: expect.stringContaining("never agreed"), cure: expect.any(String) },
      rule: "consent-express",
      citation: expect.stringContaining("GDPR"),
      until: null,
      validUntil: null,
      failing: ["consent-missing"],
      notChecked: ["message"],
      ruleset: expect.any(String),
      evidenceEventId: null,
    });
  });

  test("names the consent event that an allow rests on, and when it lapses", async () => {
    expect(await evaluate(question({ consents: [CONSENT] }))).toMatchObject({
      verdict: "allow",
      reason: "consent-express",
      evidenceEventId: "4711",
      validUntil: "2028-02-01T09:05:00Z",
    });
  });

  test("says until when it has to wait", async () => {
    const attempts = ["2026-11-23T14:00:00Z"];
    const campaign = { ...FACTS.campaign, frequencyCap: { max: 1, windowHours: 24 } };
    expect(await evaluate(question({ consents: [CONSENT], campaign, attempts }))).toMatchObject({
      verdict: "defer",
      rule: "frequency-cap",
      until: "2026-11-24T14:00:00Z",
    });
  });

  test("names the rule that a deferral would run into, with its citation", async () => {
    const found = vectors().find((vector) => vector.id === "v47-casl-deferral-would-cross-expiry");
    expect(found).toBeDefined();
    expect(await evaluate(found?.question)).toMatchObject({
      verdict: "block",
      reason: "implied-consent-expired",
      rule: "implied-consent",
      citation: expect.stringContaining("CASL"),
    });
  });

  test.each([
    ["the law lets one write to the US by default", {}, "allow", "opt-out-regime"],
    ["so it does when the policy says so", { policy: { legalBasis: "law" } }, "allow", "opt-out-regime"],
    ["a policy that is null is the default", { policy: null }, "allow", "opt-out-regime"],
    [
      "a setting that is null is the default",
      { policy: { legalBasis: null, consentMonths: null } },
      "allow",
      "opt-out-regime",
    ],
    [
      "under consent-only nothing but consent lets one",
      { policy: { legalBasis: "consent-only" } },
      "block",
      "consent-missing",
    ],
  ])("%s", async (_sentence, facts, verdict, reason) => {
    expect(await evaluate(question({ country: "US", ...facts }))).toMatchObject({ verdict, reason });
  });

  test("takes every setting of the policy at its default", async () => {
    expect(await evaluate(question({ policy: POLICY_DEFAULTS }))).toMatchObject({ status: 200 });
  });

  test("a setting changes the answer: consent of a shorter life has lapsed", async () => {
    const facts = { consents: [CONSENT], policy: { consentMonths: 6 } };
    expect(await evaluate(question(facts))).toMatchObject({ reason: "consent-expired" });
  });

  test("reads the spam rate and the message's subject", async () => {
    const message = { from: "a@c.example", postalAddress: "1 Main St", bodyUnsubscribe: true };
    const bulk = { consents: [CONSENT], bulkSenderToProvider: true, spamRate7d: 0.01 };
    expect((await evaluate(question(bulk))).failing).toContain("spam-rate-ceiling");
    const feigned = { consents: [CONSENT], message: { ...message, subject: "Re: our call" } };
    expect((await evaluate(question(feigned))).failing).toContain("misleading-header-subject");
  });

  test("null means not given, in every optional fact", async () => {
    const nulls = {
      region: null,
      age: null,
      consents: null,
      relationship: null,
      restrictedSince: null,
      source: null,
      message: null,
      spamRate7d: null,
    };
    expect(await evaluate(question(nulls))).toEqual(await evaluate(question()));
  });
});

describe("what is refused, with its path", () => {
  test.each([
    ["an unknown field", question({ mood: "good" }), "/facts/mood"],
    ["an unknown field of a consent", question({ consents: [{ ...CONSENT, x: 1 }] }), "/facts/consents/0/x"],
    ["an unknown setting", question({ policy: { lenient: true } }), "/facts/policy/lenient"],
    ["a lifetime of no month", question({ policy: { consentMonths: 0 } }), "/facts/policy/consentMonths"],
    [
      "a ceiling above what mailbox providers take",
      question({ policy: { spamRateCeiling: 0.5 } }),
      "/facts/policy/spamRateCeiling",
    ],
    ["a spam rate above one", question({ spamRate7d: 2 }), "/facts/spamRate7d"],
    ["a time without an offset", { ...question(), now: "2026-11-23T15:00:00" }, "/now"],
    ["a day that does not exist", question({ restrictedSince: "2026-02-30" }), "/facts/restrictedSince"],
    ["a zone that does not exist", question({ tzCandidates: ["Europe/Atlantis"] }), "/facts/tzCandidates/0"],
    ["a region without its country", question({ region: "Florida" }), "/facts/region"],
    ["a country that is not there", question({ country: undefined }), "/facts/country"],
    ["a null in a list", question({ attempts: [null] }), "/facts/attempts/0"],
    ["a question of a batch", { questions: [question(), question({ age: -1 })] }, "/questions/1/facts/age"],
    ["an empty batch", { questions: [] }, "/questions"],
    ["a batch of 1,001", { questions: Array.from({ length: 1_001 }, () => question()) }, "/questions"],
    ["a wish beside the questions", { questions: [question()], now: "2026-11-23" }, "/now"],
  ])("%s", async (_sentence, body, path) => {
    expect(await pathsOf(body)).toEqual([400, path]);
  });

  test("a body that is no JSON, no object, or of another type", async () => {
    expect((await evaluate("{")).status).toBe(400);
    expect((await evaluate("null")).status).toBe(400);
    expect((await evaluate([question()])).status).toBe(400);
    const form = await api.call(key, "POST", "/v1/gate/evaluate", "a=b", {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(form.status).toBe(415);
  });

  test("an explanation of more than 50 questions, and a wish that is neither true nor false", async () => {
    const questions = Array.from({ length: 51 }, () => question());
    expect(await pathsOf({ questions, explain: true })).toEqual([400, "/questions"]);
    expect((await evaluate(question(), "?explain=maybe")).errors).toMatchObject([{ path: "/explain" }]);
  });
});

describe("a batch", () => {
  test("answers a thousand questions in their order", async () => {
    const questions = Array.from({ length: 1_000 }, (_, place) =>
      question(place % 3 === 0 ? { consents: [CONSENT] } : {}),
    );
    const { decisions } = await evaluate({ questions });
    expect(decisions.map((decision) => decision.verdict)).toEqual(
      questions.map((_, place) => (place % 3 === 0 ? "allow" : "block")),
    );
  });

  test("gives every published case its verdict, reason and time, and each decision has a citation", async () => {
    const cases = vectors();
    const { decisions } = await evaluate({ questions: cases.map((each) => each.question) });
    expect(cases.length).toBe(56);
    expect(
      decisions.map(({ verdict, reason, until }, place) =>
        cases[place]?.expect.until === undefined ? { verdict, reason } : { verdict, reason, until },
      ),
    ).toEqual(cases.map((each) => each.expect));
    expect(decisions.filter((decision) => (decision.citation ?? "") === "")).toEqual([]);
  });
});

describe("an explanation", () => {
  test.each([
    ["wished for in the body", { ...question(), explain: true }, ""],
    ["wished for in the address", question(), "?explain=true"],
  ])("lists every rule with what it saw, %s", async (_sentence, body, query) => {
    const { considered, ...decision } = await evaluate(body, query);
    expect(decision).toEqual(await evaluate(question()));
    expect(considered?.length).toBeGreaterThan(20);
    expect(considered).toContainEqual(
      expect.objectContaining({
        id: "consent-express",
        outcome: "not-claimed",
        citation: expect.stringContaining("GDPR"),
        saw: { consents: null },
      }),
    );
    expect(considered?.every((each) => each.citation !== "")).toBe(true);
  });

  test("is left out where nobody asked for it", async () => {
    expect(await evaluate({ ...question(), explain: false })).not.toHaveProperty("considered");
  });
});

test("the API's document describes one question and a batch", async () => {
  const response = await api.call(null, "GET", "/openapi.json");
  const { components } = (await response.json()) as {
    components: { schemas: Record<string, { required: string[] }> };
  };
  expect(components.schemas["Question"]?.required).toEqual(["channel", "now", "facts"]);
  expect(components.schemas["Questions"]?.required).toEqual(["questions"]);
});
