import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { mintUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import { type TestApi, testApi } from "../support/api.ts";
import {
  confirmPath,
  createTestForm,
  everythingStored,
  ledgerOf,
  lettersSent,
  pathOf,
  person,
  postForm,
  preferencePath,
} from "../support/front-door.ts";
import {
  createCampaign,
  createWorkspace,
  importCsv,
  TEST_SECRETS,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const DAY_MS = 86_400_000;

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let people = 0;
let email = "";
let path = "";

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  await createTestForm(workspace);
  const given = new Date(Date.now() - DAY_MS).toISOString();
  const lines = Array.from(
    { length: 40 },
    (_, place) =>
      `reader${place}@example.com,+4930${1_000_000 + place},Reader ${place},DE,en,${given},web-form,2026-01`,
  );
  await importCsv(
    workspace,
    `email,phone,full_name,country,language,consent_given_at,consent_source,notice_version\n${lines.join("\n")}\n`,
  );
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

/** The next person, with a consent by email and a number; and their link. */
async function nextPerson(): Promise<void> {
  email = `reader${people}@example.com`;
  people += 1;
  path = await preferencePath(workspace, email);
}

const look = async (query = "") => (await api.app.request(`${path}${query}`)).text();
const post = async (fields: Parameters<typeof postForm>[2]) => (await postForm(api, path, fields)).text();

/** The boxes of a page: those that are ticked, and all. */
function boxesOf(page: string): { shown: string[]; on: string[] } {
  const inputs = [...page.matchAll(/<input type="checkbox"[^>]*>/g)].map(([input]) => input);
  const name = (input: string) => /value="([^"]+)"/.exec(input)?.[1] ?? "";
  return {
    shown: inputs.map(name),
    on: inputs.filter((input) => /\schecked/.test(input)).map(name),
  };
}

describe("looking", () => {
  test("shows what is stored, calls included, addresses masked, in five languages, without a script; and changes nothing", async () => {
    await nextPerson();
    const before = await everythingStored(workspace);
    const titles = new Set<string>();
    for (const language of ["en", "de", "fr", "es", "it"]) {
      const page = await look(`?lang=${language}`);
      expect(page).toContain(`<html lang="${language}">`);
      expect(page).toContain("r•••••••@example.com");
      expect(page).not.toContain(email);
      expect(page).not.toMatch(/\+49301|<script/);
      titles.add(/<h1>([^<]+)</.exec(page)?.[1] ?? "");
    }
    expect(titles.size).toBe(5);
    for (let time = 0; time < 50; time += 1)
      await api.app.request(path, { method: ["GET", "HEAD", "OPTIONS"][time % 3] ?? "GET" });
    expect(await everythingStored(workspace)).toEqual(before);
  });

  test("in the person's own language, where the link names none and the browser asks for another", async () => {
    await nextPerson();
    const { record } = await person(workspace, email);
    await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute(sql`update contact set language = 'fr' where id = ${record.id}::uuid`),
    );
    const page = await api.app.request(path, { headers: { "accept-language": "de" } });
    expect(await page.text()).toContain('<html lang="fr">');
  });

  test.each([
    ["an empty form", {}],
    ["a wish nobody knows", { act: "start-everything" }],
    ["the form as it was shown", "unchanged"],
  ])("posting %s changes nothing", async (_name, fields) => {
    await nextPerson();
    const before = await everythingStored(workspace);
    await post(
      fields === "unchanged"
        ? { act: "save", pace: "as-it-comes", ...boxesOf(await look()) }
        : (fields as object as Record<string, string>),
    );
    expect(await everythingStored(workspace)).toEqual(before);
  });

  test("a box that was not on the page stops nothing: an old page does not speak for a new topic", async () => {
    await nextPerson();
    const before = await everythingStored(workspace);
    await post({ act: "save", shown: [], on: [] });
    expect(await everythingStored(workspace)).toEqual(before);
  });
});

