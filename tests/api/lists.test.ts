import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { outsideWorkspaces } from "#db/database";
import { openSession } from "#db/queries/sweep";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { screenSlice } from "#flow/gate/screen";
import { type TestApi, testApi } from "../support/api.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let admin = "";

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  admin = await api.key(["admin"]);
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

/** All ids of a list, page by page. */
async function walk(path: string): Promise<string[]> {
  const ids: string[] = [];
  let next: string | null = null;
  do {
    const url: string = next === null ? path : `${path}&cursor=${next}`;
    const response = await api.call(admin, "GET", url);
    expect(response.status).toBe(200);
    const page = (await response.json()) as { items: { id: string }[]; next: string | null };
    ids.push(...page.items.map((item) => item.id));
    next = page.next;
  } while (next !== null);
  return ids;
}

test("walking the contacts page by page meets everyone once, people of one import too", async () => {
  // All rows of an import are stored at one instant, to the microsecond.
  await importCsv(workspace, consentedCsv(230));
  const ids = await walk("/v1/contacts?limit=37");
  expect(ids).toHaveLength(230);
  expect(new Set(ids).size).toBe(230);
  expect(ids).toEqual([...ids].sort().reverse());
});

test("walking the campaigns meets each once, newest first, and `state` keeps only its own on full pages", async () => {
  const made: string[] = [];
  for (let place = 0; place < 5; place += 1) {
    made.push(await createCampaign(workspace));
    // Ids tell the order of campaigns to the millisecond; a fast machine makes two in one.
    await setTimeout(2);
  }
  expect(await walk("/v1/campaigns?limit=2")).toEqual([...made].reverse());
  const response = await api.call(admin, "POST", `/v1/campaigns/${made[0]}/schedule`, {
    at: new Date(Date.now() + 86_400_000).toISOString(),
  });
  expect(response.status).toBe(200);
  const scheduled = await api.call(admin, "GET", "/v1/campaigns?limit=2&state=scheduled");
  // The oldest of five: a filter over a page of two would not find it.
  expect(((await scheduled.json()) as { items: { id: string }[] }).items.map((item) => item.id)).toEqual([
    made[0],
  ]);
});

test("each recipient comes with its decision and the consent event behind it", async () => {
  await importCsv(workspace, "email,full_name,country\nnobody.asked@example.com,Nobody Asked,DE\n");
  const { deps, workspaceId } = workspace;
  const campaignId = await createCampaign(workspace);
  await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: "test" });
  await planCampaign(deps, { workspaceId, campaignId });
  const session = randomUUID();
  await outsideWorkspaces(workspace.database, (tx) => openSession(tx, session));
  await screenSlice(deps, session, { workspaceId, campaignId, slice: 0, limit: 500 });
  const recipients = async (path: string) => {
    const response = await api.call(admin, "GET", path);
    return ((await response.json()) as { items: { decision: unknown }[] }).items;
  };
  const allowed = await recipients(`/v1/campaigns/${campaignId}/recipients?state=permitted&limit=1`);
  expect(allowed[0]?.decision).toMatchObject({
    verdict: "allow",
    evidence: { type: "given", method: "import", claimed: true, noticeVersion: "2026-01" },
  });
  const blocked = await recipients(`/v1/campaigns/${campaignId}/recipients?reason=consent-missing`);
  expect(blocked.map((each) => each.decision)).toMatchObject([{ verdict: "block", evidence: null }]);
});

test.each([
  ["a condition that does not exist", { all: [{ attribute: "plan", op: "eq" }] }, "/audience/all/0/op"],
  [
    "a value of the wrong type, deep inside",
    { any: [{ not: { country: [7] } }] },
    "/audience/any/0/not/country/0",
  ],
  ["a field beside a right condition", { country: ["DE"], city: "Bonn" }, "/audience/city"],
])("an audience with %s is refused with the path of it", async (_sentence, audience, path) => {
  const response = await api.call(admin, "POST", "/v1/campaigns", {
    name: "x",
    senderId: workspace.senderId,
    purposeId: workspace.purposeId,
    audience,
    content: { subject: "x", html: "<p>x</p>" },
  });
  expect(response.status).toBe(400);
  const { errors } = (await response.json()) as { errors: { path: string }[] };
  expect(errors.map((error) => error.path)).toContain(path);
});
