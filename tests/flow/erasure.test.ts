import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { createContact, findContacts } from "#flow/contacts/contacts";
import type { CapturedInbox } from "#flow/inbox";
import { erasePerson, finishErasures } from "#flow/rights/erase-person";
import { queueServiceMessage } from "#flow/service-mail/queue-message";
import { type RunningWorker, startWorker } from "../../apps/worker/worker.ts";
import { setClockAhead } from "../support/clock.ts";
import { chainFaults } from "../support/ledger-chain.ts";
import { openedDatabase } from "../support/opened.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  TEST_SECRETS,
  type TestWorkspace,
  testConfig,
  untilCampaign,
} from "../support/product.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let sink: SmtpSink;
let worker: RunningWorker | null = null;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl, 20);
  sink = await startSmtpSink({ delayMs: 20 });
});

afterEach(async () => {
  await worker?.stop();
  worker = null;
  await sink.stop();
  await workspace.close();
  await database.drop();
});

async function idOf(email: string): Promise<string> {
  const { deps, workspaceId } = workspace;
  const [found] = await findContacts(deps.database, deps.keys, workspaceId, { email });
  if (found === undefined) throw new Error(`${email} is not there`);
  return found.record.id;
}

const erase = (contactId: string, inbox: CapturedInbox | null = null) =>
  erasePerson(workspace.deps, inbox, {
    workspaceId: workspace.workspaceId,
    contactId,
    method: "api",
    actor: "test",
  });

async function work(): Promise<void> {
  const started = await startWorker(testConfig(database.ownerUrl, sink.port));
  if (started.kind === "problem") throw new Error(started.message);
  worker = started.worker;
}

const select = <T extends Record<string, unknown>>(query: ReturnType<typeof sql>) =>
  inWorkspace(workspace.database, workspace.workspaceId, async (tx) => [...(await tx.execute<T>(query))]);

const count = async (from: ReturnType<typeof sql>, what = sql`count(*)::int`): Promise<number> => {
  const [row] = await select<{ count: number }>(sql`select ${what} as count from ${from}`);
  return row?.count ?? -1;
};

test("nothing is completed to people erased while a campaign sends to them, and everyone ends", async () => {
  const people = 200;
  await importCsv(workspace, consentedCsv(people));
  const ids = await Promise.all(
    Array.from({ length: people / 2 }, (_, place) => idOf(`person${place * 2 + 1}@example.com`)),
  );
  const campaignId = await createCampaign(workspace);
  const answered = new Map<string, { atMs: number; inFlight: number }>();
  await sink.stop();
  const erasing: Promise<void>[] = [];
  const asked = new Set<string>();
  sink = await startSmtpSink({
    delayMs: 40,
    onData: (to) => {
      const place = Number(/^person(\d+)@/.exec(to)?.[1]);
      const contactId = place % 2 === 1 ? ids[(place - 1) / 2] : undefined;
      if (contactId === undefined || asked.has(to)) return;
      asked.add(to);
      erasing.push(
        erase(contactId).then((result) => {
          if (result.kind !== "erased") throw new Error("the person was not found");
          answered.set(to, { atMs: performance.now(), inFlight: result.inFlight });
        }),
      );
    },
  });
  await work();
  const ask = { workspaceId: workspace.workspaceId, campaignId };
  await scheduleCampaign(workspace.deps, { ...ask, at: null, actor: "test" });
  await untilCampaign(workspace, campaignId, ["finished"]);
  await Promise.all(erasing);
  expect(answered.size).toBe(people / 2);
  const late = sink.messages.filter((message) => {
    const answer = answered.get(message.to);
    return answer !== undefined && answer.inFlight === 0 && message.dotAtMs > answer.atMs;
  });
  expect(late).toEqual([]);
  const [open] = await select<{ count: number }>(sql`
    select count(*)::int as count from recipient
    where state in ('planned', 'permitted', 'deferred', 'redeemed')`);
  expect(open?.count).toBe(0);
  expect((await chainFaults(database.ownerUrl)).faults).toEqual([]);
});

test("a recipient who waits is blocked because they were erased, and is not tried again", async () => {
  await importCsv(workspace, consentedCsv(3));
  const campaignId = await createCampaign(workspace);
  const ask = { workspaceId: workspace.workspaceId, campaignId };
  await scheduleCampaign(workspace.deps, { ...ask, at: null, actor: "test" });
  await planCampaign(workspace.deps, ask);
  await erase(await idOf("person2@example.com"));
  // The ring of the plan went nowhere; half a minute later the sweeper rings anew.
  await setClockAhead(database.ownerUrl, 31_000);
  await work();
  await untilCampaign(workspace, campaignId, ["finished"]);
  expect(sink.messages.map((message) => message.to).sort()).toEqual([
    "person1@example.com",
    "person3@example.com",
  ]);
  const ended = await select(sql`select reason from recipient where state = 'blocked'`);
  expect(ended).toEqual([{ reason: "suppressed-erasure" }]);
});

test("people erased while files and requests bring them again do not come back", async () => {
  const people = 60;
  await importCsv(workspace, consentedCsv(people));
  const emails = Array.from({ length: people }, (_, place) => `person${place + 1}@example.com`);
  const ids = await Promise.all(emails.map(idOf));
  const files = Array.from({ length: 6 }, () => importCsv(workspace, consentedCsv(people)));
  const requests = emails.map((email) =>
    createContact(workspace.deps, {
      workspaceId: workspace.workspaceId,
      actor: "test",
      person: { fullName: `Back ${email}` },
      email,
    }),
  );
  const erased = await Promise.all(ids.map((id) => erase(id)));
  expect(erased.map((each) => each.kind)).toEqual(ids.map(() => "erased"));
  await Promise.all([...files, ...requests]);
  const [left] = await select<{ count: number }>(
    sql`select count(*)::int as count from contact where identity is not null or wrapped_key is not null`,
  );
  expect(left?.count).toBe(0);
  expect(await openedDatabase(database.ownerUrl, TEST_SECRETS.master)).not.toMatch(/person\d+@/);
  expect((await chainFaults(database.ownerUrl)).faults).toEqual([]);
});

