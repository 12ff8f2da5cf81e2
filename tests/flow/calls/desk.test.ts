import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { screenAhead } from "#flow/calls/screen-ahead";
import { startCampaignWatch } from "#flow/send/campaign-watch";
import { startOutcomeRecorder } from "#flow/send/record-outcomes";
import { runSlice } from "#flow/send/run-slice";
import { sweep } from "#flow/send/sweep";
import { type CallFloor, NOON, openCallFloor, SCRIPT } from "../../support/calls.ts";
import { setClockAhead } from "../../support/clock.ts";
import { LIVE_CALL, openLawDesk } from "../../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.ts";

let database: TestDatabase;
let floor: CallFloor;

const clockAt = (instant: string) => setClockAhead(database.ownerUrl, Date.parse(instant) - Date.now());
const later = (minutes: number) => new Date(Date.parse(NOON) + minutes * 60_000).toISOString();

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});
beforeEach(async () => {
  await clockAt(NOON);
  floor = await openCallFloor(await openLawDesk(database.ownerUrl));
  await floor.agent("anna");
});
afterEach(() => floor.close());
afterAll(() => database.drop());

/** What the database holds of a campaign's recipients, by id. */
const recipients = (campaignId: string) =>
  inWorkspace(floor.law.workspace.database, floor.law.workspace.workspaceId, async (tx) => [
    ...(await tx.execute<{
      state: string;
      reason: string | null;
      contact_id: string;
      not_before: Date | null;
    }>(sql`
      select state, reason, contact_id, not_before from recipient where campaign_id = ${campaignId}::uuid order by id`)),
  ]);
const inFlight = () =>
  inWorkspace(floor.law.workspace.database, floor.law.workspace.workspaceId, async (tx) => [
    ...(await tx.execute(sql`select permit_id from in_flight`)),
  ]);
const newestAudit = () =>
  inWorkspace(floor.law.workspace.database, floor.law.workspace.workspaceId, async (tx) => {
    const [row] = await tx.execute(sql`select action, detail from audit_entry order by id desc limit 1`);
    return row;
  });
/** Somebody's call in hand. */
async function inHand(agent = "anna"): Promise<string> {
  const { call } = await floor.next(agent);
  if (call === null) throw new Error("nobody is due");
  return call.callId;
}
/** Shown and dialled. */
async function dialled(agent = "anna"): Promise<string> {
  const id = await inHand(agent);
  expect(await floor.step(id, "reveal", agent)).toMatchObject({ reason: null });
  expect(await floor.step(id, "dialled", agent)).toEqual({ dial: true, reason: null });
  return id;
}

