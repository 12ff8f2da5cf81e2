import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { type RunningWorker, startWorker } from "../../apps/worker/worker.ts";
import { testApi } from "../support/api.ts";
import { setClockAhead } from "../support/clock.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
  testConfig,
  untilCampaign,
} from "../support/product.ts";
import { type SinkBehaviour, type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const HOUR_MS = 3_600_000;

let database: TestDatabase;
let workspace: TestWorkspace;
let sink: SmtpSink;
let behaviours: Record<string, SinkBehaviour> = {};
let workers: RunningWorker[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  behaviours = {};
  sink = await startSmtpSink({ keepCommands: true, behaviour: (to) => behaviours[to] ?? "accept" });
});

afterEach(async () => {
  for (const worker of workers) await worker.stop();
  workers = [];
  await sink.stop();
  await workspace.close();
  await database.drop();
});

async function work(count: number): Promise<void> {
  for (let place = 0; place < count; place += 1) {
    const started = await startWorker(testConfig(database.ownerUrl, sink.port));
    if (started.kind === "problem") throw new Error(started.message);
    workers.push(started.worker);
  }
}

async function start(campaignId: string): Promise<void> {
  const { workspaceId } = workspace;
  const scheduled = await scheduleCampaign(workspace.deps, {
    workspaceId,
    campaignId,
    at: null,
    actor: "test",
  });
  expect(scheduled.kind).toBe("scheduled");
}

async function run(campaignId: string): Promise<void> {
  await start(campaignId);
  await untilCampaign(workspace, campaignId, ["finished"], 30_000);
}

async function states(campaignId: string): Promise<Record<string, number>> {
  const found = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ name: string; count: number }>(sql`
      select state || coalesce(' ' || reason, '') as name, count(*)::int as count
      from recipient where campaign_id = ${campaignId}::uuid group by 1`),
  );
  return Object.fromEntries(found.map((row) => [row.name, row.count]));
}

/** Waits until these campaigns' recipients stand like this together; fails with where they stand instead. */
async function untilStates(
  campaignIds: readonly string[],
  isRight: (counts: Record<string, number>) => boolean,
): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const counts: Record<string, number> = {};
    for (const campaignId of campaignIds) {
      for (const [name, count] of Object.entries(await states(campaignId)))
        counts[name] = (counts[name] ?? 0) + count;
    }
    if (isRight(counts)) return;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(counts)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const perAddress = (): number[] => [
  ...new Set(
    Map.groupBy(sink.messages, (message) => message.to)
      .values()
      .map((each) => each.length),
  ),
];

describe("a frequency cap", () => {
  test("counts every campaign of the workspace: the next message waits until the window has passed", async () => {
    await importCsv(workspace, consentedCsv(30));
    const uncapped = await createCampaign(workspace);
    const capped = await createCampaign(workspace, { frequencyCap: { max: 1, windowHours: 24 } });
    await work(1);
    await run(uncapped);
    expect(sink.messages).toHaveLength(30);

    await start(capped);
    await untilStates([capped], (counts) => counts["deferred frequency-cap"] === 30);
    const waits = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute(sql`
        select count(*)::int as count from recipient late join recipient early on early.gate_id = late.gate_id
        where late.campaign_id = ${capped}::uuid and early.campaign_id = ${uncapped}::uuid
          and late.not_before between early.redeemed_at + interval '24 hours' - interval '1 second'
            and early.redeemed_at + interval '24 hours' + interval '1 second'`),
    );
    expect([...waits]).toEqual([{ count: 30 }]);
    await setClockAhead(database.ownerUrl, 23 * HOUR_MS);
    // Longer than two rounds of the sweeper: nobody is sent to inside the window.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(sink.messages).toHaveLength(30);

    await setClockAhead(database.ownerUrl, 25 * HOUR_MS);
    await untilCampaign(workspace, capped, ["finished"], 30_000);
    expect(await states(capped)).toEqual({ contacted: 30 });
    expect(perAddress()).toEqual([2]);
  });

  test.each([
    { max: 1, campaigns: 2 },
    { max: 2, campaigns: 4 },
  ])("of $max holds when $campaigns campaigns start at the same moment on two workers", async (cap) => {
    await importCsv(workspace, consentedCsv(60));
    const ids: string[] = [];
    for (let place = 0; place < cap.campaigns; place += 1) {
      ids.push(await createCampaign(workspace, { frequencyCap: { max: cap.max, windowHours: 24 } }));
    }
    await work(2);
    await Promise.all(ids.map(start));
    const rest = 60 * (cap.campaigns - cap.max);
    await untilStates(
      ids,
      (counts) => counts["contacted"] === 60 * cap.max && counts["deferred frequency-cap"] === rest,
    );
    expect(perAddress()).toEqual([cap.max]);
  });

  test("blocks at once who could not be sent to before the campaign ends", async () => {
    await importCsv(workspace, consentedCsv(10));
    await work(1);
    await run(await createCampaign(workspace));
    // A campaign without an end of its own lasts seven days; this window is longer.
    const hopeless = await createCampaign(workspace, { frequencyCap: { max: 1, windowHours: 8 * 24 } });
    await run(hopeless);
    expect(await states(hopeless)).toEqual({ "blocked frequency-cap": 10 });
    expect(sink.messages).toHaveLength(10);
  });
});

