import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Logger } from "pino";
import type { Caller } from "#flow/access/api-keys";
import type { Config } from "#flow/config";
import type { FlowDeps } from "#flow/deps";
import type { CapturedInbox } from "#flow/inbox";
import type { ConsoleAuth } from "./console/auth.ts";

/** What the API's handlers work with; made once at start and passed in. */
export interface Services {
  readonly deps: FlowDeps;
  readonly config: Config;
  readonly log: Logger;
  readonly auth: ConsoleAuth;
  /** Only where mail is captured on this machine, as in the demo. */
  readonly inbox: CapturedInbox | null;
  readonly queueDepth: () => Promise<number>;
}

export interface ApiEnv {
  Variables: { caller: Caller };
}

export type Api = OpenAPIHono<ApiEnv>;
