import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createApiKey, type Scope } from "#flow/access/api-keys";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { cancelCampaign } from "#flow/stops/stop-campaign";
import { type RunningApi, startApi } from "../../apps/api/server.ts";
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
import { freePort } from "../support/redis-server.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let other: TestWorkspace;
let sink: SmtpSink;
let api: RunningApi;
let worker: RunningWorker;
/** Only the owner sees what other connections do. */
let owner: postgres.Sql;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  owner = postgres(database.ownerUrl, { max: 1 });
  workspace = await createWorkspace(database.ownerUrl);
  other = await createWorkspace(database.ownerUrl);
  sink = await startSmtpSink();
  const port = await freePort();
  const config = testConfig(database.ownerUrl, sink.port, { port, publicUrl: `http://127.0.0.1:${port}` });
  const startedApi = await startApi(config, null);
  const startedWorker = await startWorker(config);
  if (startedApi.kind === "problem" || startedWorker.kind === "problem")
    throw new Error("the product did not start");
  api = startedApi.api;
  worker = startedWorker.worker;
  await importCsv(workspace, consentedCsv(60));
});

afterAll(async () => {
  await worker.stop();
  await api.stop();
  await sink.stop();
  await owner.end();
  await workspace.close();
  await other.close();
  await database.drop();
});

const keyOf = async (of: TestWorkspace, scopes: readonly Scope[]): Promise<string> =>
  (await createApiKey(of.deps, { workspaceId: of.workspaceId, actor: "test", name: "test", scopes })).token;

interface Progress {
  readonly campaign: { readonly state: string };
  readonly byState: Readonly<Record<string, number>>;
  readonly decisions: readonly Readonly<Record<string, unknown>>[];
}

interface Events {
  readonly status: number;
  readonly type: string | null;
  /** What came over the wire, for a search. */
  text(): string;
  seen(): readonly Progress[];
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  leave(): void;
}