describe("the next call", () => {
  test("shows the person with the number masked, the script as it is said, and why it is allowed", async () => {
    const [personId] = await floor.people(1);
    await floor.calling();
    const { call } = await floor.next("anna");
    expect(call).toMatchObject({
      contactId: personId,
      state: "reserved",
      reason: "opt-out-regime",
      person: { name: "Person 1", maskedNumber: "+12•••••••001" },
      script: { version: 1 },
    });
    expect(call?.script.text).toMatch(
      /^Hello, this is anna for Acme GmbH\. I am calling about .+ Person 1\?$/,
    );
    expect(JSON.stringify(call)).not.toContain("+12125551001");
  });

  test("is refused without a written policy, and without the agent's acknowledgement of its version in force", async () => {
    await floor.people(1);
    await floor.calling();
    const { detail } = await floor.law.call<{ detail: string }>(
      "POST",
      "/v1/calls/next",
      { agent: "ben" },
      409,
    );
    expect(detail).toContain("has not acknowledged version 1");
    await floor.law.call("PUT", "/v1/calling-policy", { text: "A stricter policy." });
    await floor.law.call("POST", "/v1/calls/next", { agent: "anna" }, 409);
    await floor.law.call("POST", "/v1/calling-policy/acknowledgements", { agent: "anna", version: 1 }, 409);
    await floor.law.call("POST", "/v1/calling-policy/acknowledgements", { agent: "anna", version: 2 });
    expect((await floor.next("anna")).call).not.toBeNull();
    const other = await openLawDesk(database.ownerUrl);
    const problem = await other.call<{ detail: string }>("POST", "/v1/calls/next", { agent: "anna" }, 409);
    expect(problem.detail).toContain("no written do-not-call policy");
    await other.close();
  });

  test("is the one in hand as long as there is one, and never another agent's", async () => {
    await floor.people(2);
    await floor.calling();
    await floor.agent("ben");
    const mine = await inHand();
    expect(await inHand()).toBe(mine);
    const his = await inHand("ben");
    expect(his).not.toBe(mine);
    await floor.agent("cleo");
    expect(await floor.next("cleo")).toMatchObject({ call: null });
    await floor.step(mine, "reveal", "ben", 404);
  });

  test("is of the campaign with the higher priority", async () => {
    await floor.people(2);
    const plan = { attemptsMax: 3, spacingMinutes: 60 };
    await floor.calling({ callPlan: { ...plan, priority: 1 } });
    const urgent = await floor.calling({ callPlan: { ...plan, priority: 9 } });
    const { call } = await floor.next("anna");
    expect(call).toMatchObject({ campaignId: urgent });
  });

  test("is nobody's outside the campaign's own hours, although the law's are open", async () => {
    await floor.people(1);
    const id = await floor.calling({ callWindow: { from: "13:00", to: "17:00" } });
    expect(await floor.next("anna")).toMatchObject({ call: null });
    expect(await recipients(id)).toMatchObject([
      { state: "deferred", reason: "quiet-hours", not_before: new Date("2027-01-13T18:00:00Z") },
    ]);
    await clockAt("2027-01-13T18:00:10Z");
    expect((await floor.next("anna")).call).toMatchObject({ windowClosesAt: "2027-01-13T22:00:00Z" });
  });

  test("comes back to everybody when the agent does nothing", async () => {
    await floor.people(1);
    await floor.calling();
    const first = await inHand();
    await floor.agent("ben");
    expect((await floor.next("ben")).call).toBeNull();
    await clockAt(later(4));
    const second = await inHand("ben");
    expect(second).not.toBe(first);
    await floor.step(first, "reveal", "anna", 409);
  });

  test("is nobody who must not be called: the reason is stored and the campaign ends without an agent", async () => {
    const [listed] = await floor.people(1);
    await floor.law.call("PUT", "/v1/registries/US-NDNCR", {
      asOf: NOON,
      numbers: [{ number: "+12125551001" }],
    });
    const id = await floor.calling();
    const { deps, workspaceId } = floor.law.workspace;
    await screenAhead(deps, { workspaceId, campaignId: id, slice: 0 }, new AbortController().signal);
    expect(await recipients(id)).toMatchObject([
      { state: "blocked", reason: "dnc-registry-listed", contact_id: listed },
    ]);
    expect(await floor.law.call("GET", `/v1/campaigns/${id}`)).toMatchObject({
      campaign: { state: "finished" },
    });
  });
});

