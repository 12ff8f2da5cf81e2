import { serve } from "@hono/node-server";
import { openDatabase } from "#db/database";
import { waitForDatabase } from "#db/wait-for-database";
import { openDoorbell, redisProblem } from "#doorbell/doorbell";
import { bootstrapWorkspace } from "#flow/access/api-keys";
import type { Config } from "#flow/config";
import type { FlowDeps } from "#flow/deps";
import type { CapturedInbox } from "#flow/inbox";
import { startLog } from "#flow/log";
import { keepJournal } from "#flow/stops/journal/keep-journal";
import { createApp } from "./app.ts";
import { type ConsoleAuth, startConsoleAuth } from "./console/auth.ts";
import type { Services } from "./context.ts";

/** A server that restarts is back by then. */
const DATABASE_PATIENCE_MS = 60_000;

export interface RunningApi {
  readonly url: string;
  readonly deps: FlowDeps;
  readonly auth: ConsoleAuth;
  /** Answers what has begun, then ends. */
  stop(): Promise<void>;
}

export type ApiStart =
  | { readonly kind: "running"; readonly api: RunningApi }
  | { readonly kind: "problem"; readonly message: string };

/** Starts the API, the public pages and the console on one port. */
export async function startApi(config: Config, inbox: CapturedInbox | null): Promise<ApiStart> {
  const problem = config.redisUrl === null ? null : await redisProblem(config.redisUrl);
  if (problem !== null) return { kind: "problem", message: problem };
  const log = startLog("api", config.logLevel);
  const database = openDatabase(config.databaseUrl, { connectionsMax: 15, applicationName: "consentry api" });
  const fault = await waitForDatabase(database, DATABASE_PATIENCE_MS, () =>
    log.warn("the database does not answer yet"),
  );
  if (fault !== null) {
    await database.close();
    return { kind: "problem", message: fault };
  }
  const queue = openDoorbell({
    databaseUrl: config.databaseUrl,
    redisUrl: config.redisUrl,
    onError: (error) => log.error({ err: error }, "the doorbell's connection failed"),
  });
  const deps: FlowDeps = {
    database,
    keys: config.secrets,
    // A ring that fails is not the caller's problem: the sweeper finds the work.
    ring: (doorbell) =>
      queue.ring(doorbell).catch((error: unknown) => log.error({ err: error }, "a ring was lost")),
  };
  const journal = await keepJournal(deps, inbox, config.ledgerExportDir, (error) =>
    log.error({ err: error }, "stops could not be written to the journal"),
  ).catch(async (error: unknown) => {
    await queue.close();
    await database.close();
    throw error;
  });
  if (journal.kind === "problem") {
    await queue.close();
    await database.close();
    return journal;
  }
  if (journal.restored.stops > 0) log.warn(journal.restored, "stops of the journal were recorded anew");
  const closeConnections = async () => {
    await journal.stop();
    await queue.close();
    await database.close();
  };
  const started = await serveRequests(config, { deps, config, log, inbox, queueDepth: queue.depth }).catch(
    async (error: unknown) => {
      await closeConnections();
      throw error;
    },
  );
  if (started.kind === "problem") {
    // Left open, they would take the process down when the database goes, before the caller has cleaned up.
    await closeConnections();
    return started;
  }
  log.info({ port: started.port }, "the API is ready");
  return {
    kind: "running",
    api: {
      url: `http://${config.host}:${started.port}`,
      deps,
      auth: started.auth,
      stop: async () => {
        await started.close();
        await closeConnections();
        log.info("the API has stopped");
      },
    },
  };
}

/** Makes the first key's workspace, where one is configured, and answers requests from then on. */
async function serveRequests(config: Config, parts: Omit<Services, "auth">) {
  if (config.bootstrapApiKey !== null) {
    const bootstrap = await bootstrapWorkspace(parts.deps, config.bootstrapApiKey, "Default");
    if (bootstrap.kind === "problem") return bootstrap;
  }
  const auth = startConsoleAuth(parts.deps.database, config);
  const started = await listen(createApp({ ...parts, auth }).fetch, config);
  return started.kind === "problem" ? started : { ...started, auth };
}

function listen(fetch: Parameters<typeof serve>[0]["fetch"], config: Config) {
  return new Promise<
    { kind: "listening"; port: number; close: () => Promise<void> } | { kind: "problem"; message: string }
  >((resolve) => {
    const server = serve({ fetch, hostname: config.host, port: config.port }, (info) =>
      resolve({
        kind: "listening",
        port: info.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ("closeIdleConnections" in server) server.closeIdleConnections();
            if ("closeAllConnections" in server)
              setTimeout(() => server.closeAllConnections(), 2_000).unref();
          }),
      }),
    );
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve({
        kind: "problem",
        message:
          error.code === "EADDRINUSE"
            ? `PORT: ${config.port} is in use by another program`
            : `the API cannot listen: ${error.code}`,
      }),
    );
  });
}
