import { openDatabase } from "#db/database";
import { dryRun } from "#flow/campaign/dry-run";
import type { FlowDeps } from "#flow/deps";
import type { DryRunOrder, DryRunReport } from "./dry-run.ts";

/* One dry run in a process of its own, so that its memory is its own. */
const order = JSON.parse(process.env["DRY_RUN"] ?? "{}") as DryRunOrder;
const database = openDatabase(order.ownerUrl, { connectionsMax: 2, applicationName: "dry run bench" });
const deps: FlowDeps = { database, keys: order.keys, ring: async () => undefined };
const startedAt = performance.now();
const result = await dryRun(deps, { workspaceId: order.workspaceId, campaignId: order.campaignId });
const report: DryRunReport = {
  people: result?.people ?? 0,
  allowed: result?.allowed ?? 0,
  seconds: (performance.now() - startedAt) / 1_000,
  // Kilobytes by getrusage; the largest the process ever was.
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
};
await database.close();
process.send?.(report);