describe("showing the number", () => {
  test("spends a permit of at most 15 seconds; the dial takes the call off the wire", async () => {
    await floor.people(1);
    const id = await floor.calling();
    const callId = await inHand();
    const shown = await floor.step<{ number: string; dialBy: string }>(callId, "reveal", "anna");
    expect(shown.number).toBe("+12125551001");
    const leftMs = Date.parse(shown.dialBy) - (await floor.law.now()).getTime();
    expect(leftMs).toBeGreaterThan(5_000);
    expect(leftMs).toBeLessThanOrEqual(15_000);
    expect(await recipients(id)).toMatchObject([{ state: "redeemed" }]);
    expect(await inFlight()).toHaveLength(1);
    expect(await floor.step(callId, "check", "anna")).toMatchObject({ mustHide: false });
    expect(await floor.step(callId, "dialled", "anna")).toEqual({ dial: true, reason: null });
    expect(await inFlight()).toHaveLength(0);
    expect(await floor.dispose(callId, "anna", { kind: "answered" })).toMatchObject({ state: "contacted" });
  });

  test("is refused when a stop came while the agent was reading", async () => {
    await floor.people(1);
    const id = await floor.calling();
    const callId = await inHand();
    await stopCalls("+12125551001");
    expect(await floor.step(callId, "check", "anna")).toMatchObject({
      mustHide: true,
      reason: "internal-dnc",
    });
    expect(await floor.step(callId, "reveal", "anna")).toEqual({
      number: null,
      dialBy: null,
      reason: "internal-dnc",
    });
    expect(await recipients(id)).toMatchObject([{ state: "blocked", reason: "internal-dnc" }]);
  });

  test("lasts no longer than the permit: later the dial is refused and the person goes back", async () => {
    await floor.people(1);
    const id = await floor.calling();
    const callId = await inHand();
    await floor.step(callId, "reveal", "anna");
    await clockAt(later(1));
    expect(await floor.step(callId, "dialled", "anna")).toEqual({ dial: false, reason: "permit-expired" });
    await floor.step(callId, "hidden", "anna");
    expect(await recipients(id)).toMatchObject([{ state: "deferred", reason: "permit-expired" }]);
    expect(await inHand()).not.toBe(callId);
  });

  test("ends with the calling hours", async () => {
    await floor.people(1);
    await floor.calling({ callWindow: { from: "09:00", to: "12:05" } });
    await clockAt("2027-01-13T17:04:55Z");
    const callId = await inHand();
    const shown = await floor.step<{ dialBy: string }>(callId, "reveal", "anna");
    expect(shown.dialBy).toBe("2027-01-13T17:05:00.000Z");
  });

  test("is not answered again from an idempotency key", async () => {
    await floor.people(1);
    await floor.calling();
    const callId = await inHand();
    const headers = { "idempotency-key": "show" };
    expect(await floor.reveal(callId, "anna", headers)).toMatchObject({ status: 200 });
    await floor.step(callId, "hidden", "anna");
    expect(await floor.reveal(callId, "anna", headers)).toMatchObject({ status: 409 });
  });

  test("of a paused campaign shows nothing, and a pause waits for the number that is shown", async () => {
    await floor.people(2);
    const id = await floor.calling();
    await floor.agent("ben");
    const shown = await inHand();
    const waiting = await inHand("ben");
    await floor.step(shown, "reveal", "anna");
    const paused = floor.law.call("POST", `/v1/campaigns/${id}/pause`);
    await expect
      .poll(() => floor.step(shown, "check", "anna"))
      .toMatchObject({ mustHide: true, reason: "campaign-paused" });
    expect(await floor.step(shown, "dialled", "anna")).toMatchObject({ dial: false });
    await floor.step(shown, "hidden", "anna");
    expect(await paused).toMatchObject({ state: "paused", inFlight: 0 });
    expect(await floor.step(waiting, "reveal", "ben")).toMatchObject({
      number: null,
      reason: "campaign-paused",
    });
  });
});

/** The person says no on their own, as by the preference page: a stop with its barrier. */
const stopCalls = (value: string) =>
  floor.law.call<{ inFlight: number }>("POST", "/v1/suppressions", {
    channel: "phone",
    value,
    kind: "internal-dnc",
  });

describe("a stop while the number is shown", () => {
  test("counts it as on the wire until the desk has hidden it, and the dial is refused", async () => {
    await floor.people(1);
    await floor.calling();
    const callId = await inHand();
    await floor.step(callId, "reveal", "anna");
    const silent = await stopCalls("+12125551001");
    expect(silent.inFlight).toBe(1);
    expect(await floor.step(callId, "dialled", "anna")).toEqual({ dial: false, reason: "internal-dnc" });
    await floor.step(callId, "hidden", "anna");
    expect((await stopCalls("+12125551001")).inFlight).toBe(0);
  });

  test("is answered with nothing in flight when the desk hides it at once", async () => {
    await floor.people(1);
    await floor.calling();
    const callId = await inHand();
    await floor.step(callId, "reveal", "anna");
    const stop = stopCalls("+12125551001");
    await expect
      .poll(() => floor.step(callId, "check", "anna"), { interval: 50, timeout: 900 })
      .toMatchObject({ mustHide: true, reason: "internal-dnc" });
    await floor.step(callId, "hidden", "anna");
    expect((await stop).inFlight).toBe(0);
    expect(await floor.next("anna")).toMatchObject({ call: null });
  });

  test("does not hang up on somebody who is being talked to", async () => {
    await floor.people(1);
    await floor.calling();
    const callId = await dialled();
    expect((await stopCalls("+12125551001")).inFlight).toBe(0);
    expect(await floor.step(callId, "check", "anna")).toMatchObject({ mustHide: false });
    expect(await floor.dispose(callId, "anna", { kind: "do-not-call" })).toMatchObject({ inFlight: 0 });
  });
});

