import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { readCampaign } from "#db/queries/campaign-state";
import { beat, openSession } from "#db/queries/sweep";
import { planCampaign } from "#flow/campaign/plan";
import { campaignProgress } from "#flow/campaign/progress";
import { scheduleCampaign } from "#flow/campaign/schedule";
import type { Doorbell, FlowDeps } from "#flow/deps";
import { startRedeemer } from "#flow/gate/redeem-permits";
import { type PermittedRecipient, screenSlice } from "#flow/gate/screen";
import type { Permit } from "#flow/permit";
import type { HandOver } from "#flow/send/hand-over";
import { startOutcomeRecorder } from "#flow/send/record-outcomes";
import { sweep } from "#flow/send/sweep";
import { cancelCampaign, pauseCampaign } from "#flow/stops/stop-campaign";
import { startWorker } from "../../apps/worker/worker.ts";
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
import { startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const ACCEPTED: HandOver = { kind: "accepted", reply: "250 2.0.0 queued", queueId: "Q1" };
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

let database: TestDatabase;
let workspace: TestWorkspace;
let deps: FlowDeps;
let rings: Doorbell[] = [];
let errors: unknown[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  rings = [];
  errors = [];
  // Rings are kept to be looked at and reach nobody: whatever happens, the sweeper does.
  deps = { ...workspace.deps, ring: async (doorbell) => void rings.push(doorbell) };
});

afterEach(async () => {
  await workspace.close();
  await database.drop();
  expect(errors).toEqual([]);
});

/** A campaign that sends, its one slice planned; nobody works on it. */
async function sendingCampaign(people: number): Promise<string> {
  await importCsv(workspace, consentedCsv(people));
  const campaignId = await createCampaign(workspace);
  const { workspaceId } = workspace;
  await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: "test" });
  expect(await planCampaign(deps, { workspaceId, campaignId })).toMatchObject({ recipients: people });
  rings = [];
  return campaignId;
}

/** A worker as far as the database sees one: a session that screens and redeems. */
async function startHand(campaignId: string) {
  const session = randomUUID();
  await outsideWorkspaces(workspace.database, (tx) => openSession(tx, session));
  const redeemer = startRedeemer(deps, session, (error) => errors.push(error));
  const recorder = startOutcomeRecorder(deps, (error) => errors.push(error));
  return {
    beat: () => outsideWorkspaces(workspace.database, (tx) => beat(tx, session)),
    screen: async (limit: number): Promise<readonly PermittedRecipient[]> => {
      const { workspaceId } = workspace;
      const answer = await screenSlice(deps, session, { workspaceId, campaignId, slice: 0, limit });
      return answer.kind === "screened" ? answer.permitted : [];
    },
    redeem: async (recipients: readonly PermittedRecipient[]): Promise<Permit[]> => {
      const results = await Promise.all(recipients.map((recipient) => redeemer.redeem(recipient)));
      expect(results.map((result) => result.kind)).toEqual(recipients.map(() => "redeemed"));
      return results.map((result) => result.permit);
    },
    record: (permit: Permit, handOver: HandOver) => recorder.record(permit, handOver),
  };
}

async function states(): Promise<Record<string, number>> {
  const found = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ name: string; count: number }>(sql`
      select state || coalesce(' ' || reason, '') as name, count(*)::int as count from recipient group by 1`),
  );
  return Object.fromEntries(found.map((row) => [row.name, row.count]));
}

async function stateOf(campaignId: string): Promise<string | undefined> {
  const campaign = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    readCampaign(tx, campaignId),
  );
  return campaign?.state;
}

async function inFlight(): Promise<number> {
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ count: number }>(sql`select count(*)::int as count from in_flight`),
  );
  return row?.count ?? -1;
}

