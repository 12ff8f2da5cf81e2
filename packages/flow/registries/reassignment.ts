import { inWorkspace, readClock } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { bumpGates } from "#db/queries/gates";
import { storeReassignment } from "#db/queries/registries";
import { gateOf } from "../contacts/contacts.ts";
import type { FlowDeps } from "../deps.ts";

export interface ReassignmentRequest {
  readonly workspaceId: string;
  readonly actor: string;
  readonly number: string;
  /** Which database was asked. */
  readonly database: string;
  /** Whether the number changed hands since `consentDate`. */
  readonly answer: "yes" | "no" | "no-data";
  readonly queriedAt: Date;
  /** The date that was asked about, `YYYY-MM-DD`. */
  readonly consentDate: string;
}

export type ReassignmentResult =
  | { readonly kind: "recorded" }
  | { readonly kind: "not-a-number" }
  | { readonly kind: "queried-in-future" }
  /** A newer answer is known; it stays. */
  | { readonly kind: "older" };

/** Keeps the answer of a reassigned-numbers database. The number's permits go stale. */
export async function recordReassignment(
  deps: FlowDeps,
  request: ReassignmentRequest,
): Promise<ReassignmentResult> {
  const { workspaceId, actor, number, ...answer } = request;
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<ReassignmentResult> => {
    if (answer.queriedAt > (await readClock(tx))) return { kind: "queried-in-future" };
    const gate = await gateOf(tx, deps.keys, workspaceId, "phone", number);
    if (gate === null) return { kind: "not-a-number" };
    const { gateId } = gate;
    await bumpGates(tx, [gateId]);
    if (!(await storeReassignment(tx, workspaceId, { gateId, ...answer }))) return { kind: "older" };
    await recordAudit(tx, workspaceId, actor, "reassignment-recorded", `gate:${gateId}`, {
      database: answer.database,
      answer: answer.answer,
      queriedAt: answer.queriedAt.toISOString(),
    });
    return { kind: "recorded" };
  });
}
