import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { RULESET } from "#core/ruleset";
import { startConsoleAuth } from "../../apps/api/console/auth.ts";
import { type TestApi, testApi } from "../support/api.ts";
import { setClockAhead } from "../support/clock.ts";
import { createWorkspace, type TestWorkspace, testConfig } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const EMAIL = "ada@acme.example";
const PASSWORD = "a long enough password";
const OWN = { "sec-fetch-site": "same-origin" };

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  const auth = startConsoleAuth(workspace.database, testConfig(database.ownerUrl, 1));
  await auth.ensureUser(EMAIL, PASSWORD, workspace.workspaceId);
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

async function rulesPage(): Promise<string> {
  const login = await api.app.request("/login", {
    method: "POST",
    headers: { ...OWN, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ email: EMAIL, password: PASSWORD }),
  });
  const cookie = login.headers.getSetCookie().map((each) => each.split(";")[0] ?? "");
  const page = await api.app.request("/rules", { headers: { cookie: cookie.join("; ") } });
  expect(page.status).toBe(200);
  return page.text();
}

/** What stands between two headings of the page. */
const between = (page: string, from: string, to: string) =>
  page.slice(page.indexOf(`<h2>${from}</h2>`), page.indexOf(`<h2>${to}</h2>`));

test("nobody sees the rules page without a login", async () => {
  const answer = await api.app.request("/rules");
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/login"]);
});

test("what is coming is told by the database's clock: in June 2026 France has not changed yet, in November it has", async () => {
  const at = (instant: string) => setClockAhead(database.ownerUrl, Date.parse(instant) - Date.now());
  await at("2026-06-01T12:00:00Z");
  const june = await rulesPage();
  expect(june).toContain(RULESET);
  expect(june).toContain("1 Jun 2026");
  expect(between(june, "Coming", "Changed in the last 180 days")).toContain("opt-out-regime-calls-france");
  await at("2026-11-24T12:00:00Z");
  const november = await rulesPage();
  expect(between(november, "Coming", "Changed in the last 180 days")).not.toContain("calls-france");
  expect(between(november, "Changed in the last 180 days", "Before permission")).toContain("calls-france");
});