describe("turning off and on", () => {
  test("an unticked box stops that topic at once, the page shows it, and the undo works once", async () => {
    await nextPerson();
    const { shown, on } = boxesOf(await look());
    expect(on).toHaveLength(1);
    const page = await post({ act: "save", shown, on: [] });
    expect(page).toContain("stopped from this moment");
    expect(boxesOf(page).on).toEqual([]);
    expect(await ledgerOf(workspace, email)).toEqual([
      "given newsletter email",
      "withdrawn newsletter email",
    ]);
    const nonce = /name="undo" value="([^"]+)"/.exec(page)?.[1] ?? "";
    expect(boxesOf(await post({ undo: nonce })).on).toEqual(on);
    expect(await post({ undo: nonce })).toContain("can no longer be undone");
  });

  test("a ticked box asks by mail and turns nothing on before the answer", async () => {
    await nextPerson();
    const { shown, on } = boxesOf(await look());
    const page = await post({ act: "save", shown, on: shown });
    expect(page).toContain("We sent you a message");
    expect(boxesOf(page).on).toEqual(on);
    expect(await ledgerOf(workspace, email)).toEqual(["given newsletter email", "requested offers email"]);
    const letter = (await lettersSent(workspace)).find((each) => each.to === email);
    expect(letter?.text).toContain("Email me Acme's product offers");
    await postForm(api, pathOf(letter?.link ?? ""), { confirm: "yes" });
    expect(boxesOf(await look()).on).toHaveLength(2);
  });

  test("calls that were never agreed to have no box here: an address proves no number", async () => {
    await nextPerson();
    const page = await look();
    expect(page).toContain("Can be turned on in a call with us");
    expect(boxesOf(page).shown).toHaveLength(2);
  });

  test("stop everything: every address and every number, from every sender, in one press; undo brings back what stood", async () => {
    await nextPerson();
    const page = await post({ act: "everything" });
    expect(page).toContain("Everything is stopped");
    expect(boxesOf(page).on).toEqual([]);
    expect(await ledgerOf(workspace, email)).toEqual([
      "given newsletter email",
      "suppressed everything email",
      "suppressed everything phone",
    ]);
    const before = await everythingStored(workspace);
    await post({ act: "everything" });
    expect(await everythingStored(workspace)).toMatchObject({
      events: (before as { events: number }).events,
    });
    const nonce = /name="undo" value="([^"]+)"/.exec(page)?.[1] ?? "";
    expect(boxesOf(await post({ undo: nonce })).on).toHaveLength(1);
    const [left] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute(sql`select count(*)::int as count from suppression where lifted_by_event_id is null`),
    );
    expect(left).toEqual({ count: 0 });
  });

  test("the unsubscribe page's own button stops calls as well, and links to the choices", async () => {
    await nextPerson();
    const { record } = await person(workspace, email);
    const token = mintUnsubscribeToken(TEST_SECRETS.token, {
      workspaceId: workspace.workspaceId,
      purposeId: workspace.purposeId,
      campaignId: await createCampaign(workspace),
      contactId: record.id,
      gateId: record.points[0]?.gateId ?? 0,
    });
    const page = await (await postForm(api, `/u/${token}`, { scope: "everything" })).text();
    expect(page).toContain(path);
    expect(await ledgerOf(workspace, email)).toEqual([
      "given newsletter email",
      "suppressed everything email",
      "suppressed everything phone",
    ]);
  });

  test("what an objection stopped cannot be asked for here", async () => {
    await nextPerson();
    const key = await api.key(["consents:write"]);
    await api.call(key, "POST", "/v1/suppressions", { channel: "email", value: email, kind: "objection" });
    const page = await look();
    expect(boxesOf(page).shown).toEqual([]);
    expect(page).toContain("Everything here is stopped");
  });
});

describe("how much of it", () => {
  test("a press for a new pace waits for what is on the wire, and says so", async () => {
    await nextPerson();
    const { record } = await person(workspace, email);
    await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute(sql`
        insert into in_flight (permit_id, workspace_id, gate_id, worker_session, redeemed_at)
        values (gen_random_uuid(), ${workspace.workspaceId}::uuid, ${record.points[0]?.gateId ?? 0}, gen_random_uuid(), now())`),
    );
    expect(await post({ act: "save", pace: "pause-90" })).toContain("1 message was already on the way");
    await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute(sql`delete from in_flight`),
    );
  });
});

test("a person who was erased has no page, and the confirmation of what they asked for is none either", async () => {
  await nextPerson();
  const { shown } = boxesOf(await look());
  await post({ act: "save", shown, on: shown });
  const confirmation = await confirmPath(workspace, email);
  const { record } = await person(workspace, email);
  await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(
      sql`update contact set wrapped_key = null, identity = null, erased_at = now() where id = ${record.id}::uuid`,
    ),
  );
  const neutral = await (await api.app.request("/p/nothing")).text();
  for (const gone of [path, `${path}/messages`, confirmation]) {
    const response = await api.app.request(gone);
    expect([response.status, await response.text()]).toEqual([404, neutral]);
  }
  expect((await postForm(api, path, { act: "everything" })).status).toBe(404);
});

test.each(["en", "de", "fr", "es", "it"])(
  "the page leads to the sender's page about rights, in %s",
  async (language) => {
    await nextPerson();
    const html = await look(`?lang=${language}`);
    const href = /<footer>.*?href="(\/privacy\/[^"]+)"/s.exec(html)?.[1] ?? "";
    expect(href).toBe(`/privacy/${workspace.senderId}?lang=${language}`);
    const rights = await api.app.request(href);
    expect(rights.status).toBe(200);
    expect(await rights.text()).toContain(`<html lang="${language}"`);
  },
);
