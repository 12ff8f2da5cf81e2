import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type Database, inWorkspace, openDatabase } from "#db/database";
import type { Keyring } from "#db/vault/keyring";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { createContact, findContacts } from "#flow/contacts/contacts";
import type { FlowDeps } from "#flow/deps";
import { indexNeeds, retireIndex, rotateIndex } from "#flow/keys/rotate-index";
import { rotateMaster } from "#flow/keys/rotate-master";
import { erasePerson } from "#flow/rights/erase-person";
import { mintUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import { startWorker } from "../../apps/worker/worker.ts";
import { testApi } from "../support/api.ts";
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
import { startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const PEOPLE = 600;
const added = randomBytes(32).toString("base64");
/** The ring with a new current key beside the old one, and the ring after the old one has left. */
const both = (ring: Keyring): Keyring => ({ current: "k2", keys: { ...ring.keys, k2: added } });
const newOnly: Keyring = { current: "k2", keys: { k2: added } };
const ROTATING = {
  ...TEST_SECRETS,
  master: both(TEST_SECRETS.master),
  index: both(TEST_SECRETS.index),
  token: both(TEST_SECRETS.token),
};
const ROTATED = { ...ROTATING, master: newOnly, index: newOnly };

let database: TestDatabase;
let workspace: TestWorkspace;
let owner: Database;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  owner = openDatabase(database.ownerUrl, {
    connectionsMax: 4,
    role: new URL(database.ownerUrl).username,
  });
});

afterEach(async () => {
  await owner.close();
  await workspace.close();
  await database.drop();
});

const withRings = (keys: FlowDeps["keys"]): FlowDeps => ({ ...workspace.deps, keys });

async function find(keys: FlowDeps["keys"], email: string) {
  const [found] = await findContacts(workspace.database, keys, workspace.workspaceId, { email });
  return found ?? null;
}

const count = async (from: ReturnType<typeof sql>): Promise<number> => {
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ count: number }>(sql`select count(*)::int as count from ${from}`),
  );
  return row?.count ?? -1;
};

test("both keys rotate while messages are sent and links are pressed: no press fails, everyone is found throughout", async () => {
  const { workspaceId, purposeId } = workspace;
  await importCsv(workspace, consentedCsv(PEOPLE));
  const campaignId = await createCampaign(workspace, { ratePerSecond: 100 });
  const links: { email: string; token: string }[] = [];
  for (let place = 1; place <= PEOPLE; place += 3) {
    const email = `person${place}@example.com`;
    const found = await find(TEST_SECRETS, email);
    const gateId = found?.record.points[0]?.gateId ?? 0;
    const fields = { workspaceId, purposeId, campaignId, contactId: found?.record.id ?? "", gateId };
    // Links of messages sent before the keys were rotated.
    links.push({ email, token: mintUnsubscribeToken(TEST_SECRETS.token, fields) });
  }
  const api = testApi({ ...workspace, deps: withRings(ROTATING) }, database.ownerUrl);
  const sink = await startSmtpSink();
  const started = await startWorker(testConfig(database.ownerUrl, sink.port, { secrets: ROTATING }));
  if (started.kind === "problem") throw new Error(started.message);
  let isOver = false;
  let presses = 0;
  const failed: string[] = [];
  const lost: string[] = [];
  const acked = new Map<string, number>();
  try {
    await scheduleCampaign(workspace.deps, { workspaceId, campaignId, at: null, actor: "test" });
    const pressing = (async () => {
      for (const { email, token } of links) {
        const answer = await api.app.request(`/u/${token}`, {
          method: "POST",
          body: "List-Unsubscribe=One-Click",
          headers: { "content-type": "application/x-www-form-urlencoded" },
        });
        const text = await answer.text();
        if (answer.status !== 200 || !text.startsWith("stopped"))
          failed.push(`${email}: ${answer.status} ${text}`);
        if (text === "stopped; inFlight: 0\n") acked.set(email, performance.now());
        presses += 1;
        await sleep(10);
      }
    })();
    const looking = (async () => {
      for (let place = 2; !isOver; place = (place % PEOPLE) + 1) {
        const email = `person${place}@example.com`;
        if ((await find(ROTATING, email))?.identity?.fullName === undefined) lost.push(email);
      }
    })();
    const made = (async () => {
      for (let place = 0; place < 50; place += 1) {
        const person = { fullName: `New ${place}` };
        // Some by a process that has the new key and does not write under it yet.
        const index = place % 2 === 0 ? ROTATING.index : { ...ROTATING.index, current: "k1" };
        const master = place % 2 === 0 ? ROTATING.master : { ...ROTATING.master, current: "k1" };
        await createContact(withRings({ ...ROTATING, index, master }), {
          workspaceId,
          actor: "test",
          person,
          email: `new${place}@example.com`,
        });
        await sleep(10);
      }
    })();
    await sleep(200);
    await rotateMaster(owner, ROTATING.master);
    const indexed = await rotateIndex(owner, ROTATING);
    expect(presses, "the keys were rotated under load").toBeLessThan(links.length);
    expect(indexed).toEqual({ contacts: expect.toSatisfy((each) => each >= PEOPLE), splitKeys: 0 });
    await Promise.all([pressing, made]);
    isOver = true;
    await looking;
    await untilCampaign(workspace, campaignId, ["finished"]);
  } finally {
    isOver = true;
    await started.worker.stop();
    await sink.stop();
  }
  expect(failed).toEqual([]);
  expect(lost).toEqual([]);
  const late = sink.messages.filter((message) => message.dotAtMs > (acked.get(message.to) ?? Infinity));
  expect(late).toEqual([]);
  expect(acked.size).toBeGreaterThan(links.length / 2);
  expect(await count(sql`consent_event where type = 'withdrawn'`)).toBe(links.length);

  // The last ones of the old key, and then it leaves the rings.
  await rotateMaster(owner, ROTATING.master);
  expect(await openedDatabase(database.ownerUrl, newOnly)).toBe(
    await openedDatabase(database.ownerUrl, ROTATING.master),
  );
  expect(await indexNeeds(owner, "k2")).toEqual([
    { version: "k1", needs: { keys: 0, contacts: 0, listed: 0 } },
  ]);
  expect(await retireIndex(owner, "k2", "k2")).toEqual({ kind: "is-current" });
  expect(await retireIndex(owner, "k2", "k1")).toMatchObject({ kind: "retired" });
  for (const email of ["person1@example.com", `person${PEOPLE}@example.com`, "new1@example.com"])
    expect((await find(ROTATED, email))?.record.points, email).toHaveLength(1);
  const again = await importCsv({ ...workspace, deps: withRings(ROTATED) }, consentedCsv(PEOPLE));
  expect(await count(sql`contact_import where id = ${again}::uuid and unchanged = ${PEOPLE}`)).toBe(1);
  const [link] = links;
  const rotated = testApi({ ...workspace, deps: withRings(ROTATED) }, database.ownerUrl);
  expect((await rotated.app.request(`/u/${link?.token}`)).status).toBe(200);
}, 120_000);

