import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type TestApi, testApi } from "../support/api.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
} from "../support/product.ts";
import { takeOverList } from "../support/registry-file.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let admin = "";
/** Every GET of the API, from its own description. */
let gets: { readonly path: string; readonly parameters: readonly string[] }[] = [];
const ids: Record<string, string> = {};

/** As long as the rules name settings and lists; nobody can make them longer. */
const FIXED_LISTS = [
  "/v1/contacts/{id}/permissions",
  "/v1/contacts/{id}/receipts",
  "/v1/policy",
  "/v1/registries",
  "/v1/retention",
];
const LONG = 5;

interface Answer {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly next: string | null;
  readonly contactPoints: readonly { readonly id: string }[];
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

const call = async (method: string, path: string, body?: unknown) => {
  const response = await api.call(admin, method, path, body);
  return { status: response.status, answer: (await response.json()) as Answer & { readonly id: string } };
};

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  admin = await api.key(["admin"]);
  const document = (await (await api.call(null, "GET", "/openapi.json")).json()) as {
    paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>;
  };
  gets = Object.entries(document.paths).flatMap(([path, methods]) =>
    methods["get"] === undefined || !path.startsWith("/v1/")
      ? []
      : [
          {
            path,
            parameters: (methods["get"].parameters ?? [])
              .filter((each) => each.in === "query")
              .map((each) => each.name),
          },
        ],
  );
  await fill();
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

/** Five of everything that is listed. */
async function fill(): Promise<void> {
  for (let place = 0; place < LONG; place += 1) {
    ids["imports"] = await importCsv(workspace, consentedCsv(1, place + 1));
    ids["campaigns"] = await createCampaign(workspace);
    const key = `number-${place}`;
    const { senderId, purposeId } = workspace;
    const sender = { name: key, postalAddress: "Street 1", fromName: "x", fromAddress: "x@acme.example" };
    await call("POST", "/v1/senders", { key, ...sender });
    await call("POST", "/v1/purposes", { senderId, key, name: key, description: key });
    await call("POST", "/v1/notices", {
      purposeId,
      channel: "email",
      version: key,
      language: "en",
      wording: key,
      changesMeaning: false,
    });
    await call("POST", "/v1/sources", { key, name: key, kind: "purchased-list" });
    const offers = [{ purposeId, channel: "email", noticeIds: [workspace.noticeId] }];
    ids["forms"] = (await call("POST", "/v1/forms", { name: key, senderId, offers })).answer.id;
    const value = `pair${place}@example.com`;
    await call("POST", "/v1/contacts", { email: value });
    await call("POST", "/v1/contacts", { email: `pair${place}+too@example.com` });
    await call("POST", "/v1/suppressions", { channel: "email", value, kind: "hard-bounce" });
    await call("POST", "/v1/api-keys", { name: key, scopes: ["contacts:read"] });
    await takeOverList(workspace, `212555010${place}\n`);
    // Ids tell the order to the millisecond.
    await setTimeout(2);
  }
  const { answer: contact } = await call("POST", "/v1/contacts", { email: `p${randomUUID()}@example.com` });
  ids["contacts"] = contact.id;
  const [point] = contact.contactPoints;
  for (let place = 0; place < LONG; place += 1) {
    await call("POST", "/v1/consents", {
      contactPointId: point?.id,
      purposeId: workspace.purposeId,
      act: place % 2 === 0 ? "grant" : "withdraw",
      occurredAt: new Date(Date.now() - 60_000 + place * 1_000).toISOString(),
      method: "web-form",
      ...(place % 2 === 0 ? { noticeId: workspace.noticeId } : {}),
    });
  }
}

const filled = (path: string) =>
  path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    name === "senderId"
      ? workspace.senderId
      : name === "registryId"
        ? "US-NDNCR"
        : (ids[path.split("/")[path.includes("imports") ? 3 : 2] ?? ""] ?? "1"),
  );

