import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { createContact, findContacts } from "#flow/contacts/contacts";
import { importRefusalsFile } from "#flow/contacts/import/refusals-file";
import { mergePeople } from "#flow/contacts/merge-people";
import { retain, retainWhereDue } from "#flow/rights/retain";
import { stopPerson } from "#flow/stops/stop-person";
import { testApi } from "../support/api.ts";
import { setClockAhead } from "../support/clock.ts";
import { chainFaults } from "../support/ledger-chain.ts";
import { openedDatabase } from "../support/opened.ts";
import { startProgram } from "../support/process.ts";
import {
  consentedCsv,
  createWorkspace,
  importCsv,
  TEST_SECRETS,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const DAY_MS = 86_400_000;
let database: TestDatabase;
let workspace: TestWorkspace;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
});
afterEach(async () => {
  await workspace.close();
  await database.drop();
});

const run = (dryRun: boolean) =>
  retain(workspace.deps, null, { workspaceId: workspace.workspaceId, dryRun, actor: "test" });
const inDays = (days: number) => setClockAhead(database.ownerUrl, days * DAY_MS);
const find = async (email: string) => {
  const { deps, workspaceId } = workspace;
  const [found] = await findContacts(deps.database, deps.keys, workspaceId, { email });
  return found ?? null;
};
const create = async (email: string) => {
  const { deps, workspaceId } = workspace;
  const made = await createContact(deps, {
    workspaceId,
    actor: "test",
    person: { fullName: "Ira Ibis" },
    email,
  });
  return made.kind === "created" ? made.contact : null;
};

test("who never agreed and was not in touch goes after three years; who agreed, or came later, stays", async () => {
  await importCsv(workspace, consentedCsv(1));
  const silent = await create("silent@example.com");
  const stopped = await create("stopped@example.com");
  await stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    gateId: stopped?.record.points[0]?.gateId ?? 0,
    channel: "email",
    contactId: stopped?.record.id ?? null,
    target: { kind: "everything" },
    suppression: "objection",
    method: "api",
    actor: "test",
    claimed: true,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
  await inDays(1_094);
  expect((await run(true))["inactive-contacts"]).toBe(0);
  await create("late@example.com");
  await inDays(1_096);
  const dry = await run(true);
  expect(dry["inactive-contacts"]).toBe(2);
  expect(await find("silent@example.com")).not.toBeNull();
  expect((await run(false))["inactive-contacts"]).toBe(dry["inactive-contacts"]);
  expect(await find("silent@example.com")).toBeNull();
  for (const email of ["late@example.com", "person1@example.com"]) expect(await find(email)).not.toBeNull();
  expect(await openedDatabase(database.ownerUrl, TEST_SECRETS.master)).not.toContain("silent@");
  expect((await run(false))["inactive-contacts"]).toBe(0);
  // Nobody asked for it: they may come back, and who had objected still has.
  expect((await create("silent@example.com"))?.record.id).not.toBe(silent?.record.id);
  const back = await create("stopped@example.com");
  const gateId = back?.record.points[0]?.gateId ?? 0;
  const [entry] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(sql`select kind from suppression where gate_id = ${gateId} and lifted_by_event_id is null`),
  );
  expect(entry).toEqual({ kind: "objection" });
  expect((await chainFaults(database.ownerUrl)).faults).toEqual([]);
});

test("consent in force keeps a person, however long ago it was given", async () => {
  await importCsv(workspace, consentedCsv(1));
  const id = (await find("person1@example.com"))?.record.id ?? "";
  await inDays(400);
  const api = testApi(workspace, database.ownerUrl);
  const chosen = await api.call(await api.key(["policy:write"]), "PUT", "/v1/retention/inactive-contacts", {
    days: 90,
  });
  expect(chosen.status).toBe(200);
  expect((await run(true))["inactive-contacts"]).toBe(0);
  await stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    gateId: (await find("person1@example.com"))?.record.points[0]?.gateId ?? 0,
    channel: "email",
    contactId: id,
    target: { kind: "topic", purposeId: workspace.purposeId, senderId: workspace.senderId },
    method: "link",
    actor: "person",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
  await inDays(491);
  expect((await run(true))["inactive-contacts"]).toBe(1);
});

test("what was merged into a person keeps the key of its evidence as long as the person stays, and no longer", async () => {
  await importCsv(workspace, consentedCsv(1));
  const agreed = (await find("person1@example.com"))?.record;
  const stays = await create("stays@example.com");
  await mergePeople(workspace.deps, {
    workspaceId: workspace.workspaceId,
    intoId: stays?.record.id ?? "",
    fromId: agreed?.id ?? "",
    actor: "test",
  });
  const hasKey = async () => {
    const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute<{ has: boolean }>(
        sql`select wrapped_key is not null as has from contact where id = ${agreed?.id ?? ""}::uuid`,
      ),
    );
    return row?.has;
  };
  await inDays(1_096);
  expect((await run(false))["inactive-contacts"]).toBe(0);
  expect(await hasKey()).toBe(true);
  await stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    gateId: agreed?.points[0]?.gateId ?? 0,
    channel: "email",
    contactId: stays?.record.id ?? "",
    target: { kind: "topic", purposeId: workspace.purposeId, senderId: workspace.senderId },
    method: "link",
    actor: "person",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
  await inDays(2_200);
  expect((await run(false))["inactive-contacts"]).toBe(1);
  expect(await hasKey()).toBe(false);
});

