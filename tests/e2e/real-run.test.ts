import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
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

let database: TestDatabase;
let workspace: TestWorkspace;
let sink: SmtpSink;
const workers: RunningWorker[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  sink = await startSmtpSink();
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  await sink.stop();
  await workspace.close();
  await database.drop();
});

async function work(count: number, redisUrl: string | null): Promise<void> {
  for (let place = 0; place < count; place += 1) {
    const started = await startWorker(testConfig(database.ownerUrl, sink.port, { redisUrl }));
    if (started.kind === "problem") throw new Error(started.message);
    workers.push(started.worker);
  }
}

describe.each([
  ["Postgres queue, one worker", "postgres", 1],
  ["Postgres queue, three workers", "postgres", 3],
  ["Redis queue, one worker", "redis", 1],
  ["Redis queue, three workers", "redis", 3],
] as const)("%s", (_name, backend, count) => {
  test("everyone who agreed gets exactly one message, nobody else gets any, and each has a reason", async () => {
    await importCsv(workspace, consentedCsv(600));
    await importCsv(
      workspace,
      "email,full_name\nnever1@example.com,Never Asked\nnever2@example.com,Never Asked\n",
    );
    const campaignId = await createCampaign(workspace);
    await work(count, backend === "redis" ? inject("redisUrl") : null);
    await scheduleCampaign(workspace.deps, {
      workspaceId: workspace.workspaceId,
      campaignId,
      at: null,
      actor: "test",
    });
    await untilCampaign(workspace, campaignId, ["finished"]);
    const reached = sink.messages.map((message) => message.to);
    expect(reached.length).toBe(600);
    expect(new Set(reached).size).toBe(600);
    expect(reached.filter((address) => address.startsWith("never"))).toEqual([]);
    const tally = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute(sql`select state, reason, count(*)::int as count from recipient group by 1, 2 order by 1`),
    );
    expect([...tally]).toEqual([
      { state: "blocked", reason: "consent-missing", count: 2 },
      { state: "contacted", reason: null, count: 600 },
    ]);
  });
});
