import { createApiKey, type Scope } from "#flow/access/api-keys";
import { startLog } from "#flow/log";
import { createApp } from "../../apps/api/app.ts";
import { startConsoleAuth } from "../../apps/api/console/auth.ts";
import { type TestWorkspace, testConfig } from "./product.ts";

export interface TestApi {
  readonly app: ReturnType<typeof createApp>;
  /** Calls the API with a key; a body is sent as JSON. */
  call(
    token: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
  key(scopes: readonly Scope[]): Promise<string>;
}

/** What an answer says, in the form the test expects of it: taken on trust here, and checked by what it asserts. */
export const answerOf = async <Answer = Record<string, unknown>>(
  response: Response | Promise<Response>,
): Promise<Answer> => (await (await response).json()) as Answer;

/** The whole app on a test workspace's database, called without a socket. */
export function testApi(workspace: TestWorkspace, ownerUrl: string): TestApi {
  const config = testConfig(ownerUrl, 1);
  const app = createApp({
    deps: workspace.deps,
    config,
    log: startLog("test", "silent"),
    auth: startConsoleAuth(workspace.database, config),
    inbox: null,
    queueDepth: async () => 0,
  });
  return {
    app,
    call: async (token, method, path, body, headers = {}) =>
      app.request(path, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    key: async (scopes) =>
      (
        await createApiKey(workspace.deps, {
          workspaceId: workspace.workspaceId,
          actor: "test",
          name: "test",
          scopes,
        })
      ).token,
  };
}
