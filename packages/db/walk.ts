import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "./database.ts";

/**
 * The rows of a query in batches, from one snapshot: a cursor in this transaction, which walks one query at a time
 * and to its end.
 */
export async function* walk<Row extends object>(
  tx: Tx,
  query: SQL,
  batchSize: number,
): AsyncGenerator<Row[]> {
  await tx.execute(sql`declare walk no scroll cursor for ${query}`);
  for (;;) {
    const batch = await tx.execute(sql`fetch ${sql.raw(String(Math.trunc(batchSize)))} from walk`);
    if (batch.length === 0) break;
    // As with `execute`, the caller says what the query's rows are.
    yield [...batch] as Row[];
  }
  await tx.execute(sql`close walk`);
}
