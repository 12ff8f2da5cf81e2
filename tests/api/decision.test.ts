import postgres from "postgres";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { findContacts } from "#flow/contacts/contacts";
import { screenSlice } from "#flow/gate/screen";
import { stopPerson } from "#flow/stops/stop-person";
import { type TestApi, testApi } from "../support/api.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

interface Told {
  readonly recipientId: number;
  readonly contactId: string;
  readonly stored: {
    readonly verdict: string;
    readonly reason: string;
    readonly decidedAt: string;
    readonly factsHash: string | null;
  };
  readonly asked: {
    readonly at: string;
    readonly readAsOfNow: readonly string[];
    readonly isOfStoredFacts: boolean | null;
    readonly decision: { readonly verdict: string; readonly reason: string };
  };
  readonly considered: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly decisive: boolean;
    readonly citation: string;
    readonly saw: Readonly<Record<string, unknown>>;
  }[];
}

let database: TestDatabase;
let workspace: TestWorkspace;
let stranger: TestWorkspace;
let api: TestApi;
let key: string;
let recipientId: number;
let contactId: string;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  stranger = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  key = await api.key(["contacts:read", "campaigns:read"]);
  await importCsv(workspace, consentedCsv(1));
  const campaignId = await createCampaign(workspace);
  const { deps, workspaceId } = workspace;
  await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: "test" });
  await planCampaign(deps, { workspaceId, campaignId });
  const screened = await screenSlice(deps, crypto.randomUUID(), {
    workspaceId,
    campaignId,
    slice: 0,
    limit: 10,
  });
  if (screened.kind !== "screened") throw new Error("the campaign does not send");
  const [permitted] = screened.permitted;
  if (permitted === undefined) throw new Error("nobody was permitted");
  recipientId = permitted.permit.recipientId;
  contactId = permitted.permit.contactId;
});

afterAll(async () => {
  await workspace.close();
  await stranger.close();
  await database.drop();
});

async function told(query = ""): Promise<Told> {
  const response = await api.call(key, "GET", `/v1/recipients/${recipientId}/decision${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Told;
}

test("a decision names every rule that was asked, what it saw and where it comes from", async () => {
  const answer = await told();
  expect(answer).toMatchObject({ recipientId, contactId, stored: { verdict: "allow" } });
  expect(answer.asked.decision).toMatchObject({ verdict: "allow", reason: "consent-express" });
  const consent = answer.considered.find((rule) => rule.id === "consent-express");
  expect(consent).toMatchObject({ outcome: "permits", decisive: true });
  expect(answer.considered.filter((rule) => rule.decisive)).toHaveLength(1);
  expect(JSON.stringify(consent?.saw)).toContain("2026-01");
  expect(answer.considered.find((rule) => rule.id === "opt-out-regime")?.outcome).toBe("law-only");
  expect(answer.considered.length).toBeGreaterThan(15);
  expect(answer.considered.every((rule) => rule.citation !== "")).toBe(true);
});

test("after a stop the same question is answered for then and for now", async () => {
  const before = await told();
  const [person] = await findContacts(workspace.database, workspace.deps.keys, workspace.workspaceId, {
    email: "person1@example.com",
  });
  const point = person?.record.points[0];
  if (point === undefined) throw new Error("the test person is missing");
  await stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    gateId: point.gateId,
    contactId,
    channel: "email",
    target: { kind: "everything" },
    method: "link",
    actor: "person",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
  const now = await told(`?at=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`);
  expect(now.asked.decision.verdict).toBe("block");
  expect(now.asked.readAsOfNow).toEqual([]);
  const then = await told(`?at=${encodeURIComponent(before.asked.at)}`);
  expect(then.asked.decision).toMatchObject({ verdict: "allow", reason: "consent-express" });
  expect(then.asked.readAsOfNow.length).toBeGreaterThan(0);
  const long = await told("?at=2020-01-01T00:00:00Z");
  expect(long.asked.decision).toMatchObject({ verdict: "block", reason: "consent-missing" });
});

test("a decision is stored with a hash of its facts, which shows whether they are still the same", async () => {
  const before = await told();
  expect(before.stored.factsHash).toMatch(/^[0-9a-f]{64}$/);
  // What came after the decision, the stop of the test before included, is not read for its moment.
  expect(before.asked.isOfStoredFacts).toBe(true);
  const other = await told(`?at=${encodeURIComponent(before.asked.at)}`);
  expect(other.asked.isOfStoredFacts).toBeNull();
  const contacts = await api.key(["contacts:write"]);
  const changed = await api.call(contacts, "PATCH", `/v1/contacts/${contactId}`, { country: "AT" });
  expect(changed.status).toBe(200);
  expect((await told()).asked.isOfStoredFacts).toBe(false);
});

test("contacts made after a decision do not count in its explanation", async () => {
  const owner = postgres(database.ownerUrl, { max: 1 });
  await owner`update campaign set frequency_cap_max = 1, frequency_cap_window_hours = 24`;
  await owner`update recipient set state = 'contacted', redeemed_at = consentry_now() where id = ${recipientId}`;
  await owner.end();
  expect((await told()).asked.decision).toMatchObject({ verdict: "allow" });
  const later = await told(`?at=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`);
  expect(later.considered.find((rule) => rule.id === "frequency-cap")?.outcome).toBe("deferred");
});

test("nor do they count against the pace that the person had chosen before", async () => {
  const owner = postgres(database.ownerUrl, { max: 1 });
  await owner`update campaign set frequency_cap_max = null, frequency_cap_window_hours = null`;
  await owner`
    insert into contact_preference (workspace_id, contact_id, cap_max, cap_window_hours, created_at)
    select workspace_id, contact_id, 1, 168, consentry_now() - interval '1 day' from recipient where id = ${recipientId}`;
  await owner`update recipient set state = 'contacted', redeemed_at = consentry_now() where id = ${recipientId}`;
  await owner.end();
  expect((await told()).asked.decision).toMatchObject({ verdict: "allow" });
  const later = await told(`?at=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`);
  const own = later.considered.filter((rule) => JSON.stringify(rule.saw).includes("contactedAt"));
  expect(own.map((rule) => rule.outcome)).toEqual(["deferred"]);
});

test("nobody sees a decision of another workspace, or with a key that may not read people", async () => {
  const foreign = testApi(stranger, database.ownerUrl);
  const theirs = await foreign.key(["contacts:read"]);
  const path = `/v1/recipients/${recipientId}/decision`;
  expect((await foreign.call(theirs, "GET", path)).status).toBe(404);
  expect((await api.call(await api.key(["campaigns:read"]), "GET", path)).status).toBe(403);
  expect((await api.call(key, "GET", `${path}?at=soon`)).status).toBeGreaterThanOrEqual(400);
});
