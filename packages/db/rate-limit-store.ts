import type { Database } from "./database.ts";

/** A statement as rate-limiter-flexible asks it. */
interface LimiterQuery {
  readonly text: string;
  readonly values?: readonly (string | number | null)[];
}

/** The table its counters stand in. */
export const RATE_LIMIT_TABLE = "rate_limit";

/** The database as the rate limiter's PostgreSQL store wants its client: counters are shared by all processes. */
export function rateLimitStore(database: Database) {
  return {
    query: async ({ text, values }: LimiterQuery) => {
      const rows = await database.alone({ text, values: values ?? [] });
      return { rows: [...rows], rowCount: rows.count };
    },
  };
}