/** Everything that is left to a real worker: it takes the campaign over from the rows alone. */
async function sentByARealWorker(campaignId: string, until: readonly string[]): Promise<string[]> {
  // Our own rounds above have rung in vain: the worker's first round must find the slice silent for long enough.
  await setClockAhead(database.ownerUrl, 300 * SECOND_MS);
  const sink = await startSmtpSink();
  const started = await startWorker(testConfig(database.ownerUrl, sink.port));
  if (started.kind === "problem") throw new Error(started.message);
  try {
    await untilCampaign(workspace, campaignId, until, 30_000);
  } finally {
    await started.worker.stop();
    await sink.stop();
  }
  return sink.messages.map((message) => message.to).sort();
}

describe("a worker that died", () => {
  test("leaves what it had redeemed as unconfirmed; the others are sent by the next worker, those never", async () => {
    const campaignId = await sendingCampaign(6);
    const dead = await startHand(campaignId);
    const permitted = await dead.screen(4);
    const lost = permitted.slice(0, 2);
    await dead.redeem(lost);
    expect(await inFlight()).toBe(2);

    await setClockAhead(database.ownerUrl, 58 * SECOND_MS);
    expect(await sweep(deps)).toMatchObject({ unconfirmed: 0 });
    await setClockAhead(database.ownerUrl, 62 * SECOND_MS);
    expect(await sweep(deps)).toMatchObject({ unconfirmed: 2 });
    expect(await inFlight()).toBe(0);
    expect(await states()).toEqual({ "unconfirmed worker-lost": 2, planned: 4 });

    const reached = await sentByARealWorker(campaignId, ["finished"]);
    const lostAddresses = lost.map((recipient) => recipient.to);
    expect(reached).toHaveLength(4);
    expect(reached.filter((address) => lostAddresses.includes(address))).toEqual([]);
    expect(await states()).toEqual({ "unconfirmed worker-lost": 2, contacted: 4 });
  });

  test("is not declared dead while its heart beats", async () => {
    const hand = await startHand(await sendingCampaign(1));
    await hand.redeem(await hand.screen(1));
    await setClockAhead(database.ownerUrl, 50 * SECOND_MS);
    expect(await hand.beat()).toBe(true);
    await setClockAhead(database.ownerUrl, 100 * SECOND_MS);
    expect(await sweep(deps)).toMatchObject({ unconfirmed: 0 });
    expect(await states()).toEqual({ redeemed: 1 });
  });

  test("can still resolve its unconfirmed ones by a clear reply, and by nothing less", async () => {
    const campaignId = await sendingCampaign(4);
    const late = await startHand(campaignId);
    const [taken, refused, unclear, deferred] = await late.redeem(await late.screen(4));
    if (taken === undefined || refused === undefined || unclear === undefined || deferred === undefined)
      throw new Error("four permits were expected");
    await setClockAhead(database.ownerUrl, 62 * SECOND_MS);
    await sweep(deps);
    expect(await states()).toEqual({ "unconfirmed worker-lost": 4 });

    await late.record(taken, ACCEPTED);
    await late.record(refused, { kind: "refused-after-body", reply: "550 5.7.1 no", status: "5.7.1" });
    await late.record(unclear, { kind: "unclear", detail: "closed" });
    // A late "not now" must not open the way to a second message: the first may have been taken all the same.
    await late.record(deferred, { kind: "deferred-after-body", reply: "451 4.3.0 later" });
    expect(await states()).toEqual({
      contacted: 1,
      "failed message-refused": 1,
      "unconfirmed worker-lost": 2,
    });
  });

  test("resolves them in the campaign's figures too, after the campaign was counted and finished", async () => {
    const campaignId = await sendingCampaign(2);
    const late = await startHand(campaignId);
    const [first] = await late.redeem(await late.screen(2));
    if (first === undefined) throw new Error("a permit was expected");
    await setClockAhead(database.ownerUrl, 62 * SECOND_MS);
    await sweep(deps);
    await setClockAhead(database.ownerUrl, 120 * SECOND_MS);
    await sweep(deps);
    expect(await stateOf(campaignId)).toBe("finished");

    await late.record(first, ACCEPTED);
    const progress = await campaignProgress(deps, { workspaceId: workspace.workspaceId, campaignId });
    expect(progress?.byState).toEqual({ contacted: 1, unconfirmed: 1 });
  });
});

