import { startConsoleAuth } from "../../apps/api/console/auth.ts";
import { type TestApi, testApi } from "./api.ts";
import { type TestWorkspace, testConfig } from "./product.ts";

export const STAFF_EMAIL = "staff@consentry.example";
const PASSWORD = "a long enough password";

/** The console as a logged-in owner uses it with a browser, without a socket. */
export interface TestConsole {
  readonly api: TestApi;
  get(path: string): Promise<Response>;
  /** Sends a form from the console's own pages. */
  post(path: string, fields: Readonly<Record<string, string>> | FormData): Promise<Response>;
}

export async function testConsole(workspace: TestWorkspace, ownerUrl: string): Promise<TestConsole> {
  const api = testApi(workspace, ownerUrl);
  const auth = startConsoleAuth(workspace.database, testConfig(ownerUrl, 1));
  await auth.ensureUser(STAFF_EMAIL, PASSWORD, workspace.workspaceId);
  const own = { accept: "text/html", "sec-fetch-site": "same-origin" };
  const login = await api.app.request("/login", {
    method: "POST",
    headers: own,
    body: new URLSearchParams({ email: STAFF_EMAIL, password: PASSWORD }),
  });
  if (login.status !== 303) throw new Error(`the login answered ${login.status}`);
  const cookie = login.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  return {
    api,
    get: async (path) => api.app.request(path, { headers: { ...own, cookie } }),
    post: async (path, fields) =>
      api.app.request(path, {
        method: "POST",
        headers: { ...own, cookie },
        body: fields instanceof FormData ? fields : new URLSearchParams(fields),
      }),
  };
}