describe("every GET", () => {
  test("refuses a query key that it does not know, and names it", async () => {
    const answers = await Promise.all(
      gets.map(async ({ path }) => {
        const { status, answer } = await call("GET", `${filled(path)}?limt=1`);
        return `${path} ${status} ${answer.errors?.map((error) => error.path).join()}`;
      }),
    );
    expect(answers.length).toBeGreaterThan(15);
    expect(answers.filter((answer) => !answer.endsWith(" 400 /limt"))).toEqual([]);
  });

  test("that answers with items takes a limit and a cursor, and its pages hold each item once, in one order", async () => {
    const lists: string[] = [];
    for (const { path, parameters } of gets.filter((each) => !each.path.endsWith("/events"))) {
      // Twice: a page of one after the other, and all of them together.
      const response = await api.call(admin, "GET", filled(path));
      if (!(response.headers.get("content-type") ?? "").includes("json")) continue;
      const whole = (await response.json()) as Answer;
      if (!Array.isArray(whole.items)) continue;
      expect({ path, next: whole.next }).toEqual({ path, next: null });
      if (FIXED_LISTS.includes(path)) continue;
      expect({ path, parameters }).toEqual({ path, parameters: expect.arrayContaining(["limit", "cursor"]) });
      lists.push(path);
      expect({ path, walked: await walk(filled(path)) }).toEqual({ path, walked: whole.items });
    }
    expect(lists.sort()).toEqual([
      "/v1/api-keys",
      "/v1/campaigns",
      "/v1/campaigns/{id}/recipients",
      "/v1/contacts",
      "/v1/contacts/imports",
      "/v1/contacts/{id}/consents",
      "/v1/duplicates",
      "/v1/forms",
      "/v1/notices",
      "/v1/privacy-requests",
      "/v1/purposes",
      "/v1/registries/{registryId}/imports",
      "/v1/renewals",
      "/v1/senders",
      "/v1/sources",
      "/v1/stale-points",
    ]);
  });
});

/** Everything, two at a time; more than two pages of it, where there is anything. */
async function walk(path: string): Promise<readonly object[]> {
  const seen: object[] = [];
  let next: string | null = null;
  let pages = 0;
  do {
    const { answer } = await call("GET", `${path}?limit=2${next === null ? "" : `&cursor=${next}`}`);
    expect(answer.items.length).toBeLessThanOrEqual(2);
    seen.push(...answer.items);
    next = answer.next;
    pages += 1;
  } while (next !== null);
  // Nobody was planned, so that no campaign has recipients here; lists.test.ts walks theirs. Nobody asked for anything, and no
  // consent ends soon.
  if (!/recipients$|privacy-requests$|renewals$/.test(path)) expect(pages).toBeGreaterThan(2);
  return seen;
}

test("a POST refuses a query key as well, and a key with a slash is named as a pointer writes it", async () => {
  const { status, answer } = await call("POST", "/v1/contacts?dry%2Frun=1", { email: "x@example.com" });
  expect([status, answer.errors[0]?.path]).toEqual([400, "/dry~1run"]);
  const { answer: found } = await call("POST", "/v1/contacts/search", { email: "x@example.com" });
  expect(found.items).toEqual([]);
});

test.each(["/v1/senders", "/v1/api-keys", "/v1/contacts/imports"])(
  "%s refuses a cursor that is not ours",
  async (path) => {
    for (const cursor of [
      "x",
      Buffer.from('{"id":7}').toString("base64url"),
      Buffer.from('{"id":"\' or 1=1"}').toString("base64url"),
    ]) {
      const { status, answer } = await call("GET", `${path}?cursor=${cursor}`);
      expect([status, answer.errors[0]?.path]).toEqual([400, "/cursor"]);
    }
  },
);

test("the description tells that an import is a form with a mapping and a file", async () => {
  const document = (await (await api.call(null, "GET", "/openapi.json")).json()) as {
    paths: Record<
      string,
      { post: { requestBody: { content: Record<string, { schema: { $ref: string } }> } } }
    >;
    components: { schemas: Record<string, { properties: Record<string, object>; required: string[] }> };
  };
  const content = document.paths["/v1/contacts/imports"]?.post.requestBody.content["multipart/form-data"];
  const schema = document.components.schemas[content?.schema.$ref.split("/").at(-1) ?? ""];
  expect(Object.keys(schema?.properties ?? {})).toEqual(["mapping", "file"]);
  expect(schema?.properties["file"]).toMatchObject({ type: "string", format: "binary" });
  expect(schema?.required).toEqual(["file"]);
  expect(await (await api.call(null, "GET", "/docs")).text()).toContain("multipart/form-data");
});
