import { once } from "node:events";
import type { FlowDeps } from "#flow/deps";
import { createCampaign, type TestWorkspace } from "../support/product.ts";
import { runProgram } from "./child.ts";

/** What the measured process is told. */
export interface DryRunOrder {
  readonly ownerUrl: string;
  readonly keys: FlowDeps["keys"];
  readonly workspaceId: string;
  readonly campaignId: string;
}

export interface DryRunReport {
  readonly people: number;
  readonly allowed: number;
  readonly seconds: number;
  readonly peakRssBytes: number;
}

/** Dry-runs a campaign over everyone in the workspace, in a process of its own. @throws when somebody is not allowed. */
export async function benchDryRun(workspace: TestWorkspace, ownerUrl: string): Promise<DryRunReport> {
  const campaignId = await createCampaign(workspace);
  const order: DryRunOrder = {
    ownerUrl,
    keys: workspace.deps.keys,
    workspaceId: workspace.workspaceId,
    campaignId,
  };
  const child = runProgram("./dry-run.main.ts", { DRY_RUN: JSON.stringify(order) });
  const ended = once(child, "exit");
  const [report] = (await Promise.race([
    once(child, "message"),
    ended.then(() => Promise.reject(new Error("the dry run ended without a report"))),
  ])) as [DryRunReport];
  await ended;
  if (report.allowed !== report.people) throw new Error("the dry run did not allow everyone");
  return report;
}
