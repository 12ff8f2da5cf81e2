import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { startApi } from "../../apps/api/server.ts";
import { type RunningWorker, startWorker } from "../../apps/worker/worker.ts";
import { type DatabasePath, databasePath } from "../support/database-path.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
  testConfig,
  untilCampaign,
} from "../support/product.ts";
import { freePort } from "../support/redis-server.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const PEOPLE = 600;

let database: TestDatabase;
let workspace: TestWorkspace;
let way: DatabasePath;
let sink: SmtpSink;
let worker: RunningWorker | null = null;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  way = await databasePath(database.ownerUrl);
  sink = await startSmtpSink({ delayMs: 5 });
});

afterEach(async () => {
  await worker?.stop();
  worker = null;
  await way.close();
  await sink.stop();
  await workspace.close();
  await database.drop();
});

/** Starts a worker that reaches its database by the way that can be closed. */
async function work(redisUrl: string | null): Promise<void> {
  const started = await startWorker(testConfig(way.url, sink.port, { redisUrl }));
  if (started.kind === "problem") throw new Error(started.message);
  worker = started.worker;
}

async function schedule(): Promise<string> {
  await importCsv(workspace, consentedCsv(PEOPLE));
  const campaignId = await createCampaign(workspace);
  const { workspaceId } = workspace;
  await scheduleCampaign(workspace.deps, { workspaceId, campaignId, at: null, actor: "test" });
  return campaignId;
}

test.each([
  ["Postgres queue", "postgres"],
  ["Redis queue", "redis"],
] as const)(
  "%s: a worker that loses its database again and again sends the rest when it is back, to nobody twice",
  async (_name, queue) => {
    await way.open();
    await work(queue === "redis" ? inject("redisUrl") : null);
    const campaignId = await schedule();
    for (const count of [50, 200, 350]) {
      while (sink.messages.length < count) await sleep(5);
      await way.close();
      await sleep(700);
      await way.open();
      const sent = sink.messages.length;
      const openedAtMs = performance.now();
      while (sink.messages.length === sent) await sleep(5);
      expect(performance.now() - openedAtMs).toBeLessThan(10_000);
    }
    await untilCampaign(workspace, campaignId, ["finished"], 100_000);
    const rows = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute<{ state: string; count: number; inFlight: number }>(sql`
        select state, count(*)::int as count, (select count(*)::int from in_flight) as "inFlight"
        from recipient group by state`),
    );
    expect([...rows]).toEqual([{ state: "contacted", count: PEOPLE, inFlight: 0 }]);
    expect(sink.messages.length).toBe(PEOPLE);
    expect(new Set(sink.messages.map((message) => message.to)).size).toBe(PEOPLE);
  },
  120_000,
);

test("a worker and an API that start while the database is away wait for it", async () => {
  const working = work(null);
  const serving = startApi(testConfig(way.url, sink.port), null);
  await sleep(1_200);
  await way.open();
  await working;
  const api = await serving;
  if (api.kind === "problem") throw new Error(api.message);
  expect((await fetch(`${api.api.url}/readyz`)).status).toBe(200);
  await api.api.stop();
});

test("people at the console are let in again when the database is back, those who were asking meanwhile too", async () => {
  const [email, password] = ["staff@consentry.example", "a long enough password"];
  await way.open();
  const port = await freePort();
  const started = await startApi(testConfig(way.url, sink.port, { port }), null);
  if (started.kind === "problem") throw new Error(started.message);
  const { api } = started;
  const headers = { accept: "text/html", "sec-fetch-site": "same-origin" };
  const login = () =>
    fetch(`${api.url}/login`, {
      method: "POST",
      redirect: "manual",
      headers,
      body: new URLSearchParams({ email, password }),
    });
  try {
    await api.auth.ensureUser(email, password, workspace.workspaceId);
    const cookie = (await login()).headers
      .getSetCookie()
      .map((each) => each.split(";")[0])
      .join("; ");
    const home = () => fetch(`${api.url}/`, { redirect: "manual", headers: { ...headers, cookie } });
    expect((await home()).status).toBe(200);
    for (let round = 0; round < 6; round += 1) {
      // They ask while the connections break: some statements are on their way, some are not sent yet.
      const asking = Array.from({ length: 20 }, async (_, place) => {
        await sleep(place * 4);
        return (await home()).status;
      });
      await sleep(10 + round * 10);
      await way.close();
      await sleep(300);
      await way.open();
      const openedAtMs = performance.now();
      while ((await home()).status !== 200) await sleep(50);
      expect((await login()).status).toBe(303);
      expect(performance.now() - openedAtMs).toBeLessThan(10_000);
      // Nobody waits for an answer for ever.
      const answers = await Promise.race([Promise.all(asking), sleep(10_000)]);
      expect(answers).toHaveLength(20);
    }
  } finally {
    await api.stop();
  }
}, 120_000);

test("a database that refuses the login is a problem told at once", async () => {
  const refused = new URL(database.ownerUrl);
  refused.password = "wrong";
  const config = testConfig(refused.toString(), sink.port);
  const expected = { kind: "problem", message: "DATABASE_URL: the database refuses us (28P01)" };
  expect(await startWorker(config)).toEqual(expected);
  expect(await startApi(config, null)).toEqual(expected);
});
