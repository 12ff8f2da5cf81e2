import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { checkCall } from "#flow/calls/check-call";
import { dialCall } from "#flow/calls/dial-call";
import { disposeCall } from "#flow/calls/dispose-call";
import { hideCall } from "#flow/calls/hide-call";
import { openCallDesk } from "#flow/calls/next-call";
import { acknowledgePolicy } from "#flow/calls/procedures";
import { revealCall } from "#flow/calls/reveal-call";
import { stopPerson } from "#flow/stops/stop-person";
import { type CallFloor, NOON, openCallFloor } from "../../support/calls.ts";
import { setClockAhead } from "../../support/clock.ts";
import { openLawDesk } from "../../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.ts";

let database: TestDatabase;
let floor: CallFloor;

const PEOPLE = 1_000;
const AGENTS = 8;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  await setClockAhead(database.ownerUrl, Date.parse(NOON) - Date.now());
  floor = await openCallFloor(await openLawDesk(database.ownerUrl));
});
afterAll(async () => {
  await floor.close();
  await database.drop();
});

/** When a person's stop was acknowledged with nothing in flight, by this process's clock. */
const acknowledged = new Map<string, number>();
const stops: Promise<void>[] = [];

/** The person says no after a random while, by a door of their own. */
function stopSoon(contactId: string, gateId: number, afterMs: number): void {
  const { deps, workspaceId } = floor.law.workspace;
  const stop = async () => {
    await sleep(afterMs);
    const answer = await stopPerson(deps, {
      ...{ workspaceId, gateId, contactId, channel: "phone", target: { kind: "everything" } },
      ...{ suppression: "internal-dnc", method: "preference-page", actor: "person", claimed: false },
      ...{ campaignId: null, offersUndo: false, requestedAt: new Date() },
    });
    if (answer.inFlight === 0) acknowledged.set(contactId, performance.now());
  };
  stops.push(stop());
}

test("over 1,000 random interleavings no number is shown and no dial begins after an acknowledged stop, and nobody has two agents", {
  timeout: 540_000,
}, async () => {
  const { deps, workspaceId, database: pool } = floor.law.workspace;
  await floor.people(PEOPLE);
  const campaignId = await floor.calling();
  const gates = new Map(
    (
      await inWorkspace(pool, workspaceId, (tx) =>
        tx.execute<{ contact_id: string; gate_id: number }>(sql`
            select contact_id, gate_id from recipient where campaign_id = ${campaignId}::uuid`),
      )
    ).map((row) => [row.contact_id, row.gate_id]),
  );
  const desk = openCallDesk(deps);
  const handed: string[] = [];
  const late: string[] = [];
  const counted = { shown: 0, refusedToShow: 0, dialled: 0, refusedToDial: 0, stopped: 0 };
  const isLate = (contactId: string, startedMs: number) => {
    const at = acknowledged.get(contactId);
    return at !== undefined && at < startedMs;
  };

  const work = async (agent: string) => {
    await acknowledgePolicy(deps, { workspaceId, actor: "test", agent, version: 1 });
    for (let idle = 0; idle < 100; ) {
      const next = await desk.next({ workspaceId, campaignId, agent, agentName: agent });
      if (next.kind !== "call") {
        // The last people are in other hands just now.
        idle += 1;
        await sleep(20);
        continue;
      }
      idle = 0;
      const { callId, contactId } = next.call;
      handed.push(contactId);
      const ask = { workspaceId, callId, agent };
      // Aimed at the moments around the reveal and the dial; every fourth person says nothing.
      if (Math.random() < 0.75) {
        counted.stopped += 1;
        stopSoon(contactId, gates.get(contactId) ?? 0, Math.random() * 40);
      }
      await sleep(Math.random() * 10);
      const revealMs = performance.now();
      const revealed = await revealCall(deps, ask);
      if (revealed.kind !== "revealed") {
        counted.refusedToShow += 1;
        continue;
      }
      counted.shown += 1;
      if (isLate(contactId, revealMs)) late.push(`shown to ${agent}`);
      await sleep(Math.random() * 10);
      const held = await checkCall(deps, ask);
      const dialMs = performance.now();
      const dial = held.kind === "holds" ? await dialCall(deps, ask) : null;
      if (dial?.kind !== "dialled") {
        counted.refusedToDial += 1;
        // The number is on the screen until now: no stop can have been acknowledged with nothing in flight.
        if (acknowledged.has(contactId)) late.push(`acknowledged while ${agent} saw the number`);
        await hideCall(deps, ask);
        continue;
      }
      counted.dialled += 1;
      if (isLate(contactId, dialMs)) late.push(`dialled by ${agent}`);
      const disposition = { kind: "answered" } as const;
      await disposeCall(deps, { ...ask, actor: "test", disposition, requestedAt: new Date() });
    }
  };
  await Promise.all(Array.from({ length: AGENTS }, (_, place) => work(`agent-${place}`)));
  await Promise.all(stops);

  expect(late).toEqual([]);
  expect(new Set(handed).size).toBe(PEOPLE);
  // Handed out again only after a number was hidden; with nobody listening to two agents at once.
  const [row] = await inWorkspace(pool, workspaceId, (tx) =>
    tx.execute<{ twice: number; late: number; flying: number }>(sql`
        select (select count(*)::int from call a join call b on a.recipient_id = b.recipient_id and a.id < b.id
            and a.reserved_at < b.ended_at and b.reserved_at < a.ended_at) as twice,
          (select count(*)::int from late_contact) as late, (select count(*)::int from in_flight) as flying`),
  );
  expect(row).toEqual({ twice: 0, late: 0, flying: 0 });
  // The race is worth nothing unless it was one: stops came before the reveal, between, and after.
  expect(counted.shown).toBeGreaterThan(100);
  expect(counted.refusedToShow).toBeGreaterThan(20);
  expect(counted.refusedToDial).toBeGreaterThan(20);
  expect(counted.dialled).toBeGreaterThan(100);
});
