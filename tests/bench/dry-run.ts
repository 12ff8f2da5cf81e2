import { dryRun } from "#flow/campaign/dry-run";
import { createCampaign, type TestWorkspace } from "../support/product.ts";

/** Decisions per second of a dry run over everyone in the workspace. */
export async function benchDryRun(workspace: TestWorkspace): Promise<{ people: number; perSecond: number }> {
  const campaignId = await createCampaign(workspace);
  const startedAt = performance.now();
  const result = await dryRun(workspace.deps, { workspaceId: workspace.workspaceId, campaignId });
  if (result === null || result.allowed !== result.people)
    throw new Error("the dry run did not allow everyone");
  return { people: result.people, perSecond: (result.people * 1000) / (performance.now() - startedAt) };
}
