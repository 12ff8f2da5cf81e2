import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type TestApi, testApi } from "../support/api.ts";
import { createTestForm, type TestForm } from "../support/front-door.ts";
import { createWorkspace, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let other: TestWorkspace;
let api: TestApi;
let form: TestForm;
let key = "";

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  other = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  form = await createTestForm(workspace);
  key = await api.key(["senders:read", "senders:write"]);
});

afterAll(async () => {
  await workspace.close();
  await other.close();
  await database.drop();
});

const body = (change: object = {}) => ({
  senderId: workspace.senderId,
  name: "Shop",
  offers: [{ purposeId: workspace.purposeId, channel: "email", noticeIds: [workspace.noticeId] }],
  ...change,
});

describe("POST /v1/forms", () => {
  test("makes a form and says where its page is", async () => {
    const response = await api.call(key, "POST", "/v1/forms", body());
    expect(response.status).toBe(201);
    const made = (await response.json()) as { id: string; url: string; isActive: boolean };
    expect(made).toMatchObject({ name: "Shop", isActive: true, asksName: false, asksPhone: false });
    expect(new URL(made.url).pathname).toBe(`/f/${made.id}`);
    expect((await api.app.request(new URL(made.url).pathname)).status).toBe(200);
  });

  const offer = (change: object) => ({
    purposeId: workspace.purposeId,
    channel: "email",
    noticeIds: [workspace.noticeId],
    ...change,
  });
  test.each([
    ["another workspace's sender", () => body({ senderId: other.senderId }), "/senderId"],
    [
      "another workspace's purpose",
      () => body({ offers: [offer({ purposeId: other.purposeId })] }),
      "/offers/0/purposeId",
    ],
    [
      "another workspace's notice",
      () => body({ offers: [offer({ noticeIds: [other.noticeId] })] }),
      "/offers/0/noticeIds/0",
    ],
    [
      "the wording of another topic",
      () => body({ offers: [offer({ noticeIds: [form.offersNoticeId] })] }),
      "/offers/0/noticeIds/0",
    ],
    [
      "one language twice",
      () => body({ offers: [offer({ noticeIds: [workspace.noticeId, workspace.noticeId] })] }),
      "/offers/0/noticeIds/1",
    ],
    ["the same box twice", () => body({ offers: [offer({}), offer({})] }), "/offers/1"],
    [
      "calls without asking for a number",
      () => body({ offers: [offer({ channel: "phone" })] }),
      "/offers/0/channel",
    ],
  ])("refuses %s, with the path of the field", async (_sentence, wrong, path) => {
    const response = await api.call(key, "POST", "/v1/forms", wrong());
    expect(response.status).toBe(422);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors.map((error) => error.path)).toContain(path);
  });

  test.each([
    ["a field nobody knows", { redirectUrl: "https://evil.example" }],
    ["no box", { offers: [] }],
    [
      "a box without wording",
      { offers: [{ purposeId: "00000000-0000-4000-8000-000000000000", channel: "email", noticeIds: [] }] },
    ],
    [
      "a box that is ticked already",
      {
        offers: [
          {
            purposeId: "00000000-0000-4000-8000-000000000000",
            channel: "email",
            noticeIds: [],
            isTicked: true,
          },
        ],
      },
    ],
  ])("refuses %s", async (_sentence, change) => {
    expect((await api.call(key, "POST", "/v1/forms", body(change))).status).toBe(400);
  });
});

test("PATCH changes what is named and nothing else; a reader cannot, and nobody in another workspace", async () => {
  const changed = await api.call(key, "PATCH", `/v1/forms/${form.formId}`, { name: "Renamed" });
  expect(await changed.json()).toMatchObject({ name: "Renamed", asksPhone: true, isActive: true });
  const reader = await api.key(["senders:read"]);
  expect((await api.call(reader, "PATCH", `/v1/forms/${form.formId}`, { name: "x" })).status).toBe(403);
  const stranger = testApi(other, database.ownerUrl);
  const foreign = await stranger.key(["admin"]);
  for (const [method, sent] of [
    ["GET", undefined],
    ["PATCH", { name: "x" }],
  ] as const)
    expect((await stranger.call(foreign, method, `/v1/forms/${form.formId}`, sent)).status).toBe(404);
  const listed = (await (await stranger.call(foreign, "GET", "/v1/forms")).json()) as { items: unknown[] };
  expect(listed.items).toEqual([]);
});

test("a form that asks for a number cannot stop asking while it offers calls", async () => {
  const response = await api.call(key, "PATCH", `/v1/forms/${form.formId}`, { asksPhone: false });
  expect(response.status).toBe(422);
});
