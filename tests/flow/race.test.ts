import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { findContacts } from "#flow/contacts/contacts";
import { freezeWorkspace, unfreezeWorkspace } from "#flow/stops/freeze";
import { pauseCampaign, resumeCampaign } from "#flow/stops/stop-campaign";
import { stopPerson } from "#flow/stops/stop-person";
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
let workers: RunningWorker[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl, 20);
});

afterEach(async () => {
  for (const worker of workers) await worker.stop();
  workers = [];
  await sink.stop();
  await workspace.close();
  await database.drop();
});

async function startSending(campaignId: string, workerCount: number): Promise<void> {
  for (let place = 0; place < workerCount; place += 1) {
    const started = await startWorker(testConfig(database.ownerUrl, sink.port));
    if (started.kind === "problem") throw new Error(started.message);
    workers.push(started.worker);
  }
  await scheduleCampaign(workspace.deps, {
    workspaceId: workspace.workspaceId,
    campaignId,
    at: null,
    actor: "test",
  });
}

test("stops aimed at people whose message is being handed over: nothing is completed after an answer of 0", async () => {
  const people = 1_000;
  await importCsv(workspace, consentedCsv(people));
  const gates = new Map<string, { gateId: number; contactId: string }>();
  for (let place = 1; place <= people; place += 2) {
    const email = `person${place}@example.com`;
    const [found] = await findContacts(workspace.database, workspace.deps.keys, workspace.workspaceId, {
      email,
    });
    const point = found?.record.points[0];
    if (found === undefined || point === undefined) throw new Error("a test person is missing");
    gates.set(email, { gateId: point.gateId, contactId: found.record.id });
  }
  const campaignId = await createCampaign(workspace);
  const answers = new Map<string, { ackAtMs: number; inFlight: number }>();
  const stopping: Promise<void>[] = [];
  const stop = (to: string, afterMs: number) => {
    const gate = gates.get(to);
    if (gate === undefined || answers.has(to)) return;
    answers.set(to, { ackAtMs: Number.POSITIVE_INFINITY, inFlight: -1 });
    stopping.push(
      sleep(afterMs).then(async () => {
        const answer = await stopPerson(workspace.deps, {
          workspaceId: workspace.workspaceId,
          ...gate,
          channel: "email",
          target: { kind: "topic", purposeId: workspace.purposeId, senderId: workspace.senderId },
          method: "link",
          actor: "person",
          claimed: false,
          campaignId,
          offersUndo: true,
          requestedAt: new Date(),
        });
        answers.set(to, { ackAtMs: performance.now(), inFlight: answer.inFlight });
      }),
    );
  };
  // At the 354 the redeem is milliseconds away, at the dot the message is on the wire until the reply. A third of the
  // stops starts at the one, a third at the other: however slow the machine is, some win and some have to wait. The
  // rest is fired into the time between and after.
  const kinds = new Map([...gates.keys()].map((email, place) => [email, place % 3]));
  sink = await startSmtpSink({
    delayMs: 40,
    onData: (to) => {
      if (kinds.get(to) === 0) stop(to, 0);
      if (kinds.get(to) === 1) stop(to, Math.random() * 120);
    },
    onDot: (message) => {
      if (kinds.get(message.to) === 2) stop(message.to, 0);
    },
  });
  await startSending(campaignId, 2);
  await untilCampaign(workspace, campaignId, ["finished"]);
  await Promise.all(stopping);

  const late = sink.messages.filter((message) => {
    const answer = answers.get(message.to);
    return answer !== undefined && answer.inFlight === 0 && message.dotAtMs > answer.ackAtMs;
  });
  expect(late).toEqual([]);
  expect(new Set(sink.messages.map((message) => message.to)).size).toBe(sink.messages.length);
  const unanswered = [...gates.keys()].filter((email) => !answers.has(email));
  expect(unanswered, "people whose hand-over never began").toEqual([]);
  expect(answers.size).toBe(people / 2);
  expect([...answers.values()].filter((answer) => answer.inFlight > 0).length).toBeLessThanOrEqual(2);
  const [figures] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ waited: number; open: number; late: number; stopped: number }>(sql`select
      (select count(*)::int from stop_entry where barrier_waited_ms > 0) as waited,
      (select count(*)::int from recipient where state not in ('contacted', 'blocked')) as open,
      (select count(*)::int from late_contact) as late,
      (select count(*)::int from recipient where state = 'blocked' and reason = 'consent-withdrawn') as stopped`),
  );
  expect(figures).toMatchObject({ open: 0, late: 0 });
  // The race was really run: stops waited at the barrier, and stops won against the hand-over.
  expect(figures?.waited).toBeGreaterThan(20);
  expect(figures?.stopped).toBeGreaterThan(20);
  expect((figures?.stopped ?? 0) + sink.messages.length).toBe(people);
});

test("pauses and freezes under full speed stop every worker, and nobody is lost or doubled by them", async () => {
  await importCsv(workspace, consentedCsv(1_500));
  const campaignId = await createCampaign(workspace);
  sink = await startSmtpSink({ delayMs: 2 });
  await startSending(campaignId, 3);
  const windows: { fromMs: number; untilMs: number; waitedMs: number }[] = [];
  const command = { workspaceId: workspace.workspaceId, campaignId, actor: "test" };
  await untilCampaign(workspace, campaignId, ["sending"]);
  for (let round = 0; round < 8; round += 1) {
    await sleep(120);
    const isFreeze = round % 2 === 1;
    const answer = isFreeze
      ? await freezeWorkspace(workspace.deps, workspace.workspaceId, "test")
      : await pauseCampaign(workspace.deps, command);
    if ("kind" in answer && answer.kind !== "done") break;
    const fromMs = performance.now();
    expect(answer.inFlight).toBe(0);
    await sleep(100);
    windows.push({ fromMs, untilMs: performance.now(), waitedMs: answer.waitedMs });
    if (isFreeze) await unfreezeWorkspace(workspace.deps, workspace.workspaceId, "test");
    else await resumeCampaign(workspace.deps, command);
  }
  await untilCampaign(workspace, campaignId, ["finished"]);
  expect(windows.length).toBeGreaterThan(2);
  const inWindow = sink.messages.filter((message) =>
    windows.some((each) => message.dotAtMs > each.fromMs && message.dotAtMs < each.untilMs),
  );
  expect(inWindow).toEqual([]);
  expect(Math.max(...windows.map((each) => each.waitedMs))).toBeLessThan(1_000);
  expect(sink.messages.length).toBe(1_500);
  expect(new Set(sink.messages.map((message) => message.to)).size).toBe(1_500);
}, 120_000);

test("three workers together keep the campaign's rate", async () => {
  await importCsv(workspace, consentedCsv(240));
  const campaignId = await createCampaign(workspace, { ratePerSecond: 40 });
  sink = await startSmtpSink();
  await startSending(campaignId, 3);
  await untilCampaign(workspace, campaignId, ["finished"]);
  const times = sink.messages.map((message) => message.dotAtMs).sort((a, b) => a - b);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  const rate = (times.length - 1) / seconds;
  expect(rate).toBeGreaterThan(38);
  expect(rate).toBeLessThan(42);
});
