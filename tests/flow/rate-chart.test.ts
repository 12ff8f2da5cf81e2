import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { handOverCounts } from "#db/read-models/campaign-rate";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { type RunningWorker, startWorker } from "../../apps/worker/worker.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
  testConfig,
  untilCampaign,
} from "../support/product.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const PEOPLE = 700;

let database: TestDatabase;
let workspace: TestWorkspace;
let sink: SmtpSink;
let worker: RunningWorker;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  sink = await startSmtpSink({ delayMs: 2 });
  const started = await startWorker(testConfig(database.ownerUrl, sink.port));
  if (started.kind === "problem") throw new Error(started.message);
  worker = started.worker;
});

afterEach(async () => {
  await worker.stop();
  await sink.stop();
  await workspace.close();
  await database.drop();
});

const inOwn = <T>(work: Parameters<typeof inWorkspace<T>>[2]) =>
  inWorkspace(workspace.database, workspace.workspaceId, work);

const sum = (counts: readonly { readonly count: number }[]) =>
  counts.reduce((all, { count }) => all + count, 0);

const drawn = (campaignId: string, stepSeconds: number) =>
  inOwn(async (tx) => {
    const [campaign] = await tx.execute<{ month: string | null }>(
      sql`select month::text as month from campaign where id = ${campaignId}::uuid`,
    );
    return handOverCounts(tx, campaignId, campaign?.month ?? null, stepSeconds);
  });

const inRows = (campaignId: string, stepSeconds: number) =>
  inOwn(async (tx) => {
    const rows = await tx.execute<{ at: number; count: number }>(sql`
      select floor(extract(epoch from ended_at) / ${stepSeconds}::int)::bigint * ${stepSeconds}::int as at,
        count(*)::int as count
      from recipient where campaign_id = ${campaignId}::uuid and state = 'contacted' group by 1 order by 1`);
    return [...rows];
  });

test("the chart counts what the rows say, while slices are worked on, when they wait, and when they are done", async () => {
  await importCsv(workspace, consentedCsv(PEOPLE));
  const campaignId = await createCampaign(workspace, { ratePerSecond: 100 });
  const { workspaceId } = workspace;
  await scheduleCampaign(workspace.deps, { workspaceId, campaignId, at: null, actor: "test" });
  const seen: number[] = [];
  while (sink.messages.length < PEOPLE) {
    // More come in between; the chart lies between the rows before and after it.
    const before = sum(await inRows(campaignId, 5));
    const counted = sum(await drawn(campaignId, 5));
    const after = sum(await inRows(campaignId, 5));
    expect(counted).toBeGreaterThanOrEqual(before);
    expect(counted).toBeLessThanOrEqual(after);
    seen.push(counted);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  // It was looked at while it grew.
  expect(new Set(seen).size).toBeGreaterThan(10);
  await untilCampaign(workspace, campaignId, ["finished"]);
  for (const stepSeconds of [5, 10]) {
    const counts = await drawn(campaignId, stepSeconds);
    expect(counts).toEqual(await inRows(campaignId, stepSeconds));
    expect(sum(counts)).toBe(PEOPLE);
  }
  // From here on no row is looked at for it.
  const slices = await inOwn((tx) =>
    tx.execute(sql`select distinct worked_at, handed_over is not null as kept from campaign_slice`),
  );
  expect([...slices]).toEqual([{ worked_at: null, kept: true }]);
});
