import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import {
  acknowledgeCallingPolicy,
  acknowledgementsOf,
  type CallingPolicyRow,
  insertCallingPolicy,
  readCallingPolicy,
} from "#db/queries/calling-policy";
import type { FlowDeps } from "../deps.ts";

/** The written policy in force, and who has read it. */
export interface Procedures {
  readonly policy: CallingPolicyRow | null;
  readonly acknowledged: readonly { readonly agent: string; readonly at: Date }[];
}

/** The written do-not-call policy and its acknowledgements, for the desk and for an audit. */
export async function readProcedures(deps: FlowDeps, workspaceId: string): Promise<Procedures> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const policy = await readCallingPolicy(tx);
    return { policy, acknowledged: policy === null ? [] : await acknowledgementsOf(tx, policy.version) };
  });
}

/**
 * Puts a new version of the written policy in force. Every agent has to acknowledge it before the next call.
 * @returns the version; the one in force when the text is the same.
 */
export async function writeCallingPolicy(
  deps: FlowDeps,
  request: { readonly workspaceId: string; readonly actor: string; readonly text: string },
): Promise<number> {
  const { workspaceId, actor, text } = request;
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const current = await readCallingPolicy(tx);
    if (current?.text === text) return current.version;
    const version = await insertCallingPolicy(tx, workspaceId, text, actor);
    await recordAudit(tx, workspaceId, actor, "calling-policy-written", String(version), {});
    return version;
  });
}

/**
 * Notes that an agent has read the policy in force.
 * @returns false when the version named is not the one in force: what was read is not what binds.
 */
export async function acknowledgePolicy(
  deps: FlowDeps,
  request: {
    readonly workspaceId: string;
    readonly actor: string;
    readonly agent: string;
    readonly version: number;
  },
): Promise<boolean> {
  const { workspaceId, actor, agent, version } = request;
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const policy = await readCallingPolicy(tx);
    if (policy?.version !== version) return false;
    await acknowledgeCallingPolicy(tx, workspaceId, version, agent);
    await recordAudit(tx, workspaceId, actor, "calling-policy-acknowledged", agent, { version });
    return true;
  });
}