describe("a disposition", () => {
  test("of nobody answering waits for the spacing, and the last attempt ends it", async () => {
    await floor.people(1);
    const id = await floor.calling({ callPlan: { attemptsMax: 2, spacingMinutes: 60, priority: 0 } });
    const first = await dialled();
    const waits = { state: "deferred", notBefore: expect.stringMatching(/^2027-01-13T18:0/) };
    expect(await floor.dispose(first, "anna", { kind: "no-answer" })).toMatchObject(waits);
    expect(await floor.dispose(first, "anna", { kind: "no-answer" })).toMatchObject(waits);
    expect(await floor.next("anna")).toMatchObject({ call: null });
    await clockAt(later(62));
    expect(await floor.dispose(await dialled(), "anna", { kind: "busy" })).toMatchObject({ state: "failed" });
    expect(await recipients(id)).toMatchObject([{ state: "failed", reason: "attempts-exhausted" }]);
  });

  test("do not call binds every campaign, on the number, and email when the person says so", async () => {
    const person = await floor.law.contact({
      phone: "+12125550123",
      email: "no@example.com",
      country: "US",
      region: "US-NY",
    });
    await floor.law.contact({ phone: "+12125550123", country: "US", region: "US-NY" });
    await floor.calling();
    const callId = await dialled();
    const answer = await floor.dispose(callId, "anna", { kind: "do-not-call", stopsEmail: true });
    expect(answer).toMatchObject({ state: "contacted", inFlight: 0 });
    expect(await floor.dispose(callId, "anna", { kind: "do-not-call", stopsEmail: true })).toMatchObject({
      inFlight: 0,
    });
    await floor.dispose(callId, "anna", { kind: "sale" }, 409);
    expect(await floor.law.answers("phone")).toEqual(["block internal-dnc"]);
    expect(await floor.law.answers("email")).toEqual(["block suppressed-unsubscribe"]);
    const stops = await floor.law.call<{ items: unknown[] }>("GET", `/v1/contacts/${person.id}/consents`);
    expect(stops.items).toHaveLength(2);
  });

  test("do not call binds before anybody was called", async () => {
    await floor.people(1);
    const id = await floor.calling();
    expect(await floor.dispose(await inHand(), "anna", { kind: "do-not-call" })).toMatchObject({
      inFlight: 0,
    });
    expect(await floor.next("anna")).toMatchObject({ call: null });
    expect(await recipients(id)).toMatchObject([{ state: "blocked", reason: "internal-dnc" }]);
  });

  test("refused this withdraws the campaign's purpose and leaves the number to others", async () => {
    await floor.people(1);
    await floor.calling();
    expect(await floor.dispose(await dialled(), "anna", { kind: "refused-this" })).toMatchObject({
      inFlight: 0,
    });
    expect(await floor.law.answers("phone", LIVE_CALL)).toEqual(["block consent-withdrawn"]);
  });

  test("wrong number ends the recipient and the number", async () => {
    await floor.people(1);
    const id = await floor.calling();
    await floor.dispose(await dialled(), "anna", { kind: "wrong-number" });
    expect(await recipients(id)).toMatchObject([{ state: "failed", reason: "wrong-number" }]);
    expect(await floor.law.answers("phone")).toEqual(["block internal-dnc"]);
  });

  test("callback waits for its time and is gated again then", async () => {
    await floor.people(1);
    const id = await floor.calling();
    const callId = await dialled();
    await floor.dispose(callId, "anna", { kind: "callback", at: "2027-01-12T18:00:00Z" }, 422);
    await floor.dispose(callId, "anna", { kind: "callback", at: "2027-12-01T18:00:00Z" }, 422);
    await floor.dispose(callId, "anna", { kind: "callback", at: "2027-01-14T02:30:00Z" });
    expect(await recipients(id)).toMatchObject([{ state: "deferred", reason: "callback" }]);
    await clockAt("2027-01-14T02:31:00Z");
    expect(await floor.next("anna")).toMatchObject({ call: null });
    expect(await recipients(id)).toMatchObject([{ state: "deferred", reason: "quiet-hours" }]);
    await clockAt("2027-01-14T15:00:00Z");
    expect((await floor.next("anna")).call).not.toBeNull();
  });

  test("consent given rests on the wording that was read out", async () => {
    const [personId] = await floor.people(1);
    await floor.calling();
    const { purposeId } = floor.law.workspace;
    const notice = await floor.law.call("POST", "/v1/notices", {
      ...{ purposeId, channel: "phone", version: "call", language: "en", wording: "May we call you?" },
    });
    const callId = await dialled();
    const said = { kind: "consent-given", recording: "rec-1" };
    await floor.dispose(callId, "anna", { ...said, noticeId: floor.law.workspace.noticeId }, 422);
    await floor.dispose(callId, "anna", { kind: "consent-given", recording: null }, 400);
    expect(await floor.dispose(callId, "anna", { ...said, noticeId: notice.id })).toMatchObject({
      state: "contacted",
      consent: "given",
    });
    const { items } = await floor.law.call<{ items: object[] }>("GET", `/v1/contacts/${personId}/consents`);
    expect(items).toContainEqual(expect.objectContaining({ type: "given", method: "phone-call" }));
    expect(await floor.dispose(callId, "anna", { ...said, noticeId: notice.id })).toMatchObject({
      state: "contacted",
      consent: null,
    });
    const after = await floor.law.call<{ items: object[] }>("GET", `/v1/contacts/${personId}/consents`);
    expect(after.items).toEqual(items);
  });
});

