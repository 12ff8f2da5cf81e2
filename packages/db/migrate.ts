import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";

/** Any process may migrate at start; one at a time does. The number only has to differ from other users'. */
const MIGRATION_LOCK = 7_303_014;

/**
 * Brings a database to the newest schema. `ownerUrl` must belong to a role that may create tables and roles.
 * @throws when a migration fails; the failed one is rolled back whole.
 */
export async function migrate(ownerUrl: string): Promise<void> {
  const client = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await applyMigrations(drizzle(client), { migrationsFolder: migrationsFolder() });
  } finally {
    await client.end({ timeout: 5 });
  }
}

/** The SQL files stand beside the sources; compiled code lies one folder deeper, under dist. */
function migrationsFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return join(here.replace(`${join("dist", "packages")}`, "packages"), "migrations");
}