test("what is on the wire is stored before what never got there: stops wait for the first alone", async () => {
  const hand = await startHand(await sendingCampaign(3));
  const [spent, ...unspent] = await hand.screen(3);
  if (spent === undefined) throw new Error("a permit was expected");
  const [onTheWire] = await hand.redeem([spent]);
  if (onTheWire === undefined) throw new Error("a redeemed permit was expected");
  const stored: string[] = [];
  await Promise.all([
    ...unspent.map(async ({ permit }) => {
      await hand.record(permit, { kind: "not-redeemed" });
      stored.push("not-redeemed");
    }),
    hand.record(onTheWire, ACCEPTED).then(() => stored.push("accepted")),
  ]);
  expect(stored).toEqual(["accepted", "not-redeemed", "not-redeemed"]);
  expect(await states()).toEqual({ contacted: 1, planned: 2 });
});

test("expired permits go back, count no attempt, and are worth nothing to the worker that slept on them", async () => {
  const campaignId = await sendingCampaign(3);
  const sleeper = await startHand(campaignId);
  const permitted = await sleeper.screen(3);
  await setClockAhead(database.ownerUrl, 34 * SECOND_MS);
  expect(await sweep(deps)).toMatchObject({ returned: 0 });
  await setClockAhead(database.ownerUrl, 36 * SECOND_MS);
  expect(await sweep(deps)).toMatchObject({ returned: 3 });
  expect(await states()).toEqual({ planned: 3 });

  const redeemer = startRedeemer(deps, randomUUID(), (error) => errors.push(error));
  const answers = await Promise.all(permitted.map((recipient) => redeemer.redeem(recipient)));
  expect(answers.map((answer) => answer.kind)).toEqual(["refused", "refused", "refused"]);
  const attempts = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(sql`select sum(attempts + aborts)::int as count from recipient`),
  );
  expect([...attempts]).toEqual([{ count: 0 }]);
  expect(await sentByARealWorker(campaignId, ["finished"])).toHaveLength(3);
});

describe("a campaign that is over", () => {
  test("past its end blocks who is open as campaign-ended, waits for who is on the wire, and is finished", async () => {
    const campaignId = await sendingCampaign(5);
    const hand = await startHand(campaignId);
    const permitted = await hand.screen(3);
    const [wired] = await hand.redeem(permitted.slice(0, 1));
    const [deferred] = permitted.slice(1);
    if (wired === undefined || deferred === undefined) throw new Error("permits were expected");
    await hand.record(deferred.permit, { kind: "recipient-deferred", reply: "450 4.2.1 later" });
    await sweep(deps);
    expect(await stateOf(campaignId)).toBe("sending");

    await setClockAhead(database.ownerUrl, 7 * DAY_MS + 10 * SECOND_MS);
    await hand.beat();
    await sweep(deps);
    expect(await states()).toEqual({ redeemed: 1, "blocked campaign-ended": 4 });
    expect(await stateOf(campaignId)).toBe("sending");

    await hand.record(wired, ACCEPTED);
    await sweep(deps);
    expect(await states()).toEqual({ contacted: 1, "blocked campaign-ended": 4 });
    expect(await stateOf(campaignId)).toBe("finished");
  });

  test("past its end is finished though it was paused", async () => {
    const campaignId = await sendingCampaign(2);
    await pauseCampaign(deps, { workspaceId: workspace.workspaceId, campaignId, actor: "test" });
    await setClockAhead(database.ownerUrl, 7 * DAY_MS + 10 * SECOND_MS);
    await sweep(deps);
    expect(await states()).toEqual({ "blocked campaign-ended": 2 });
    expect(await stateOf(campaignId)).toBe("finished");
  });

  test("by a cancel makes who is open cancelled, and leaves who is on the wire to their outcome", async () => {
    const campaignId = await sendingCampaign(5);
    const hand = await startHand(campaignId);
    const permitted = await hand.screen(3);
    const [wired] = await hand.redeem(permitted.slice(0, 1));
    if (wired === undefined) throw new Error("a permit was expected");
    const command = { workspaceId: workspace.workspaceId, campaignId, actor: "test" };
    expect(await cancelCampaign(deps, command)).toMatchObject({ kind: "done", inFlight: 1 });
    await sweep(deps);
    expect(await states()).toEqual({ redeemed: 1, "cancelled campaign-cancelled": 4 });

    // Cut off before its final dot: nobody may send it again now.
    await hand.record(wired, { kind: "aborted", detail: "closed" });
    await sweep(deps);
    expect(await states()).toEqual({ "cancelled campaign-cancelled": 5 });
    expect(await stateOf(campaignId)).toBe("cancelled");
    const progress = await campaignProgress(deps, command);
    expect(progress?.byState).toEqual({ cancelled: 5 });
    expect(progress?.campaign.finishedAt).not.toBeNull();
  });
});

