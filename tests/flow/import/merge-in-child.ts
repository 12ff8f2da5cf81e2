import { openDatabase } from "#db/database";
import { type ImportAsk, runImport } from "#flow/contacts/import/run-import";
import type { FlowDeps } from "#flow/deps";

/** What the test that starts this process wants merged. */
const { ask, ownerUrl, keys } = JSON.parse(process.env["MERGE"] ?? "{}") as {
  readonly ask: ImportAsk;
  readonly ownerUrl: string;
  readonly keys: FlowDeps["keys"];
};
const database = openDatabase(ownerUrl, { connectionsMax: 1, applicationName: "merge-in-child" });
await runImport({ database, keys, ring: async () => undefined }, ask);
await database.close();
