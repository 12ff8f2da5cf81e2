import { openDatabase } from "#db/database";
import type { FlowDeps } from "#flow/deps";
import { JournalUnreadable } from "#flow/stops/journal/journal-file";
import { restoreStops } from "#flow/stops/journal/restore-stops";
import { config } from "./config.ts";

/** Records anew the stops of the journal that a restored database does not know. Workers do the same at their start. */
const { databaseUrl, secrets, ledgerExportDir } = config();
if (ledgerExportDir === null) {
  console.error("LEDGER_EXPORT_DIR: is not set");
  process.exit(1);
}
const database = openDatabase(databaseUrl, { applicationName: "consentry restore-stops" });
const deps: FlowDeps = { database, keys: secrets, ring: async () => undefined };
try {
  const { read, stops } = await restoreStops(deps, null, ledgerExportDir);
  console.log(`${read} lines read that the database did not account for, ${stops} stops recorded anew`);
} catch (error) {
  if (!(error instanceof JournalUnreadable)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await database.close();
}
