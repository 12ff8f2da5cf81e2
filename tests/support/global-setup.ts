import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../apps/local/embedded-postgres.ts";
import { migrate } from "../../packages/db/migrate.ts";
import { findProgram } from "./programs.ts";
import { startRedis } from "./redis-server.ts";
import { createDatabase, databaseUrl, TEMPLATE } from "./test-database.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
    redisUrl: string;
    chromiumPath: string;
  }
}

/** One PostgreSQL and one Redis for the whole run; every test file makes databases of its own from a template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), "consentry-tests-"));
  // PostgreSQL runs as another user under root and has to get in.
  chmodSync(directory, 0o755);
  const postgres = await startEmbeddedPostgres({ directory: join(directory, "postgres"), isDurable: false });
  const redis = await startRedis(directory);
  await createDatabase(postgres.url, TEMPLATE, "template0");
  await migrate(databaseUrl(postgres.url, TEMPLATE));
  project.provide("postgresUrl", postgres.url);
  project.provide("redisUrl", redis.url);
  project.provide("chromiumPath", findProgram("chromium"));
  return async () => {
    await redis.stop();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}
