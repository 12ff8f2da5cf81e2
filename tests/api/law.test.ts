import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { POLICY_DEFAULTS, POLICY_SETTINGS } from "#core/policy";
import { inWorkspace } from "#db/database";
import { testApi } from "../support/api.ts";
import { DAY_MS, type LawDesk, openLawDesk } from "../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;
const later = new Date(Date.now() + DAY_MS).toISOString();

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  desk = await openLawDesk(database.ownerUrl);
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});

interface Item {
  readonly key: string;
  readonly value: unknown;
  readonly setBy: string;
}
const items = async (query = "") => (await desk.call<{ items: Item[] }>("GET", `/v1/policy${query}`)).items;
const item = async (key: string, query = "") => (await items(query)).find((each) => each.key === key);
const newestAudit = async () => {
  const [row] = await inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
    tx.execute(sql`select action, subject, detail from audit_entry order by id desc limit 1`),
  );
  return row;
};

describe("the policy", () => {
  test("shows every setting with its value, default, question and source", async () => {
    const shown = await items();
    expect(shown.map((each) => each.key)).toEqual(POLICY_SETTINGS.map((setting) => setting.key));
    expect(await item("consentMonths")).toMatchObject({
      value: POLICY_DEFAULTS.consentMonths,
      default: POLICY_DEFAULTS.consentMonths,
      setBy: "default",
      settableOn: ["workspace", "sender"],
      asks: expect.stringContaining("months"),
      source: expect.stringContaining("ICO"),
    });
    // Questions without a sender ask what the law says; senders start with consent alone.
    expect(await item("legalBasis")).toMatchObject({ value: "consent-only", settableOn: ["sender"] });
  });

  test("says who set a value, and the audit holds it before and after", async () => {
    const sender = `?senderId=${desk.workspace.senderId}`;
    await desk.call("PATCH", "/v1/policy", { consentMonths: 12, spamRateCeiling: 0.001 });
    expect(await newestAudit()).toMatchObject({
      action: "policy-changed",
      detail: {
        changes: {
          consentMonths: { before: null, after: 12 },
          spamRateCeiling: { before: null, after: 0.001 },
        },
      },
    });
    expect(await item("consentMonths", sender)).toMatchObject({ value: 12, setBy: "workspace" });
    await desk.sender({ policy: { consentMonths: 3 }, legalBasis: "law" });
    expect(await newestAudit()).toMatchObject({
      action: "sender-changed",
      subject: desk.workspace.senderId,
      detail: {
        changes: {
          legalBasis: { before: "consent-only", after: "law" },
          "policy.consentMonths": { before: null, after: 3 },
        },
      },
    });
    expect(await item("consentMonths", sender)).toMatchObject({ value: 3, setBy: "sender" });
    expect(await item("legalBasis", sender)).toMatchObject({ value: "law", setBy: "sender" });
    const { items: senders } = await desk.call<{ items: object[] }>("GET", "/v1/senders");
    expect(senders).toMatchObject([{ legalBasis: "law", policy: { consentMonths: 3 }, isBulkSender: false }]);
    const [stop] = await inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
      tx.execute(sql`select kind, in_flight from stop_entry order by id desc limit 1`),
    );
    expect(stop).toEqual({ kind: "policy", in_flight: 0 });
  });

  test.each([
    [{ consentMonths: 0 }, "/consentMonths"],
    [{ consentMonths: 61 }, "/consentMonths"],
    [{ thirdPartyConsentMonths: 1.5 }, "/thirdPartyConsentMonths"],
    [{ softOptInNegotiation: ["gb"] }, "/softOptInNegotiation/0"],
    [{ softOptInFreeTier: ["RO", "RO"] }, "/softOptInFreeTier"],
    [{ blocksMinorsUnder18: "yes" }, "/blocksMinorsUnder18"],
    [{ spamRateCeiling: 0.5 }, "/spamRateCeiling"],
    [{ legalBasis: "law" }, "/legalBasis"],
    [{ mood: "good" }, "/mood"],
  ])("refuses %j", async (change, path) => {
    const problem = await desk.call("PATCH", "/v1/policy", change, 400);
    expect((problem["errors"] as { path: string }[]).map((error) => error.path)).toEqual([path]);
  });

  test("is not set by making a sender, and a change of it needs a scope of its own", async () => {
    const sender = {
      key: "second",
      name: "Second",
      postalAddress: "Street 1",
      fromName: "Second",
      fromAddress: "news@second.example",
    };
    await desk.call("POST", "/v1/senders", { ...sender, legalBasis: "law" }, 400);
    expect(await desk.call("POST", "/v1/senders", sender)).toMatchObject({ legalBasis: "consent-only" });
    const api = testApi(desk.workspace, database.ownerUrl);
    const marketer = await api.key(["senders:write", "campaigns:write", "contacts:write", "policy:read"]);
    const path = `/v1/senders/${desk.workspace.senderId}`;
    expect((await api.call(marketer, "PATCH", path, { legalBasis: "law" })).status).toBe(403);
    expect((await api.call(marketer, "PATCH", "/v1/policy", {})).status).toBe(403);
    expect((await api.call(marketer, "GET", "/v1/policy")).status).toBe(200);
  });
});

