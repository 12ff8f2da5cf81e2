import { mkdirSync, rmSync, writeFileSync } from "node:fs";
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
let stopped: Promise<void> | null = null;
let isInterrupted = false;

function stopAll(): Promise<void> {
  stopped ??= (async () => {
    for (const cleanup of cleanups.reverse()) {
      try {
        await cleanup();
      } catch (error) {
        // The other steps are undone all the same: a lock or a database left behind would bar the next start.
        console.error(error);
      }
    }
  })();
  return stopped;
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
// In a turn of its own: the signals below must have their handlers before anything is started.
const starting = Promise.resolve()
  .then(start)
  .catch((error: unknown) => error);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (isInterrupted) return;
    isInterrupted = true;
    console.log("\nStopping…");
    // The step under way is finished first: what it starts would otherwise not be known and go on without us.
    void starting.then(stopAll).then(() => process.exit(0));
  });
}
const problem = await starting;
// Ctrl-C reaches our children too: a step that failed because of it is not worth a word.
await new Promise((resolve) => setImmediate(resolve));
if (problem !== null && !isInterrupted) {
  console.error(problem);
  await stopAll();
  process.exit(1);
}

/** Starts everything, one step after the other; ends early when interrupted. Returns what is wrong, or null. */
async function start(): Promise<string | null> {
  const secrets = localSecrets(directory);
  let databaseUrl = "";
  let place = "your DATABASE_URL";
  if (!has("DATABASE_URL")) {
    const postgres = await startEmbeddedPostgres({ directory: `${directory}/postgres` });
    cleanups.push(() => postgres.stop());
    databaseUrl = postgres.url;
    // For the commands that look into the database while we run.
    writeFileSync(`${directory}/database.url`, databaseUrl, { mode: 0o600 });
    cleanups.push(() => rmSync(`${directory}/database.url`, { force: true }));
    place = postgres.isElsewhere
      ? `${postgres.clusterDirectory} (user postgres cannot enter this directory)`
      : postgres.clusterDirectory;
  }
  if (isInterrupted) return null;
  const capture = has("SMTP_URL") ? null : await startCaptureServer(`${directory}/inbox`);
  if (capture !== null) cleanups.push(() => capture.stop());
  const read = localConfig({
    databaseUrl,
    smtpUrl: capture?.smtpUrl ?? "",
    secrets,
    ledgerExportDir: `${directory}/ledger`,
  });
  if (read.kind === "problems") return read.problems.join("\n");
  const { config } = read;
  await migrate(config.databaseUrl);
  if (isInterrupted) return null;
  const started = await startApi(config, capture);
  if (started.kind === "problem") return started.message;
  const { api } = started;
  cleanups.push(() => api.stop());
  const key = config.bootstrapApiKey ?? secrets.apiKey;
  const bootstrap = await bootstrapWorkspace(api.deps, key, "Default");
  if (bootstrap.kind === "problem") return bootstrap.message;
  const { workspaceId } = bootstrap;
  await api.auth.ensureUser(DEMO_EMAIL, secrets.demoPassword, workspaceId);
  if (config.demo) await seedDemo(api.deps, workspaceId);
  if (isInterrupted) return null;
  const worker = await startWorker(config, capture);
  if (worker.kind === "problem") return worker.message;
  cleanups.push(() => worker.worker.stop());
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
  return null;
}