test("files of imports go after 30 days with their key; the counts stay", async () => {
  const csv = `${consentedCsv(1)}broken row at nowhere,Ira Ibis,DE,,,\n`;
  const importId = await importCsv(workspace, csv);
  const ask = { workspaceId: workspace.workspaceId, importId };
  expect(await importRefusalsFile(workspace.deps, ask)).not.toBeNull();
  await inDays(29);
  expect((await run(false))["import-files"]).toBe(0);
  await inDays(31);
  expect((await run(true))["import-files"]).toBe(1);
  expect((await run(false))["import-files"]).toBe(1);
  expect(await importRefusalsFile(workspace.deps, ask)).toBeNull();
  expect(await openedDatabase(database.ownerUrl, TEST_SECRETS.master)).not.toContain("nowhere");
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(sql`select rows, refused from contact_import where id = ${importId}::uuid`),
  );
  expect(row).toEqual({ rows: 2, refused: 1 });
});

test("months of contacts go when every workspace has had them long enough, and evidence outlives them", async () => {
  await importCsv(workspace, consentedCsv(1));
  const owner = postgres(database.ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    await owner`select ensure_month('2021-01-01')`;
    await owner`select ensure_month('2026-10-01')`;
    const months = async () =>
      (
        await owner`select relname as name from pg_class where relname ~ '^(recipient|decision)_2' and relkind = 'r' order by 1`
      ).map((row) => row["name"] as string);
    expect(await months()).toContain("recipient_2021_01");
    expect((await run(true))["contact-history"]).toBe(1);
    const other = await createWorkspace(database.ownerUrl, 2);
    const api = testApi(other, database.ownerUrl);
    const key = await api.key(["policy:write"]);
    const choose = (days: number) => api.call(key, "PUT", "/v1/retention/contact-history", { days });
    expect((await choose(3_653)).status).toBe(200);
    expect((await run(true))["contact-history"]).toBe(0);
    await expect(
      inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
        tx.execute(sql`select drop_past_month('2026-10-01', 1)`),
      ),
    ).rejects.toThrow();
    expect((await choose(1_827)).status).toBe(200);
    expect((await run(false))["contact-history"]).toBe(1);
    await other.close();
    expect((await months()).filter((name) => name.endsWith("2021_01"))).toEqual([]);
    expect((await months()).filter((name) => name.endsWith("2026_10"))).toHaveLength(2);
  } finally {
    await owner.end();
  }
  expect((await chainFaults(database.ownerUrl)).events).toBeGreaterThan(0);
});

test("every workspace has its daily run, once, recorded with its report", async () => {
  expect(await retainWhereDue(workspace.deps, null)).toBe(0);
  await inDays(2);
  expect(await retainWhereDue(workspace.deps, null)).toBe(1);
  expect(await retainWhereDue(workspace.deps, null)).toBe(0);
  await inDays(4);
  expect(await retainWhereDue(workspace.deps, null)).toBe(1);
  const api = testApi(workspace, database.ownerUrl);
  const key = await api.key(["policy:read"]);
  const shown = (await (await api.call(key, "GET", "/v1/retention")).json()) as {
    runs: unknown[];
    items: unknown[];
  };
  expect(shown.runs).toHaveLength(2);
  expect(shown.items).toContainEqual(expect.objectContaining({ dataClass: "import-files", days: 30 }));
});

test("what cannot be chosen is refused with the field; a dry run by API or command removes nothing", async () => {
  await importCsv(workspace, consentedCsv(1));
  await inDays(40);
  const api = testApi(workspace, database.ownerUrl);
  const key = await api.key(["policy:read", "policy:write"]);
  const answers = [];
  for (const [path, body] of [
    ["/v1/retention/import-files", { days: 0 }],
    ["/v1/retention/contact-history", { days: 30 }],
    ["/v1/retention/import-files", { days: 5, note: "x" }],
    ["/v1/retention/consent-evidence", { days: 5 }],
  ] as const)
    answers.push((await api.call(key, "PUT", path, body)).status);
  expect(answers).toEqual([422, 422, 400, 400]);
  const dry = await api.call(key, "POST", "/v1/retention/dry-run");
  expect(await dry.json()).toMatchObject({ wouldRemove: { "import-files": 1 } });
  const command = async (...words: string[]) => {
    const program = startProgram(
      "apps/retention/main.ts",
      {
        DATABASE_URL: database.ownerUrl,
        SMTP_URL: "smtp://127.0.0.1:1",
        MASTER_KEY: JSON.stringify(TEST_SECRETS.master),
        INDEX_KEY: JSON.stringify(TEST_SECRETS.index),
        TOKEN_KEY: JSON.stringify(TEST_SECRETS.token),
        LEDGER_KEY: JSON.stringify(TEST_SECRETS.ledger),
        AUTH_SECRET: TEST_SECRETS.auth,
      },
      { words },
    );
    return { code: await program.ended, output: program.output() };
  };
  expect(await command("--dry-run")).toMatchObject({
    code: 0,
    output: expect.stringContaining("would remove"),
  });
  expect((await run(true))["import-files"]).toBe(1);
  expect(await command()).toMatchObject({ code: 0, output: expect.stringContaining("import-files 1") });
  expect((await run(true))["import-files"]).toBe(0);
  expect((await command("--now")).code).toBe(2);
});
