import { openDatabase, outsideWorkspaces } from "#db/database";
import { listWorkspaces } from "#db/queries/workspaces";
import type { FlowDeps } from "#flow/deps";
import { retain } from "#flow/rights/retain";
import { config } from "./config.ts";

/** Removes what was kept long enough, in every workspace; with `--dry-run` it only counts. Workers do it once a day. */
const words = process.argv.slice(2);
if (words.some((word) => word !== "--dry-run")) {
  console.error("npm run retention [-- --dry-run]");
  process.exit(2);
}
const dryRun = words.includes("--dry-run");
const { databaseUrl, secrets } = config();
const database = openDatabase(databaseUrl, { applicationName: "consentry retention" });
const deps: FlowDeps = { database, keys: secrets, ring: async () => undefined };
try {
  for (const { id } of await outsideWorkspaces(database, listWorkspaces)) {
    const removed = await retain(deps, null, { workspaceId: id, dryRun, actor: "retention" });
    const counts = Object.entries(removed).map(([dataClass, count]) => `${dataClass} ${count}`);
    console.log(`${id} ${dryRun ? "would remove" : "removed"}: ${counts.join(", ")}`);
  }
} finally {
  await database.close();
}
