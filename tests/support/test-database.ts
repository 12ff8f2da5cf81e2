import { randomBytes } from "node:crypto";
import postgres from "postgres";

export const TEMPLATE = "consentry_template";

/** The same login on another database of the server. */
export function databaseUrl(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}

export async function createDatabase(url: string, name: string, template: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await client.unsafe(`create database "${name}" template "${template}"`);
  } finally {
    await client.end();
  }
}

export interface TestDatabase {
  /** The owner's login on a migrated database of its own. */
  readonly ownerUrl: string;
  drop(): Promise<void>;
}

/** A fresh, migrated database, copied from the run's template. */
export async function createTestDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await createDatabase(serverUrl, name, TEMPLATE);
  return {
    ownerUrl: databaseUrl(serverUrl, name),
    drop: async () => {
      const client = postgres(serverUrl, { max: 1, onnotice: () => undefined });
      try {
        await client.unsafe(`drop database "${name}" with (force)`);
      } finally {
        await client.end();
      }
    },
  };
}