describe("caps", () => {
  test("count calls that nobody answered, of every campaign", async () => {
    await floor.law.contact({ phone: "+13055550123", country: "US", region: "US-FL" });
    const plan = { attemptsMax: 9, spacingMinutes: 15, priority: 0 };
    await floor.calling({ callPlan: plan });
    for (const minutes of [0, 20, 40]) {
      await clockAt(later(minutes));
      await floor.dispose(await dialled(), "anna", { kind: "no-answer" });
    }
    await clockAt(later(60));
    expect(await floor.next("anna")).toMatchObject({ call: null });
    expect(await floor.law.answers("phone", { mode: "live-manual", scriptVersion: "1" })).toEqual([
      "defer frequency-cap",
    ]);
  });

  test("do not count a number that was hidden without a dial", async () => {
    await floor.people(1);
    await floor.calling({ frequencyCap: { max: 1, windowHours: 24 } });
    const first = await inHand();
    await floor.step(first, "reveal", "anna");
    // The call itself is no earlier attempt.
    expect(await floor.step(first, "check", "anna")).toMatchObject({ mustHide: false });
    await floor.step(first, "hidden", "anna");
    await clockAt(later(11));
    await floor.dispose(await dialled(), "anna", { kind: "no-answer" });
    await clockAt(later(300));
    expect(await floor.next("anna")).toMatchObject({ call: null });
  });
});

