import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type TestApi, testApi } from "../support/api.ts";
import { createWorkspace, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
});
afterAll(async () => {
  await workspace.close();
  await database.drop();
});

test("the record of processing is made from what is in force, and follows when that changes", async () => {
  const key = await api.key(["policy:read", "policy:write", "contacts:write", "senders:write"]);
  const read = async () =>
    (await (await api.call(key, "GET", "/v1/processing-record")).json()) as Record<string, unknown>;
  expect(await read()).toMatchObject({
    activities: [
      {
        purpose: "Newsletter",
        dpvTerm: "dpv:DirectMarketing",
        controller: { name: "Acme GmbH", postalAddress: "Hauptstraße 1, 10115 Berlin" },
        legalBasis: "consent (GDPR Art. 6(1)(a))",
        channels: ["email"],
        notices: [{ version: "2026-01", language: "en" }],
      },
    ],
    sources: [],
    retention: expect.arrayContaining([expect.objectContaining({ dataClass: "import-files", days: 30 })]),
  });
  await api.call(key, "PUT", "/v1/retention/import-files", { days: 7 });
  await api.call(key, "POST", "/v1/sources", { key: "fair", name: "Spring fair", kind: "csv-import" });
  await api.call(key, "PATCH", `/v1/senders/${workspace.senderId}`, { legalBasis: "law" });
  const changed = await read();
  expect(changed).toMatchObject({
    activities: [{ legalBasis: expect.stringContaining("law of the person's place") }],
    sources: [{ name: "Spring fair", isVerified: false }],
    retention: expect.arrayContaining([expect.objectContaining({ dataClass: "import-files", days: 7 })]),
  });
});

test("it is a page for who asks for one, and nothing for who may not see settings", async () => {
  const key = await api.key(["policy:read"]);
  const page = await api.call(key, "GET", "/v1/processing-record", undefined, { accept: "text/html" });
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(await page.text()).toContain("<h2>Newsletter</h2>");
  const other = await api.key(["contacts:read"]);
  expect((await api.call(other, "GET", "/v1/processing-record")).status).toBe(403);
});
