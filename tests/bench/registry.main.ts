import { createReadStream } from "node:fs";
import { inWorkspace, openDatabase } from "#db/database";
import { readRegistryImport } from "#db/queries/registry-imports";
import type { FlowDeps } from "#flow/deps";
import { receiveFile } from "#flow/registries/file/receive-file";
import { runFile } from "#flow/registries/file/run-file";
import type { RegistryOrder, RegistryReport } from "./registry.ts";

/* One import of a list in a process of its own, threads and all, so that its memory is its own. */
const order = JSON.parse(process.env["REGISTRY"] ?? "{}") as RegistryOrder;
const database = openDatabase(order.ownerUrl, { connectionsMax: 4, applicationName: "registry bench" });
const deps: FlowDeps = { database, keys: order.keys, ring: async () => undefined };
const { workspaceId } = order;
const cpuBefore = process.cpuUsage();
const cpuSeconds = (use: NodeJS.CpuUsage) =>
  (use.user + use.system - cpuBefore.user - cpuBefore.system) / 1e6;
const startedAt = performance.now();
const received = await receiveFile(deps, {
  workspaceId,
  actor: "bench",
  registryId: "US-NDNCR",
  asOf: new Date(Date.now() - 3_600_000),
  mode: "replace",
  isPartial: false,
  file: createReadStream(order.path),
  bytesExpected: null,
});
if (received.kind !== "queued") throw new Error(JSON.stringify(received));
const receivedAt = performance.now();
const cpuReceived = process.cpuUsage();
await runFile(deps, { workspaceId, importId: received.importId });
const endedAt = performance.now();
const imported = await inWorkspace(database, workspaceId, (tx) => readRegistryImport(tx, received.importId));
const report: RegistryReport = {
  state: imported?.state ?? "missing",
  added: imported?.added ?? 0,
  refused: imported?.refused ?? 0,
  contactPoints: imported?.contactPoints ?? 0,
  receiveSeconds: (receivedAt - startedAt) / 1_000,
  seconds: (endedAt - startedAt) / 1_000,
  receiveCpuSeconds: cpuSeconds(cpuReceived),
  cpuSeconds: cpuSeconds(process.cpuUsage()),
};
process.send?.(report);
await database.close();
