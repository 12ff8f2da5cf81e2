import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { startWorker } from "../../apps/worker/worker.ts";
import { type TestApi, testApi } from "../support/api.ts";
import { setClockAhead } from "../support/clock.ts";
import { createTestForm, person, postForm, preferencePath } from "../support/front-door.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
  testConfig,
} from "../support/product.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const DAY_MS = 86_400_000;
const PATIENT = { timeout: 30_000 };
const WISHING = "person1@example.com";
const OTHER = "person2@example.com";

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let sink: SmtpSink;
let path = "";
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  await createTestForm(workspace);
  await importCsv(workspace, consentedCsv(3));
  path = await preferencePath(workspace, WISHING);
  sink = await startSmtpSink({ keepBodies: true });
});

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await sink.stop();
  await workspace.close();
  await database.drop();
});

async function start(): Promise<void> {
  const started = await startWorker(testConfig(database.ownerUrl, sink.port));
  if (started.kind === "problem") throw new Error(started.message);
  stops.push(() => started.worker.stop());
}

/** A campaign that starts now and runs for two months unless told otherwise. */
async function sendCampaign(options: Parameters<typeof createCampaign>[1] = {}): Promise<string> {
  const endsAt = new Date(Date.now() + 60 * DAY_MS);
  const campaignId = await createCampaign(workspace, { endsAt, ...options });
  const { workspaceId } = workspace;
  await scheduleCampaign(workspace.deps, { workspaceId, campaignId, at: null, actor: "test" });
  return campaignId;
}

/** What became of a person in a campaign: `state reason`. */
async function stateIn(campaignId: string, address: string): Promise<string> {
  const { record } = await person(workspace, address);
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ state: string }>(sql`
      select trim(state || ' ' || coalesce(reason, '')) as state from recipient
      where campaign_id = ${campaignId}::uuid and contact_id = ${record.id}::uuid`),
  );
  return row?.state ?? "not in it";
}

const look = async (of = path) => (await api.app.request(of)).text();
const save = async (pace: string) => (await postForm(api, path, { act: "save", pace })).text();
const received = (address: string) => sink.messages.filter((message) => message.to === address).length;

test("a pause holds campaigns back until its day, with its reason on the recipient; the message comes afterwards", async () => {
  expect(await save("pause-30")).toContain("Nothing comes until");
  expect(await look()).toContain("as you chose");
  const campaignId = await sendCampaign();
  const shortId = await sendCampaign({ endsAt: new Date(Date.now() + 7 * DAY_MS) });
  await start();
  await expect.poll(() => stateIn(campaignId, OTHER), PATIENT).toBe("contacted");
  // A campaign that is over before the break is does not wait for it.
  await expect.poll(() => stateIn(shortId, WISHING), PATIENT).toBe("blocked paused-by-person");
  await expect.poll(() => stateIn(campaignId, WISHING), PATIENT).toBe("deferred paused-by-person");
  expect(received(WISHING)).toBe(0);
  await setClockAhead(database.ownerUrl, 30 * DAY_MS + 60_000);
  await expect.poll(() => stateIn(campaignId, WISHING), PATIENT).toBe("contacted");
  expect(received(WISHING)).toBe(1);
}, 90_000);

test("at most one a week holds over every campaign, whatever cap these have themselves, sent at the same time", async () => {
  expect(await save("week-1")).toContain("new pace");
  expect(await look()).toMatch(/id="pace-week-1"[^>]*checked/);
  const campaigns = [
    await sendCampaign(),
    await sendCampaign(),
    await sendCampaign({ frequencyCap: { max: 5, windowHours: 24 } }),
  ];
  await start();
  await expect
    .poll(async () => (await Promise.all(campaigns.map((id) => stateIn(id, WISHING)))).sort(), PATIENT)
    .toEqual(["contacted", "deferred frequency-cap", "deferred frequency-cap"]);
  await expect
    .poll(async () => Promise.all(campaigns.map((id) => stateIn(id, OTHER))), PATIENT)
    .toEqual(["contacted", "contacted", "contacted"]);
  expect(received(WISHING)).toBe(1);
  // As it comes again: what waited is sent.
  await save("as-it-comes");
  await setClockAhead(database.ownerUrl, 8 * DAY_MS);
  await expect
    .poll(async () => Promise.all(campaigns.map((id) => stateIn(id, WISHING))), PATIENT)
    .toEqual(["contacted", "contacted", "contacted"]);
}, 120_000);

test("why did I get this: campaign, topic, time and the consent with its words; below it what was held back, and why", async () => {
  const campaignId = await sendCampaign();
  await start();
  await expect.poll(() => stateIn(campaignId, WISHING), PATIENT).toBe("contacted");
  // Every message leads here.
  const message = sink.messages.find((each) => each.to === WISHING)?.body.replaceAll("=\r\n", "") ?? "";
  expect(message.replaceAll("=3D", "=")).toContain(path);
  await postForm(api, path, { act: "everything" });
  const heldId = await sendCampaign();
  await expect.poll(() => stateIn(heldId, WISHING), PATIENT).toBe("blocked suppressed-unsubscribe");

  const history = await look();
  expect(history).toContain("We emailed you “Spring news”");
  const link = /href="([^"]*\/messages\/\d+\?lang=en)"/.exec(history)?.[1] ?? "";
  const page = await look(link);
  for (const wanted of [
    "Spring news",
    "Acme GmbH",
    "Newsletter",
    "You had agreed to it",
    "Email me the Acme newsletter",
    "You had stopped it",
  ])
    expect(page).toContain(wanted);
  const all = await look(`${path}/messages?lang=de`);
  expect(all).toContain("Zurückgehalten");
  expect(all).toContain("Sie hatten das gestoppt");

  // Somebody else's message, what was never sent, and what is no number, are no page.
  const rows = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ id: number; own: boolean; state: string }>(sql`
      select r.id, r.state, r.contact_id = (select contact_id from recipient where id = ${Number(/messages\/(\d+)/.exec(link)?.[1])})
        as own from recipient r`),
  );
  const foreign = rows.filter((row) => !row.own || row.state === "blocked").map((row) => String(row.id));
  expect(foreign.length).toBeGreaterThan(2);
  for (const id of [...foreign, "0", "-1", "1e9", "99999999999999999999", "x"]) {
    const response = await api.app.request(`${path}/messages/${id}`);
    expect({ id, status: response.status }).toEqual({ id, status: 404 });
  }
}, 90_000);