describe("rings that were lost", () => {
  test("a scheduled campaign that is due is rung for planning, one that is not due is left alone", async () => {
    await importCsv(workspace, consentedCsv(1));
    const { workspaceId } = workspace;
    const campaignId = await createCampaign(workspace);
    const at = new Date(Date.now() + 3_600 * SECOND_MS);
    await scheduleCampaign(deps, { workspaceId, campaignId, at, actor: "test" });
    await sweep(deps);
    expect(rings).toEqual([]);
    await setClockAhead(database.ownerUrl, 3_601 * SECOND_MS);
    await sweep(deps);
    expect(rings).toEqual([{ kind: "plan", workspaceId, campaignId }]);
  });

  test("a slice with no live job is rung again after a while, once, and not while somebody works on it", async () => {
    const campaignId = await sendingCampaign(2);
    const ring = { kind: "slice", workspaceId: workspace.workspaceId, campaignId, slice: 0 };
    expect(await sweep(deps)).toMatchObject({ rung: 0 });
    await setClockAhead(database.ownerUrl, 31 * SECOND_MS);
    expect(await sweep(deps)).toMatchObject({ rung: 1 });
    expect(await sweep(deps)).toMatchObject({ rung: 0 });
    expect(rings).toEqual([ring]);
    await setClockAhead(database.ownerUrl, 62 * SECOND_MS);
    await Promise.all([sweep(deps), sweep(deps), sweep(deps)]);
    expect(rings).toEqual([ring, ring]);
  });

  test("a slice of a paused campaign is not rung", async () => {
    const campaignId = await sendingCampaign(2);
    await pauseCampaign(deps, { workspaceId: workspace.workspaceId, campaignId, actor: "test" });
    await setClockAhead(database.ownerUrl, 31 * SECOND_MS);
    expect(await sweep(deps)).toMatchObject({ rung: 0 });
  });

  test("a campaign whose people have all ended is finished by the sweeper alone", async () => {
    const campaignId = await sendingCampaign(3);
    const hand = await startHand(campaignId);
    for (const permit of await hand.redeem(await hand.screen(3))) await hand.record(permit, ACCEPTED);
    // The worker died before it counted the slice, and no ring ever arrives.
    expect(await stateOf(campaignId)).toBe("sending");
    await setClockAhead(database.ownerUrl, 31 * SECOND_MS);
    await sweep(deps);
    expect(await stateOf(campaignId)).toBe("finished");
    const progress = await campaignProgress(deps, { workspaceId: workspace.workspaceId, campaignId });
    expect(progress?.byState).toEqual({ contacted: 3 });
  });
});