describe("a desk that is left", () => {
  test("after the number was shown leaves an unconfirmed call, which evidence resolves", async () => {
    await floor.people(1);
    const id = await floor.calling();
    const callId = await inHand();
    await floor.step(callId, "reveal", "anna");
    await clockAt(later(0.5));
    await sweep(floor.law.workspace.deps);
    expect(await recipients(id)).toMatchObject([{ state: "redeemed" }]);
    await clockAt(later(2));
    await sweep(floor.law.workspace.deps);
    expect(await recipients(id)).toMatchObject([{ state: "unconfirmed", reason: "desk-abandoned" }]);
    expect(await inFlight()).toHaveLength(0);
    expect(await floor.next("anna")).toMatchObject({ call: null });
    await floor.dispose(callId, "anna", { kind: "no-answer" });
    expect(await recipients(id)).toMatchObject([{ state: "failed", reason: "no-answer" }]);
  });

  test("before it leaves the person planned", async () => {
    await floor.people(1);
    const id = await floor.calling();
    await inHand();
    await clockAt(later(4));
    await sweep(floor.law.workspace.deps);
    expect(await recipients(id)).toMatchObject([{ state: "planned" }]);
  });
});

describe("a phone campaign", () => {
  test("keeps every version of its script and has to begin with caller, seller and purpose", async () => {
    const { senderId, purposeId } = floor.law.workspace;
    const body = { name: "Calls", channel: "phone", senderId, purposeId };
    const late = `${"so ".repeat(50)}${SCRIPT}`;
    const refused = await floor.law.call<{ errors: { path: string }[] }>(
      ...(["POST", "/v1/campaigns", { ...body, script: late }, 422] as const),
    );
    expect(refused.errors[0]?.path).toBe("/script");
    const made = await floor.law.call("POST", "/v1/campaigns", { ...body, script: SCRIPT });
    expect(made).toMatchObject({ channel: "phone", content: null, script: SCRIPT, scriptVersion: 1 });
    const change = { channel: "phone", script: `${SCRIPT} Thanks.` };
    expect(await floor.law.call("PATCH", `/v1/campaigns/${made.id}`, change)).toMatchObject({
      scriptVersion: 2,
      circumstances: { mode: "live-manual", scriptVersion: "2" },
    });
    await floor.law.call("PATCH", `/v1/campaigns/${made.id}`, { content: { subject: "x" } }, 422);
    const circumstances = { mode: "live-manual", sector: "energy" };
    await floor.law.call("PATCH", `/v1/campaigns/${made.id}`, { channel: "phone", circumstances });
    expect(await newestAudit()).toMatchObject({
      action: "campaign-changed",
      detail: { fields: ["circumstances"], circumstances },
    });
    const emailMade = await floor.law.campaign("email");
    await floor.law.call("PATCH", `/v1/campaigns/${emailMade}`, change, 422);
    await floor.law.call("POST", "/v1/campaigns", { ...body, script: SCRIPT, content: {} }, 400);
  });

  test("of a dialler or a recording is blocked by what the rules demand of it, and no agent gets it", async () => {
    await floor.people(1);
    const dialler = await floor.calling({ circumstances: { mode: "predictive" } });
    expect(await floor.next("anna", dialler)).toMatchObject({ call: null });
    const run = await floor.law.call<{ groups: { reason: string }[] }>(
      "POST",
      `/v1/campaigns/${dialler}/dry-run`,
      {},
    );
    expect(run.groups).toMatchObject([{ reason: "abandonment-cap" }]);
  });

  test("is never sent by the worker: the people are asked about, and nobody has a permit", async () => {
    await floor.people(3);
    const id = await floor.calling();
    const { deps, workspaceId } = floor.law.workspace;
    const touched: string[] = [];
    const fail = (error: unknown) => touched.push(String(error));
    await runSlice(
      {
        deps,
        workerSession: randomUUID(),
        sender: {
          compose: async () => {
            touched.push("compose");
            return [];
          },
          whenFree: async () => undefined,
          deliver: async ({ recipient }) => {
            touched.push("deliver");
            return { handOver: { kind: "not-redeemed" }, permit: recipient.permit };
          },
        },
        recorder: startOutcomeRecorder(deps, fail),
        watch: startCampaignWatch(deps, fail),
        signal: new AbortController().signal,
      },
      { workspaceId, campaignId: id, slice: 0 },
    );
    expect(touched).toEqual([]);
    expect((await recipients(id)).map((row) => row.state)).toEqual(["planned", "planned", "planned"]);
    expect(await inFlight()).toHaveLength(0);
  });
});
