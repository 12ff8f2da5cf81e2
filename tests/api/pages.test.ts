import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { startConsoleAuth } from "../../apps/api/console/auth.ts";
import { type TestApi, testApi } from "../support/api.ts";
import { createWorkspace, importCsv, type TestWorkspace, testConfig } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const EMAIL = "staff@consentry.example";
const PASSWORD = "a long enough password";

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let cookie = "";

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  const auth = startConsoleAuth(workspace.database, testConfig(database.ownerUrl, 1));
  await auth.ensureUser(EMAIL, PASSWORD, workspace.workspaceId);
  const login = await api.app.request("/login", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ email: EMAIL, password: PASSWORD }),
  });
  expect(login.status).toBe(303);
  cookie = login.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

const browse = (path: string, headers: Record<string, string> = {}) =>
  api.app.request(path, { headers: { accept: "text/html,*/*;q=0.8", cookie, ...headers } });

test.each([
  ["a campaign that does not exist", `/campaigns/${randomUUID()}`, "There is no such campaign"],
  ["an address that does not exist", "/nowhere", "There is nothing at this address"],
  ["an import that does not exist", "/import/nothing/errors", "There is no such import"],
])("a person who opens %s sees a page that says so, not problem details", async (_sentence, path, words) => {
  const page = await browse(path);
  expect(page.status).toBe(404);
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(await page.text()).toContain(words);
});

test("a program gets problem details there, and so does everyone from the API", async () => {
  const answers = [
    await api.app.request("/nowhere", { headers: { accept: "*/*" } }),
    await browse("/v1/nothing"),
  ];
  for (const answer of answers) expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answers).toHaveLength(2);
});

test("a live part whose session has ended sends the whole page to the login instead of showing it inside", async () => {
  const path = `/campaigns/${randomUUID()}/live`;
  const part = await browse(path, { cookie: "", "hx-request": "true" });
  expect([part.status, part.headers.get("hx-redirect"), await part.text()]).toEqual([204, "/login", ""]);
  const page = await browse(path, { cookie: "" });
  expect([page.status, page.headers.get("location")]).toEqual([303, "/login"]);
});

test("the imports page names each refusal and has its file", async () => {
  const importId = await importCsv(workspace, "email,full_name\nno address,Nobody\n");
  const page = await (await browse("/import")).text();
  expect(page).toContain("<code>email-invalid</code>");
  expect(page).toContain(`href="/import/${importId}/errors"`);
  const file = await browse(`/import/${importId}/errors`);
  expect(file.headers.get("content-disposition")).toContain("refused-rows.csv");
  expect(await file.text()).toContain("email-invalid");
});