describe("what a mail server said", () => {
  test("a mailbox that does not exist is suppressed: the next campaign does not even ask for it", async () => {
    await importCsv(workspace, consentedCsv(4));
    behaviours = { "person1@example.com": "550-at-rcpt" };
    await work(1);
    const first = await createCampaign(workspace);
    await run(first);
    expect(await states(first)).toEqual({ contacted: 3, "failed recipient-refused": 1 });

    // Though the server would take it now.
    behaviours = {};
    const second = await createCampaign(workspace);
    await run(second);
    expect(await states(second)).toEqual({ contacted: 3, "blocked suppressed-hard-bounce": 1 });
    const asked = sink.commands.filter((command) => /^RCPT TO:<person1@example\.com>/i.test(command));
    expect(asked).toHaveLength(1);
    const entries = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute(sql`
        select s.kind, s.sender_id, e.method, e.campaign_id = ${first}::uuid as named
        from suppression s join consent_event e on e.id = s.event_id`),
    );
    expect([...entries]).toEqual([
      { kind: "hard-bounce", sender_id: null, method: "smtp-reply", named: true },
    ]);
  });

  test("a refusal of the message, or a 'not now', is about us: it suppresses nobody", async () => {
    await importCsv(workspace, consentedCsv(3));
    behaviours = { "person1@example.com": "550-after-dot", "person2@example.com": "450-at-rcpt" };
    await work(1);
    const first = await createCampaign(workspace);
    await start(first);
    await untilStates([first], (counts) => counts["contacted"] === 1 && counts["planned"] === undefined);
    expect(await states(first)).toEqual({
      contacted: 1,
      "failed message-refused": 1,
      "deferred recipient-deferred": 1,
    });
    behaviours = {};
    const second = await createCampaign(workspace);
    await run(second);
    expect(await states(second)).toEqual({ contacted: 3 });
  });
});

describe("a do-not-contact entry made through the API", () => {
  const suppress = async (value: string, channel: string, kind: string): Promise<Response> => {
    const api = testApi(workspace, database.ownerUrl);
    return api.call(await api.key(["consents:write"]), "POST", "/v1/suppressions", { channel, value, kind });
  };

  test("keeps the next campaign away, whatever its kind, and is named as the reason", async () => {
    await importCsv(workspace, consentedCsv(5));
    const kinds = ["complaint", "hard-bounce", "objection", "unsubscribe"];
    for (const [place, kind] of kinds.entries()) {
      const answer = await suppress(`person${place + 1}@example.com`, "email", kind);
      expect(answer.status).toBe(201);
    }
    await work(1);
    const campaignId = await createCampaign(workspace);
    await run(campaignId);
    expect(sink.messages.map((message) => message.to)).toEqual(["person5@example.com"]);
    expect(Object.keys(await states(campaignId)).sort()).toEqual([
      "blocked suppressed-complaint",
      "blocked suppressed-hard-bounce",
      "blocked suppressed-objection",
      "blocked suppressed-unsubscribe",
      "contacted",
    ]);
  });

  test.each([
    ["person1@example.com", "email", "internal-dnc"],
    ["+4930123456", "phone", "complaint"],
    ["+4930123456", "phone", "hard-bounce"],
  ])("is refused where no rule would read it: %s %s %s", async (value, channel, kind) => {
    const answer = await suppress(value, channel, kind);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ path: "/kind" }] });
  });
});
