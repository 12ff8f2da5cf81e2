import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { readCampaign } from "#db/queries/campaign-state";
import { campaignTally } from "#db/read-models/campaign-progress";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { type RunningWorker, startWorker } from "../../apps/worker/worker.ts";
import { type LawDesk, openLawDesk } from "../support/law.ts";
import { createCampaign, testConfig, untilCampaign } from "../support/product.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;
let sink: SmtpSink;
let worker: RunningWorker;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});
beforeEach(async () => {
  desk = await openLawDesk(database.ownerUrl);
  sink = await startSmtpSink({});
  const started = await startWorker(testConfig(database.ownerUrl, sink.port));
  if (started.kind === "problem") throw new Error(started.message);
  worker = started.worker;
});
afterEach(async () => {
  await worker.stop();
  await sink.stop();
  await desk.close();
});
afterAll(() => database.drop());

async function start(campaignId: string): Promise<void> {
  const { deps, workspaceId } = desk.workspace;
  await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: "test" });
}
const finished = (campaignId: string) => untilCampaign(desk.workspace, campaignId, ["finished"], 30_000);
const tally = (campaignId: string) =>
  inWorkspace(desk.workspace.database, desk.workspace.workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, campaignId);
    return campaignTally(tx, campaignId, campaign?.month ?? null);
  });

test("a person in the US without consent is written to while the sender's basis is law, and not after", async () => {
  await desk.contact({ email: "ann@example.com", country: "US" });
  await desk.sender({ legalBasis: "law" });
  const first = await createCampaign(desk.workspace);
  await start(first);
  await finished(first);
  expect(sink.messages.map((message) => message.to)).toEqual(["ann@example.com"]);
  await desk.sender({ legalBasis: "consent-only" });
  const second = await createCampaign(desk.workspace);
  await start(second);
  await finished(second);
  expect(await tally(second)).toEqual([{ state: "blocked", reason: "consent-missing", count: 1 }]);
  expect(sink.messages).toHaveLength(1);
});

test("a sender that goes back to consent while it sends has stopped by the time it is answered", async () => {
  await desk.sender({ legalBasis: "law" });
  for (let place = 0; place < 40; place += 1)
    await desk.contact({ email: `us${place}@example.com`, country: "US" });
  const campaignId = await createCampaign(desk.workspace, { ratePerSecond: 10 });
  await start(campaignId);
  const deadline = performance.now() + 30_000;
  while (sink.messages.length < 5 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const answer = await desk.sender({ legalBasis: "consent-only" });
  const answeredAtMs = performance.now();
  await finished(campaignId);
  expect(answer["inFlight"]).toBe(0);
  expect(sink.messages.filter((message) => message.dotAtMs > answeredAtMs)).toEqual([]);
  const counts = Object.fromEntries((await tally(campaignId)).map((row) => [row.state, row.count]));
  expect(counts).toEqual({ contacted: sink.messages.length, blocked: 40 - sink.messages.length });
  expect(sink.messages.length).toBeGreaterThanOrEqual(5);
  expect(sink.messages.length).toBeLessThan(40);
});
