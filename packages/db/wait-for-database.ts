import { sql } from "drizzle-orm";
import { type Database, outsideWorkspaces } from "./database.ts";

const LOOK_EVERY_MS = 500;

/** Nobody listens (yet), the name is not known (yet), or the server is starting, stopping or full. */
const PASSING = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN"],
  ...["CONNECT_TIMEOUT", "CONNECTION_CLOSED", "CONNECTION_DESTROYED", "CONNECTION_LOST"],
  ...["57P01", "57P02", "57P03", "53300"],
]);

/**
 * Waits until the database answers, so that a process may start while its server restarts.
 * @param onWait called once, when the first look finds no answer.
 * @returns null, or what is wrong: waiting was in vain, or would be (a wrong password, an unknown database).
 */
export async function waitForDatabase(
  database: Database,
  patienceMs: number,
  onWait: () => void,
): Promise<string | null> {
  const deadline = performance.now() + patienceMs;
  for (let looks = 0; ; looks += 1) {
    try {
      await outsideWorkspaces(database, (tx) => tx.execute(sql`select 1`));
      return null;
    } catch (error) {
      const code = codeOf(error);
      if (!PASSING.has(code)) return `DATABASE_URL: the database refuses us (${code})`;
      if (performance.now() > deadline) return `DATABASE_URL: the database does not answer (${code})`;
      if (looks === 0) onWait();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

/** The driver's or the server's code, also where drizzle has wrapped the error. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown";
  if ("code" in error && error.code !== undefined) return String(error.code);
  return "cause" in error && error.cause !== undefined ? codeOf(error.cause) : "unknown";
}
