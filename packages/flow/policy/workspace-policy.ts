import { recordAudit } from "#db/queries/audit";
import { lockWorkspacePolicy, setWorkspacePolicy } from "#db/queries/policy";
import type { FlowDeps } from "../deps.ts";
import { type PolicyAnswer, stopByPolicy } from "../stops/stop-by-policy.ts";
import { differences, mergedPolicy } from "./merge-policy.ts";
import type { PolicyChange } from "./policy-schema.ts";

/** Changes what the workspace decides where the law leaves a choice. Every permit given before goes stale. */
export async function changeWorkspacePolicy(
  deps: FlowDeps,
  request: { readonly workspaceId: string; readonly actor: string; readonly change: PolicyChange },
): Promise<PolicyAnswer<Readonly<Record<string, unknown>>>> {
  const { workspaceId, actor, change } = request;
  const answer = await stopByPolicy(deps, workspaceId, async (tx) => {
    const before = await lockWorkspacePolicy(tx, workspaceId);
    const after = mergedPolicy(before, change);
    const changes = differences(before, after);
    const didChange = Object.keys(changes).length > 0;
    if (didChange) {
      await setWorkspacePolicy(tx, workspaceId, after);
      await recordAudit(tx, workspaceId, actor, "policy-changed", workspaceId, { changes });
    }
    return { record: after, didChange };
  });
  if (answer === null) throw new Error("a workspace always has a policy");
  return answer;
}