test("a vendor's deletion run is kept with the verification, and goes when it is taken back", async () => {
  const draft = { key: "broker", name: "Broker", kind: "purchased-list", vendor: "List Co" };
  const { id } = await desk.call("POST", "/v1/sources", draft);
  const path = `/v1/sources/${id}`;
  const run = new Date(Date.now() - 10 * DAY_MS).toISOString();
  const said = { note: "Saw the form", deletionsRunAt: run };
  expect(await desk.call("POST", `${path}/verify`, said)).toMatchObject({ deletionsRunAt: run });
  const person = await desk.contact({
    email: `c${randomUUID()}@example.com`,
    country: "US",
    region: "US-CA",
    sourceId: id,
    obtainedAt: new Date(Date.now() - 12 * DAY_MS).toISOString(),
  });
  expect(person.id).toEqual(expect.any(String));
  const { items } = await desk.call<{ items: object[] }>("GET", "/v1/sources");
  expect(items).toContainEqual(expect.objectContaining({ id, deletionsRunAt: run }));
  expect(await desk.call("POST", `${path}/verify`, { note: "Saw the form" })).toMatchObject({
    deletionsRunAt: null,
  });
  await desk.call("POST", `${path}/verify`, said);
  expect(await desk.call("POST", `${path}/unverify`, undefined)).toMatchObject({
    verifiedAt: null,
    deletionsRunAt: null,
  });
});

describe("what cannot be so is refused, by field", () => {
  const email = () => `p${randomUUID()}@example.com`;
  const errorsOf = async (method: string, path: string, body: object) =>
    ((await desk.call(method, path, body, 422))["errors"] as { path: string }[]).map((error) => error.path);

  test.each([
    ["obtainedAt", later],
    ["art14NoticeAt", later],
    ["optOutSignalAt", later],
    ["sourceId", randomUUID()],
  ])("a contact's %s", async (field, value) => {
    expect(await errorsOf("POST", "/v1/contacts", { email: email(), [field]: value })).toEqual([`/${field}`]);
    const contact = await desk.contact({ email: email() });
    expect(await errorsOf("PATCH", `/v1/contacts/${contact.id}`, { [field]: value })).toEqual([`/${field}`]);
  });

  test("a purchase of next year, and a relationship with nobody", async () => {
    const contact = await desk.contact({ email: email() });
    const path = `/v1/contacts/${contact.id}/relationships`;
    const { senderId } = desk.workspace;
    const next = { lastPurchaseAt: "2099-01-01" };
    expect(await errorsOf("PUT", `${path}/${senderId}`, next)).toEqual(["/lastPurchaseAt"]);
    await desk.call("PUT", `${path}/${randomUUID()}`, {}, 404);
    await desk.call("GET", `${path}/${senderId}`, undefined, 404);
  });

  test("a list of tomorrow, of before the copy held, of no known name, or with what is no number", async () => {
    const asOf = new Date(Date.now() - 5 * DAY_MS).toISOString();
    const put = "/v1/registries/GB-TPS";
    await desk.call("PUT", put, { asOf, numbers: [] });
    expect(await errorsOf("PUT", put, { asOf: later, numbers: [] })).toEqual(["/asOf"]);
    const older = new Date(Date.now() - 6 * DAY_MS).toISOString();
    expect(await errorsOf("PUT", put, { asOf: older, numbers: [] })).toEqual(["/asOf"]);
    await desk.call("PUT", "/v1/registries/DE-NONE", { asOf, numbers: [] }, 404);
    await desk.call("PUT", put, { asOf, numbers: [{ number: "020 7946 0123" }] }, 400);
    const many = Array.from({ length: 10_001 }, () => ({ number: "+442079460123" }));
    await desk.call("PUT", put, { asOf, numbers: many }, 400);
  });

  test("a source of a taken name, and a verification that says nothing", async () => {
    const source = { key: "twice", name: "Twice", kind: "purchased-list" };
    const { id } = await desk.call("POST", "/v1/sources", source);
    await desk.call("POST", "/v1/sources", source, 409);
    await desk.call("POST", `/v1/sources/${id}/verify`, { note: " " }, 400);
    await desk.call("POST", `/v1/sources/${id}/verify`, { note: "Saw it", deletionsRunAt: "soon" }, 400);
    await desk.call("POST", `/v1/sources/${randomUUID()}/verify`, { note: "Saw it" }, 404);
  });
});

test("10,000 numbers are taken over in one request", async () => {
  const numbers = Array.from({ length: 10_000 }, (_, place) => ({ number: `+1212555${10_000 + place}` }));
  const asOf = new Date(Date.now() - DAY_MS).toISOString();
  await desk.call("PUT", "/v1/registries/US-NDNCR", { asOf, numbers });
  const { items: lists } = await desk.call<{ items: object[] }>("GET", "/v1/registries");
  expect(lists).toContainEqual(expect.objectContaining({ registryId: "US-NDNCR", numbers: 10_000 }));
});
