import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "#db/migrate";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../apps/local/embedded-postgres.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { createDatabase, databaseUrl } from "../support/test-database.ts";

/** The servers everything happens on: a PostgreSQL that keeps what it acknowledged, as production must, and a Redis. */
export interface Stage {
  readonly postgres: EmbeddedPostgres;
  readonly redis: RedisServer;
  /** Makes a migrated database and returns its owner's login. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), "consentry-chaos-"));
  // PostgreSQL runs as another user under root and has to get in.
  chmodSync(directory, 0o755);
  const postgres = await startEmbeddedPostgres({ directory: join(directory, "postgres") });
  const redis = await startRedis(directory);
  return {
    postgres,
    redis,
    database: async (name) => {
      await createDatabase(postgres.url, name, "template0");
      const url = databaseUrl(postgres.url, name);
      await migrate(url);
      return url;
    },
    stop: async () => {
      await redis.stop();
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
