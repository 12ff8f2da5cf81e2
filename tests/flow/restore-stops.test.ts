import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace, openDatabase } from "#db/database";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { createContact, findContacts } from "#flow/contacts/contacts";
import { erasePerson } from "#flow/rights/erase-person";
import { exportStops } from "#flow/stops/journal/export-stops";
import { restoreStops } from "#flow/stops/journal/restore-stops";
import { stopPerson } from "#flow/stops/stop-person";
import { startWorker } from "../../apps/worker/worker.ts";
import { canariesIn } from "../support/canary.ts";
import { chainFaults } from "../support/ledger-chain.ts";
import { openedDatabase } from "../support/opened.ts";
import { startProgram } from "../support/process.ts";
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
import {
  createDatabase,
  createTestDatabase,
  databaseUrl,
  type TestDatabase,
} from "../support/test-database.ts";

const PEOPLE = 8;
let database: TestDatabase;
let workspace: TestWorkspace;
let sink: SmtpSink;
let directory = "";
let campaignId = "";
const copies: string[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "consentry-journal-"));
  sink = await startSmtpSink();
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  await importCsv(workspace, consentedCsv(PEOPLE));
  campaignId = await createCampaign(workspace);
});

afterEach(async () => {
  await sink.stop();
  await workspace.close();
  await database.drop();
  const server = postgres(inject("postgresUrl"), { max: 1 });
  for (const name of copies.splice(0)) await server.unsafe(`drop database "${name}" with (force)`);
  await server.end();
  rmSync(directory, { recursive: true, force: true });
});

/** A copy of the database as it is now; nobody may be connected to it meanwhile. */
async function backup(): Promise<string> {
  await workspace.close();
  const name = `copy_${copies.length}_${Date.now()}`;
  const source = new URL(database.ownerUrl).pathname.slice(1);
  await createDatabase(inject("postgresUrl"), name, source);
  copies.push(name);
  reconnect(database.ownerUrl);
  return databaseUrl(inject("postgresUrl"), name);
}

function reconnect(url: string): void {
  const opened = openDatabase(url, { connectionsMax: 5 });
  workspace = {
    ...workspace,
    database: opened,
    deps: { ...workspace.deps, database: opened },
    close: () => opened.close(),
  };
}

async function person(email: string) {
  const { deps, workspaceId } = workspace;
  const [found] = await findContacts(deps.database, deps.keys, workspaceId, { email });
  const point = found?.record.points[0];
  if (found === undefined || point === undefined) throw new Error(`${email} is not there`);
  return { contactId: found.record.id, gateId: point.gateId };
}

async function stop(email: string, how: Partial<Parameters<typeof stopPerson>[1]> = {}): Promise<void> {
  await stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    ...(await person(email)),
    channel: "email",
    target: { kind: "topic", purposeId: workspace.purposeId, senderId: workspace.senderId },
    method: "link",
    actor: "person",
    claimed: false,
    campaignId,
    offersUndo: false,
    requestedAt: new Date(),
    ...how,
  });
}

const erase = async (email: string) =>
  erasePerson(workspace.deps, null, {
    workspaceId: workspace.workspaceId,
    contactId: (await person(email)).contactId,
    method: "api",
    actor: "test",
  });

/** Everything that ends contact with somebody, each by another person; two of them came after the backup. */
async function manyStops(): Promise<void> {
  await stop("person1@example.com");
  await stop("person2@example.com", { target: { kind: "everything" } });
  await stop("person3@example.com", { target: { kind: "everything" }, suppression: "objection" });
  await stop("person4@example.com", { target: { kind: "everything" }, suppression: "complaint" });
  await erase("person5@example.com");
  const { deps, workspaceId } = workspace;
  for (const email of ["late6@example.com", "late7@example.com"])
    await createContact(deps, { workspaceId, actor: "test", person: {}, email });
  await stop("late6@example.com", { target: { kind: "everything" } });
  await erase("late7@example.com");
}

const journalText = () =>
  readdirSync(directory)
    .map((file) => readFileSync(join(directory, file), "utf8"))
    .join("");

/** Sends the campaign from this database, as a worker's start does it. Who got something. */
async function sendFrom(url: string, ledgerExportDir: string | null): Promise<string[]> {
  await workspace.close();
  reconnect(url);
  const before = sink.messages.length;
  const ask = { workspaceId: workspace.workspaceId, campaignId };
  await scheduleCampaign(workspace.deps, { ...ask, at: null, actor: "test" });
  const started = await startWorker(testConfig(url, sink.port, { ledgerExportDir }));
  if (started.kind === "problem") throw new Error(started.message);
  try {
    await untilCampaign(workspace, campaignId, ["finished"]);
  } finally {
    await started.worker.stop();
  }
  return sink.messages
    .slice(before)
    .map((message) => message.to)
    .sort();
}

const people = (...numbers: number[]) => numbers.map((number) => `person${number}@example.com`);

