import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { runFile } from "#flow/registries/file/run-file";
import { answerOf, type TestApi, testApi } from "../support/api.ts";
import { createWorkspace, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const PATH = "/v1/registries/US-NDNCR/imports";
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString();

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let token: string;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl, 5);
  api = testApi(workspace, database.ownerUrl);
  token = await api.key(["registries:write", "policy:read"]);
});
afterEach(async () => {
  await workspace.close();
  await database.drop();
});

type Fields = readonly (readonly [name: string, value: string])[];

function upload(fields: Fields, file: string | null, path = PATH, by = token) {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  if (file !== null) body.append("file", new Blob([file], { type: "text/plain" }), "list.txt");
  return api.app.request(path, { method: "POST", body, headers: { authorization: `Bearer ${by}` } });
}
const get = (path: string, by = token) => api.call(by, "GET", path);

test("a file is taken with 202, brought into force by a worker, and shown with what it changed and refused", async () => {
  const response = await upload([["asOf", YESTERDAY]], "212,5550101\n212,5550102\nnobody\n");
  expect(response.status).toBe(202);
  const { id, ...queued } = await answerOf<{ id: string }>(response);
  expect(queued).toEqual({ state: "queued", rows: 3 });
  expect(await answerOf(get(`${PATH}/${id}`))).toMatchObject({
    state: "queued",
    progress: 0,
    mode: "replace",
  });
  await runFile(workspace.deps, { workspaceId: workspace.workspaceId, importId: id });
  expect(await answerOf(get(`${PATH}/${id}`))).toEqual({
    id,
    registryId: "US-NDNCR",
    format: "us-ndncr",
    mode: "replace",
    partial: false,
    asOf: YESTERDAY,
    state: "finished",
    progress: 1,
    rows: 3,
    numbers: 2,
    added: 2,
    removed: 0,
    contactPoints: 0,
    refused: 1,
    refusedByReason: { "not-a-number": 1 },
    refusedLines: [{ line: 3, reason: "not-a-number" }],
    problem: null,
    createdAt: expect.any(String),
    inForceAt: expect.any(String),
    finishedAt: expect.any(String),
  });
  expect(await answerOf(get(PATH))).toMatchObject({ items: [{ id }], next: null });
  const lists = await answerOf<{ items: object[] }>(get("/v1/registries"));
  expect(lists.items).toContainEqual(
    expect.objectContaining({ registryId: "US-NDNCR", asOf: YESTERDAY, numbers: 2 }),
  );
});

test("a second file of a list is refused with 409 and the first one's id; so are numbers by the API", async () => {
  const { id } = await answerOf<{ id: string }>(upload([["asOf", YESTERDAY]], "2125550101\n"));
  const second = await upload([["asOf", YESTERDAY]], "2125550102\n");
  expect(second.status).toBe(409);
  expect(await answerOf(second)).toMatchObject({ detail: expect.stringContaining(id) });
  const put = await api.call(token, "PUT", "/v1/registries/US-NDNCR", { asOf: YESTERDAY, numbers: [] });
  expect(put.status).toBe(409);
});

describe("an upload is refused", () => {
  const asOf = ["asOf", YESTERDAY] as const;
  test.each<[string, Fields, string | null, number, string | null]>([
    ["without a date", [], "2125550101\n", 400, "/asOf"],
    ["with a date without a zone", [["asOf", "2026-01-01"]], "2125550101\n", 400, "/asOf"],
    ["with a date to come", [["asOf", "2090-01-01T00:00:00Z"]], "2125550101\n", 422, "/asOf"],
    ["with an unknown format", [asOf, ["format", "fr"]], "2125550101\n", 400, "/format"],
    ["with an unknown mode", [asOf, ["mode", "merge"]], "2125550101\n", 400, "/mode"],
    ["with an unknown field", [asOf, ["more", "1"]], "2125550101\n", 400, "/more"],
    ["without a file", [asOf], null, 400, "/file"],
    ["with a file that has no number", [asOf], "x\n", 422, "/file"],
    ["when it changes what is not there", [asOf, ["mode", "add"]], "2125550101\n", 409, null],
  ])("%s", async (_name, fields, file, status, path) => {
    const response = await upload(fields, file);
    const answer = await answerOf<{ errors?: { path: string }[] }>(response);
    expect({ status: response.status, path: answer.errors?.[0]?.path ?? null }).toEqual({ status, path });
    expect(await answerOf(upload([asOf], "2125550101\n"))).toMatchObject({ state: "queued" });
  });

  test("of a list nobody knows, as JSON, and without the right to it", async () => {
    expect((await upload([asOf], "1\n", "/v1/registries/XX-NONE/imports")).status).toBe(404);
    expect((await upload([asOf], "1\n", "/v1/registries/us%20ndncr/imports")).status).toBe(404);
    expect((await api.call(token, "POST", PATH, { asOf: YESTERDAY })).status).toBe(415);
    const reader = await api.key(["policy:read"]);
    expect((await upload([asOf], "2125550101\n", PATH, reader)).status).toBe(403);
  });

  test("when the connection breaks: it ends at once, and the list is free for the next", async () => {
    const head = [
      "--edge",
      'content-disposition: form-data; name="asOf"',
      "",
      YESTERDAY,
      "--edge",
      'content-disposition: form-data; name="file"; filename="list.txt"',
      "",
      "2125550101",
      "",
    ].join("\r\n");
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(head)),
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        controller.error(new Error("connection reset"));
      },
    });
    const response = await api.app.request(
      new Request(`http://test${PATH}`, {
        method: "POST",
        body,
        duplex: "half",
        headers: { authorization: `Bearer ${token}`, "content-type": "multipart/form-data; boundary=edge" },
      }),
    );
    expect(response.status).toBe(422);
    expect(await answerOf(get(PATH))).toMatchObject({ items: [{ state: "failed" }] });
    expect(await answerOf(upload([asOf], "2125550101\n"))).toMatchObject({ state: "queued" });
  });
});

test("a file may be larger than 1 MB; the numbers of the API and what a page takes may not", async () => {
  const body = " ".repeat(1024 * 1024 + 1);
  const headers = { authorization: `Bearer ${token}`, "content-length": String(body.length) };
  const statusOf = async (method: string, path: string) =>
    (await api.app.request(path, { method, body, headers })).status;
  expect(await statusOf("PUT", "/v1/registries/US-NDNCR")).toBe(413);
  expect(await statusOf("POST", "/settings/registries")).toBe(413);
  const lines = "212,5550101\n".repeat(100_000);
  expect((await upload([["asOf", YESTERDAY]], lines)).status).toBe(202);
});

test("an import is shown under its own list and workspace only", async () => {
  const { id } = await answerOf<{ id: string }>(upload([["asOf", YESTERDAY]], "2125550101\n"));
  expect((await get(`/v1/registries/GB-TPS/imports/${id}`)).status).toBe(404);
  const other = await createWorkspace(database.ownerUrl, 2);
  const stranger = await testApi(other, database.ownerUrl).key(["admin"]);
  expect((await get(`${PATH}/${id}`, stranger)).status).toBe(404);
  expect(await answerOf(get(PATH, stranger))).toEqual({ items: [], next: null });
  await other.close();
});