test("another spelling that arrives while the tombstone is being set is refused as well", async () => {
  await importCsv(workspace, consentedCsv(1));
  const contactId = await idOf("person1@example.com");
  const owner = postgres(database.ownerUrl, { max: 1 });
  const waiting = async (count: number) => {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const [row] = await select<{ count: number }>(
        // Of this database alone: other tests wait for locks on the same server.
        sql`select count(*)::int as count from pg_locks l join pg_stat_activity a on a.pid = l.pid
          where not l.granted and a.datname = current_database()`,
      );
      if ((row?.count ?? 0) >= count) return;
      if (performance.now() > deadline) throw new Error("nobody waits for the lock");
      await sleep(20);
    }
  };
  const outcomes = await owner.begin(async (tx) => {
    await tx`select id from gate for no key update`;
    const erasing = erase(contactId);
    await waiting(1);
    const csv = consentedCsv(1).replace("person1@", "person1+again@");
    const importing = importCsv(workspace, csv);
    const creating = createContact(workspace.deps, {
      workspaceId: workspace.workspaceId,
      actor: "test",
      person: {},
      email: "person1+third@example.com",
    });
    await waiting(3);
    return { all: Promise.all([erasing, importing, creating]) };
  });
  const [erased, , created] = await outcomes.all;
  await owner.end();
  expect([erased.kind, created.kind]).toEqual(["erased", "erased"]);
  expect(await select(sql`select count(*)::int as count from contact where identity is not null`)).toEqual([
    { count: 0 },
  ]);
  const refused = await select(sql`select reason from import_refusal`);
  expect(refused).toEqual([{ reason: "erased-person" }]);
});

test("a letter that waits for the person is dropped, whether it is sealed for them or for an address nobody had", async () => {
  const { deps, workspaceId, senderId } = workspace;
  await importCsv(workspace, consentedCsv(1));
  const contactId = await idOf("person1@example.com");
  const gateId = await count(sql`(select max(gate_id)::int as count from contact_point) g`, sql`g.count`);
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    for (const [kind, of] of [
      ["verify-request", contactId],
      ["confirm-sign-up", null],
    ] as const) {
      const queued = await queueServiceMessage(tx, deps, {
        workspaceId,
        senderId,
        kind,
        language: "en",
        gateId,
        contactId: of,
        to: "person1@example.com",
        variables: { link: "https://acme.example/", items: [], until: "2026-12-01T00:00:00Z" },
      });
      expect(queued.kind).toBe("queued");
    }
  });
  const before = await openedDatabase(database.ownerUrl, TEST_SECRETS.master);
  expect(before.split("person1@").length - 1, "in their record and in both letters").toBe(3);
  await erase(contactId);
  expect(await openedDatabase(database.ownerUrl, TEST_SECRETS.master)).not.toContain("person1@");
  await work();
  await sleep(4_500);
  expect(sink.messages).toEqual([]);
});

test("an erasure that was interrupted binds at once and is finished by the next sweep", async () => {
  await importCsv(workspace, consentedCsv(1));
  const contactId = await idOf("person1@example.com");
  const broken: CapturedInbox = {
    list: async () => ({ messages: [], total: 0 }),
    get: async () => null,
    onMessage: () => () => undefined,
    removeBefore: async () => 0,
    remove: async () => {
      throw new Error("the disk is full");
    },
  };
  await expect(erase(contactId, broken)).rejects.toThrow("the disk is full");
  const tombstones = sql`select count(*)::int as count from suppression where kind = 'erasure'`;
  expect(await select(tombstones)).toEqual([{ count: 1 }]);
  const keys = sql`select count(*)::int as count from contact where wrapped_key is not null`;
  expect(await select(keys)).toEqual([{ count: 1 }]);
  expect(await finishErasures(workspace.deps, null), "another process may be at it").toBe(0);
  await setClockAhead(database.ownerUrl, 11_000);
  expect(await finishErasures(workspace.deps, null)).toBe(1);
  expect(await select(keys)).toEqual([{ count: 0 }]);
  expect(await finishErasures(workspace.deps, null)).toBe(0);
});

test("asked twice at once it is recorded once; two people of one number are erased one by one", async () => {
  const phone = "+4930123456";
  const { deps, workspaceId } = workspace;
  const made = [];
  for (const email of ["one@example.com", "two@example.com"])
    made.push(await createContact(deps, { workspaceId, actor: "test", person: {}, email, phone }));
  const [one, two] = made.map((each) => (each.kind === "created" ? each.contact.record.id : ""));
  const twice = await Promise.all([erase(one ?? ""), erase(one ?? "")]);
  expect(twice.map((each) => each.kind)).toEqual(["erased", "erased"]);
  const entries = sql`select count(*)::int as count from suppression where kind = 'erasure'`;
  expect(await select(entries)).toEqual([{ count: 2 }]);
  const [other] = await findContacts(deps.database, deps.keys, workspaceId, { email: "two@example.com" });
  expect(Object.values(other?.identity?.points ?? {}).sort()).toEqual([phone, "two@example.com"]);
  await erase(two ?? "");
  expect(await select(entries)).toEqual([{ count: 3 }]);
  expect(await select(sql`select count(*)::int as count from point_index`)).toEqual([{ count: 0 }]);
  expect(await erase("00000000-0000-7000-8000-000000000000")).toEqual({ kind: "not-found" });
});