/** Listens as a browser's EventSource does. */
async function listen(campaignId: string, token: string): Promise<Events> {
  const leaving = new AbortController();
  const response = await fetch(`${api.url}/v1/campaigns/${campaignId}/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal: leaving.signal,
  });
  let text = "";
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  };
  const ended = read().catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: () => text,
    seen: () =>
      text
        .split("\n\n")
        .slice(0, -1)
        .filter((block) => block.includes("event: progress"))
        .map((block) => JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "null") as Progress),
    ended,
    leave: () => leaving.abort(),
  };
}

async function start(campaignId: string): Promise<void> {
  const { workspaceId } = workspace;
  await scheduleCampaign(api.deps, { workspaceId, campaignId, at: null, actor: "test" });
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The API's connections to this database that have run a statement lately. */
async function busyConnections(): Promise<number> {
  const [row] = await owner<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where application_name = 'consentry api' and datname = current_database()
      and query_start > clock_timestamp() - interval '2500 milliseconds'`;
  return row?.count ?? -1;
}

describe("the events of a campaign", () => {
  test("tell its counts while it runs, and end with it", async () => {
    const campaignId = await createCampaign(workspace, { ratePerSecond: 20 });
    const events = await listen(campaignId, await keyOf(workspace, ["campaigns:read"]));
    expect(events.status).toBe(200);
    expect(events.type).toContain("text/event-stream");
    await until(() => events.seen().length > 0, "the first event");
    expect(events.seen()[0]).toMatchObject({ campaign: { state: "draft" }, byState: {} });
    await start(campaignId);
    await events.ended;
    const contacted = events.seen().map((progress) => progress.byState["contacted"] ?? 0);
    expect(new Set(contacted).size).toBeGreaterThan(3);
    expect(contacted).toEqual([...contacted].sort((a, b) => a - b));
    expect(events.seen().at(-1)).toMatchObject({
      campaign: { state: "finished" },
      byState: { contacted: 60 },
    });

    // Ids, reasons and counts, and nothing that tells who somebody is.
    expect(events.seen().flatMap((progress) => progress.decisions).length).toBeGreaterThan(10);
    const keys = new Set(events.seen().flatMap((progress) => progress.decisions.flatMap(Object.keys)));
    expect([...keys].sort()).toEqual(["at", "contactId", "id", "reason", "recipientId", "verdict"]);
    expect(events.text()).not.toMatch(/example\.com|Person \d/);
  });

  test("end when the campaign is cancelled, and when it was over before", async () => {
    const campaignId = await createCampaign(workspace, { ratePerSecond: 1 });
    const token = await keyOf(workspace, ["admin"]);
    await start(campaignId);
    await untilCampaign(workspace, campaignId, ["sending"]);
    const events = await listen(campaignId, token);
    await cancelCampaign(api.deps, { workspaceId: workspace.workspaceId, campaignId, actor: "test" });
    await events.ended;
    expect(events.seen().at(-1)).toMatchObject({ campaign: { state: "cancelled" } });
    const again = await listen(campaignId, token);
    await again.ended;
    expect(again.seen()).toHaveLength(1);
  });

  test("are given to nobody without the scope, and to no other workspace", async () => {
    const campaignId = await createCampaign(workspace);
    const asked = async (token: string): Promise<number> => {
      const events = await listen(campaignId, token);
      events.leave();
      return events.status;
    };
    expect(await asked(await keyOf(workspace, ["contacts:read", "campaigns:write"]))).toBe(403);
    expect(await asked(await keyOf(other, ["campaigns:read"]))).toBe(404);
    expect(await asked(`ck_live_aaaaaaaa_${"x".repeat(43)}`)).toBe(401);
  });

  test("end when the listener leaves: nothing is read for them any more", async () => {
    const campaignId = await createCampaign(workspace);
    const token = await keyOf(workspace, ["campaigns:read"]);
    const listeners = await Promise.all(Array.from({ length: 5 }, () => listen(campaignId, token)));
    await until(() => listeners.every((each) => each.seen().length > 1), "two events for each");
    expect(await busyConnections()).toBeGreaterThan(0);
    for (const listener of listeners) listener.leave();
    await until(async () => (await busyConnections()) === 0, "silence of the API's connections");
  });

  test("do not keep the API from stopping", async () => {
    const campaignId = await createCampaign(workspace);
    const config = testConfig(database.ownerUrl, sink.port);
    const started = await startApi(config, null);
    if (started.kind === "problem") throw new Error(started.message);
    const token = await keyOf(workspace, ["campaigns:read"]);
    const response = await fetch(`${started.api.url}/v1/campaigns/${campaignId}/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const startedAt = performance.now();
    const gone = response.text().catch(() => "cut off");
    await started.api.stop();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await gone;
  });
});

describe("the console's login", () => {
  const PASSWORD = "a long enough password";
  const login = (email: string, password: string, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/login`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: api.url, ...headers },
      body: new URLSearchParams({ email, password }),
    });

  test("refuses an account after several wrong passwords for a while, and nobody else's", async () => {
    await api.auth.ensureUser("ada@acme.example", PASSWORD, workspace.workspaceId);
    await api.auth.ensureUser("ben@acme.example", PASSWORD, workspace.workspaceId);
    const statuses: number[] = [];
    for (let time = 0; time < 10; time += 1) statuses.push((await login("ada@acme.example", "wrong")).status);
    expect([...new Set(statuses)]).toEqual([401]);

    const refused = await login("Ada@Acme.example", "wrong");
    expect(refused.status).toBe(429);
    const wait = Number(refused.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    // Who guessed the right password at last must not learn it from the answer.
    const right = await login("ada@acme.example", PASSWORD);
    expect(right.status).toBe(429);
    expect(right.headers.getSetCookie()).toEqual([]);

    const others = await login("ben@acme.example", PASSWORD);
    expect(others.status).toBe(303);
    expect(others.headers.getSetCookie().join()).toContain("HttpOnly");
  });

  test("answers a wrong password and an unknown account alike, and forgets wrong ones after a right one", async () => {
    await api.auth.ensureUser("cyd@acme.example", PASSWORD, workspace.workspaceId);
    const wrong = await login("cyd@acme.example", "wrong");
    const unknown = await login("nobody@acme.example", "wrong");
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.text()).toBe(await unknown.text());
    for (let round = 0; round < 3; round += 1) {
      for (let time = 0; time < 6; time += 1) await login("cyd@acme.example", "wrong");
      expect((await login("cyd@acme.example", PASSWORD)).status).toBe(303);
    }
  });

  test("takes no form from another site", async () => {
    const foreign = await login("ben@acme.example", PASSWORD, { origin: "https://evil.example" });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.getSetCookie()).toEqual([]);
  });
});
