import { mkdirSync } from "node:fs";
import { relative } from "node:path";
import { migrate } from "#db/migrate";
import { bootstrapWorkspace } from "#flow/access/api-keys";
import { startApi } from "../api/server.ts";
import { startWorker } from "../worker/worker.ts";
import { startCaptureServer } from "./capture-server.ts";
import { dataDirectory, has, localConfig, wantedUrl } from "./config.ts";
import { seedDemo } from "./demo/seed.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { takeLock } from "./lock.ts";
import { localSecrets } from "./secrets.ts";

const DEMO_EMAIL = "demo@consentry.example";

/** Steps to undo, newest first: whatever was started is stopped, whichever later step failed. */
const cleanups: (() => Promise<void> | void)[] = [];
let stopping: Promise<void> | null = null;

function stopAll(): Promise<void> {
  stopping ??= (async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  })();
  return stopping;
}

async function fail(message: string): Promise<never> {
  console.error(message);
  await stopAll();
  return process.exit(1);
}

const directory = dataDirectory();
mkdirSync(directory, { recursive: true, mode: 0o755 });
const lock = takeLock(directory, wantedUrl());
if (lock.kind === "running") {
  console.error(
    `Consentry is running already (process ${lock.pid}, ${lock.url}). Stop it first, or set PORT and DATA_DIR for a second one.`,
  );
  process.exit(1);
}
cleanups.push(() => lock.release());
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stopping === null) console.log("\nStopping…");
    void stopAll().then(() => process.exit(0));
  });
}

const secrets = localSecrets(directory);
let databaseUrl = "";
let place = "your DATABASE_URL";
if (!has("DATABASE_URL")) {
  const postgres = await startEmbeddedPostgres({ directory: `${directory}/postgres` });
  cleanups.push(() => postgres.stop());
  databaseUrl = postgres.url;
  place = postgres.isElsewhere
    ? `${postgres.clusterDirectory} (user postgres cannot enter this directory)`
    : postgres.clusterDirectory;
}
const capture = has("SMTP_URL") ? null : await startCaptureServer(`${directory}/inbox`);
if (capture !== null) cleanups.push(() => capture.stop());
const read = localConfig({ databaseUrl, smtpUrl: capture?.smtpUrl ?? "", secrets });
if (read.kind === "problems") await fail(read.problems.join("\n"));
if (read.kind === "config") {
  const { config } = read;
  await migrate(config.databaseUrl);
  const started = await startApi(config, capture);
  if (started.kind === "problem") await fail(started.message);
  if (started.kind === "running") {
    const { api } = started;
    cleanups.push(() => api.stop());
    const key = config.bootstrapApiKey ?? secrets.apiKey;
    const { workspaceId } = await bootstrapWorkspace(api.deps, key, "Default");
    await api.auth.ensureUser(DEMO_EMAIL, secrets.demoPassword, workspaceId);
    if (config.demo) await seedDemo(api.deps, workspaceId);
    const worker = await startWorker(config);
    if (worker.kind === "problem") await fail(worker.message);
    if (worker.kind === "running") cleanups.push(() => worker.worker.stop());
    console.log(`
Consentry is running.

  Console   ${api.url}
  Login     ${DEMO_EMAIL}  ${secrets.demoPassword}
  Inbox     ${capture === null ? "off: mail goes to SMTP_URL" : `${api.url}/inbox`}
  API       ${api.url}/docs
  API key   ${key}
  Data      ${relative(process.cwd(), directory) || "."}; database in ${place}

  Ctrl-C stops everything.
`);
  }
}