test("a restored backup sends nothing to those who stopped or were erased since; without the journal it would", async () => {
  const [restored, unguarded] = [await backup(), await backup()];
  await manyStops();
  expect(await exportStops(workspace.deps, directory)).toEqual({ kind: "written", stops: 7 });
  expect(await exportStops(workspace.deps, directory)).toEqual({ kind: "written", stops: 0 });
  expect(canariesIn(journalText(), ["person1", "person5", "late6", "example.com"])).toEqual([]);

  expect(await sendFrom(unguarded, null)).toEqual(people(1, 2, 3, 4, 5, 6, 7, 8));
  expect(await sendFrom(restored, directory)).toEqual(people(6, 7, 8));
  const opened = await openedDatabase(restored, TEST_SECRETS.master);
  expect(opened).toContain("person6@example.com");
  expect(opened).not.toContain("person5@example.com");
  expect((await chainFaults(restored)).faults).toEqual([]);

  // Who was not known to the backup stays away, too.
  const { deps, workspaceId } = workspace;
  const back = await createContact(deps, {
    workspaceId,
    actor: "test",
    person: {},
    email: "late7@example.com",
  });
  expect(back.kind).toBe("erased");
  const [entry] = await inWorkspace(deps.database, workspaceId, (tx) =>
    tx.execute(sql`select count(*)::int as count from suppression where lifted_by_event_id is null`),
  );
  expect(entry).toEqual({ count: 6 });

  // A second start finds everything known, also what it wrote itself.
  const events = sql`select count(*)::int as count from consent_event`;
  const [before] = await inWorkspace(deps.database, workspaceId, (tx) => tx.execute(events));
  expect(await restoreStops(deps, null, directory)).toMatchObject({ stops: 0 });
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    await tx.execute(sql`update stop_journal_position set bytes = 0`);
  });
  expect(await restoreStops(deps, null, directory)).toMatchObject({ stops: 0 });
  const [after] = await inWorkspace(deps.database, workspaceId, (tx) => tx.execute(events));
  expect(after).toEqual(before);
});

test("a process that sees files longer than its database accounts for reads them before it writes", async () => {
  const restored = await backup();
  await stop("person1@example.com");
  await exportStops(workspace.deps, directory);
  await workspace.close();
  reconnect(restored);
  await stop("person2@example.com");
  expect(await exportStops(workspace.deps, directory)).toEqual({ kind: "behind" });
  expect(await restoreStops(workspace.deps, null, directory)).toEqual({ read: 1, stops: 1 });
  expect(await exportStops(workspace.deps, directory)).toEqual({ kind: "written", stops: 2 });
});

test("a line torn by a crash is written again; two processes at once write each stop once", async () => {
  await stop("person1@example.com");
  await exportStops(workspace.deps, directory);
  const [file = ""] = readdirSync(directory);
  appendFileSync(join(directory, file), '{"entry":{"leaf":"00');
  await stop("person2@example.com");
  expect(await exportStops(workspace.deps, directory)).toEqual({ kind: "behind" });
  expect(await restoreStops(workspace.deps, null, directory)).toEqual({ read: 0, stops: 0 });
  await stop("person3@example.com");
  await Promise.all(Array.from({ length: 8 }, () => exportStops(workspace.deps, directory)));
  await exportStops(workspace.deps, directory);
  const leaves = journalText()
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { entry: { leaf: string } }).entry.leaf);
  expect(leaves).toHaveLength(3);
  expect(new Set(leaves).size).toBe(3);
});

test("a journal that somebody else wrote in keeps a worker from starting, and says so in one line", async () => {
  const restored = await backup();
  await stop("person1@example.com");
  await exportStops(workspace.deps, directory);
  const [file = ""] = readdirSync(directory);
  const text = readFileSync(join(directory, file), "utf8");
  const changes = [
    text.replace('"type":"withdrawn"', '"type":"refused"'),
    text.replace(/"leaf":"[0-9a-f]/, (match) => `${match.slice(0, -1)}${match.endsWith("0") ? "1" : "0"}`),
    text.replace(/"mac":"[0-9a-f]{8}/, '"mac":"00000000'),
    text.replace('{"entry"', '{"note":1,"entry"'),
    `not json\n${text}`,
  ];
  for (const changed of changes) {
    expect(changed).not.toBe(text);
    writeFileSync(join(directory, file), changed);
    const started = await startWorker(testConfig(restored, sink.port, { ledgerExportDir: directory }));
    expect(started).toMatchObject({
      kind: "problem",
      message: expect.stringMatching(
        /^LEDGER_EXPORT_DIR: stops-\d{4}-\d\d\.jsonl has a line that is not ours/,
      ),
    });
  }
  writeFileSync(join(directory, file), text);
  const program = startProgram("apps/restore-stops/main.ts", {
    DATABASE_URL: restored,
    SMTP_URL: "smtp://127.0.0.1:1",
    MASTER_KEY: JSON.stringify(TEST_SECRETS.master),
    INDEX_KEY: JSON.stringify(TEST_SECRETS.index),
    TOKEN_KEY: JSON.stringify(TEST_SECRETS.token),
    LEDGER_KEY: JSON.stringify(TEST_SECRETS.ledger),
    AUTH_SECRET: TEST_SECRETS.auth,
    LEDGER_EXPORT_DIR: directory,
  });
  expect(await program.ended).toBe(0);
  expect(program.output()).toBe(
    "1 lines read that the database did not account for, 1 stops recorded anew\n",
  );
});