test("a version that a tombstone or a listed number needs does not retire, and goes on refusing who was erased", async () => {
  const { workspaceId } = workspace;
  await importCsv(workspace, consentedCsv(3));
  const erased = await find(TEST_SECRETS, "person1@example.com");
  await erasePerson(workspace.deps, null, {
    workspaceId,
    contactId: erased?.record.id ?? "",
    method: "api",
    actor: "test",
  });
  const numbers = { asOf: "2026-11-01T00:00:00Z", numbers: [{ number: "+12025550123" }] };
  const listing = async (keys: FlowDeps["keys"]) => {
    const api = testApi({ ...workspace, deps: withRings(keys) }, database.ownerUrl);
    const answer = await api.call(await api.key(["admin"]), "PUT", "/v1/registries/US-NDNCR", numbers);
    expect(answer.status, await answer.text()).toBe(200);
  };
  await listing(TEST_SECRETS);
  const create = (keys: FlowDeps["keys"]) =>
    createContact(withRings(keys), {
      workspaceId,
      actor: "test",
      person: {},
      email: "person1+new@example.com",
    });
  await rotateIndex(owner, ROTATING);
  expect(await retireIndex(owner, "k2", "k1")).toEqual({
    kind: "needed",
    needs: { keys: 1, contacts: 0, listed: 1 },
  });
  expect((await create(ROTATING)).kind).toBe("erased");
  // A fresh copy of the list is written under both.
  await listing(ROTATING);
  expect(await retireIndex(owner, "k2", "k1")).toEqual({
    kind: "needed",
    needs: { keys: 1, contacts: 0, listed: 0 },
  });
  expect((await create(ROTATING)).kind).toBe("erased");
});

test("the command says what it did, and what needs the old key", async () => {
  await importCsv(workspace, consentedCsv(2));
  const keys = async (...words: string[]) => {
    const program = startProgram("apps/keys/main.ts", environment, { words });
    return { code: await program.ended, output: program.output() };
  };
  const environment = {
    DATABASE_URL: database.ownerUrl,
    SMTP_URL: "smtp://127.0.0.1:1",
    MASTER_KEY: JSON.stringify(ROTATING.master),
    INDEX_KEY: JSON.stringify(ROTATING.index),
    TOKEN_KEY: JSON.stringify(ROTATING.token),
    LEDGER_KEY: JSON.stringify(TEST_SECRETS.ledger),
    AUTH_SECRET: TEST_SECRETS.auth,
  };
  expect(await keys()).toMatchObject({ code: 2, output: expect.stringContaining("rotate-master") });
  expect(await keys("retire-index", "k1")).toEqual({
    code: 1,
    output: "k1 is needed by 2 keys, 2 contacts, 0 listed numbers\n",
  });
  expect((await keys("rotate-master")).output).toBe(
    "contact: 2 sealed anew\ncontact_import: 1 sealed anew\nsender: 0 sealed anew\n" +
      "idempotency_entry: 0 sealed anew\nconsent_event: 0 sealed anew\nservice_message: 0 sealed anew\n" +
      "everything stands under k2\n",
  );
  expect(await keys("rotate-index")).toEqual({
    code: 0,
    output: "2 contacts indexed under k2\nk1 is needed by 0 keys, 0 contacts, 0 listed numbers\n",
  });
  expect(await keys("retire-index", "k1")).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^\d+ entries of k1 deleted; it may leave the ring\n$/),
  });
});
