import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { findContacts } from "#flow/contacts/contacts";
import { mintUnsubscribeToken, readUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import { type TestApi, testApi } from "../support/api.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  TEST_SECRETS,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let campaignId = "";
let token = "";
let person = 0;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  await importCsv(workspace, consentedCsv(40));
  campaignId = await createCampaign(workspace);
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

beforeEach(async () => {
  person += 1;
  const [found] = await findContacts(workspace.database, workspace.deps.keys, workspace.workspaceId, {
    email: `person${person}@example.com`,
  });
  const point = found?.record.points[0];
  if (found === undefined || point === undefined) throw new Error("a test person is missing");
  token = mintUnsubscribeToken(TEST_SECRETS.token, {
    workspaceId: workspace.workspaceId,
    purposeId: workspace.purposeId,
    campaignId,
    contactId: found.record.id,
    gateId: point.gateId,
  });
});

const events = async () => {
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ count: number }>(
      sql`select count(*)::int as count from consent_event where type in ('withdrawn', 'suppressed', 'withdrawal-undone', 'suppression-lifted')`,
    ),
  );
  return row?.count ?? -1;
};

async function post(
  body: string | FormData,
  headers: Record<string, string> = {},
  path = `/u/${token}`,
): Promise<Response> {
  return api.app.request(path, {
    method: "POST",
    body,
    headers:
      typeof body === "string"
        ? { "content-type": "application/x-www-form-urlencoded", ...headers }
        : headers,
  });
}

describe("looking changes nothing", () => {
  test("GET, HEAD and prefetch, fifty times, by scanners too", async () => {
    const before = await events();
    for (let time = 0; time < 50; time += 1) {
      const method = time % 2 === 0 ? "GET" : "HEAD";
      const response = await api.app.request(`/u/${token}`, {
        method,
        headers: { purpose: "prefetch", "user-agent": "BarracudaScanner" },
      });
      expect(response.status).toBe(200);
    }
    expect(await events()).toBe(before);
  });

  test("the page has one filled button, no script, and sends no referrer", async () => {
    const response = await api.app.request(`/u/${token}`);
    const page = await response.text();
    expect(page.match(/class="btn go"/g)?.length).toBe(1);
    expect(page).not.toMatch(/<script/);
    expect(page).not.toContain(`person${person}@`);
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  test.each([
    ["an empty form", "", {}],
    ["JSON", '{"List-Unsubscribe":"One-Click"}', { "content-type": "application/json" }],
    ["another form", "scope=all&email=b@example.com", {}],
    ["a cut-off multipart body", "--x\r\nbroken", { "content-type": "multipart/form-data; boundary=x" }],
  ])("a POST with %s shows the page", async (_name, body, headers) => {
    const before = await events();
    const response = await post(body, headers);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("Nothing has changed yet");
    expect(await events()).toBe(before);
  });
});

describe("one-click, from the address alone", () => {
  test("the urlencoded body of RFC 8058 withdraws, without cookies, redirect or login", async () => {
    const before = await events();
    const response = await post("List-Unsubscribe=One-Click");
    expect(response.status).toBe(200);
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(await response.text()).toContain("inFlight: 0");
    expect(await events()).toBe(before + 1);
  });

  test("the multipart body does too", async () => {
    const before = await events();
    const form = new FormData();
    form.set("List-Unsubscribe", "One-Click");
    expect((await post(form)).status).toBe(200);
    expect(await events()).toBe(before + 1);
  });

  test("a hundred presses, twenty at once, are one event", async () => {
    const before = await events();
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => post("List-Unsubscribe=One-Click")));
      expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200));
    }
    expect(await events()).toBe(before + 1);
  });

  test("parameters beside the token are ignored", async () => {
    const before = await events();
    await post(
      "List-Unsubscribe=One-Click&email=person39@example.com",
      {},
      `/u/${token}?email=person40@example.com`,
    );
    expect(await events()).toBe(before + 1);
    const [other] = await findContacts(workspace.database, workspace.deps.keys, workspace.workspaceId, {
      email: "person39@example.com",
    });
    const admin = await api.key(["admin"]);
    const timeline = (await (
      await api.call(admin, "GET", `/v1/contacts/${other?.record.id}/consents`)
    ).json()) as { items: { type: string }[] };
    expect(timeline.items.map((event) => event.type)).toEqual(["given"]);
  });
});

test("the page's button stops the topic; its undo works once, and what was given before stands again", async () => {
  const page = await (await post("scope=topic")).text();
  expect(page).toContain("is stopped");
  const nonce = /name="undo" value="([^"]+)"/.exec(page)?.[1] ?? "";
  expect(await (await post(`undo=${nonce}`)).text()).toContain("It is as it was before");
  expect(await (await post(`undo=${nonce}`)).text()).toContain("can no longer be undone");
  expect(await (await post("undo=guessed")).text()).toContain("can no longer be undone");
});

describe("tokens", () => {
  test("no bit of one can be turned: the same neutral page, no change, no failure", async () => {
    const before = await events();
    const neutral = await (await api.app.request("/u/nothing")).text();
    const encoded = token.slice(token.lastIndexOf(".") + 1);
    const bytes = Buffer.from(encoded, "base64url");
    let tried = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const turned = Buffer.from(bytes);
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const response = await post(
        "List-Unsubscribe=One-Click",
        {},
        `/u/u1.k1.${turned.toString("base64url")}`,
      );
      if (response.status !== 404 || (await response.text()) !== neutral)
        throw new Error(`bit ${bit} was answered otherwise`);
      tried += 1;
    }
    expect(tried).toBe(bytes.length * 8);
    expect(await events()).toBe(before);
  });

  test("ten thousand random ones are not ours", () => {
    const hits = Array.from({ length: 10_000 }, () =>
      readUnsubscribeToken(TEST_SECRETS.token, `u1.k1.${randomBytes(88).toString("base64url")}`),
    ).filter((fields) => fields !== null);
    expect(hits).toEqual([]);
  });

  test("one signed with an older key of the ring works; with a key that is gone it is neutral", async () => {
    const fields = readUnsubscribeToken(TEST_SECRETS.token, token);
    if (fields === null) throw new Error("the token cannot be read");
    const rotated = {
      current: "k2",
      keys: { ...TEST_SECRETS.token.keys, k2: randomBytes(32).toString("base64") },
    };
    expect(readUnsubscribeToken(rotated, token)).toEqual(fields);
    expect(readUnsubscribeToken({ current: "k2", keys: { k2: rotated.keys.k2 } }, token)).toBeNull();
    expect(mintUnsubscribeToken(TEST_SECRETS.token, fields)).toBe(token);
  });
});
