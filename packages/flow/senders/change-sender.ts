import { recordAudit } from "#db/queries/audit";
import { lockSender, type SenderRecord, updateSender } from "#db/queries/senders";
import type { FlowDeps } from "../deps.ts";
import { differences, mergedPolicy } from "../policy/merge-policy.ts";
import type { PolicyChange } from "../policy/policy-schema.ts";
import { type PolicyAnswer, stopByPolicy } from "../stops/stop-by-policy.ts";

/** What may be changed of a sender; absent parts stay as they are. */
export interface SenderChange {
  readonly legalBasis?: "consent-only" | "law" | undefined;
  readonly policy?: PolicyChange | undefined;
  readonly isBulkSender?: boolean | undefined;
  /** Null: none is shown, and nobody is called. */
  readonly callerId?: string | null | undefined;
  readonly postalAddress?: string | undefined;
}

/**
 * Changes a sender. Switching the legal basis to `law` lets grounds other than consent permit contact: it is done here
 * on purpose, stands in the audit, and makes every permit of the workspace stale. Null: no such sender.
 */
export async function changeSender(
  deps: FlowDeps,
  request: {
    readonly workspaceId: string;
    readonly actor: string;
    readonly senderId: string;
    readonly change: SenderChange;
  },
): Promise<PolicyAnswer<SenderRecord> | null> {
  const { workspaceId, actor, senderId, change } = request;
  return stopByPolicy(deps, workspaceId, async (tx) => {
    const before = await lockSender(tx, senderId);
    if (before === null) return null;
    const after = {
      legalBasis: change.legalBasis ?? before.legalBasis,
      policy: mergedPolicy(before.policy, change.policy ?? {}),
      isBulkSender: change.isBulkSender ?? before.isBulkSender,
      callerId: change.callerId === undefined ? before.callerId : change.callerId,
      postalAddress: change.postalAddress ?? before.postalAddress,
    };
    const changes = changesOf(before, after);
    if (Object.keys(changes).length === 0) return { record: before, didChange: false };
    const record = await updateSender(tx, senderId, after);
    await recordAudit(tx, workspaceId, actor, "sender-changed", senderId, { changes });
    return { record, didChange: true };
  });
}

type Changeable = Pick<SenderRecord, "legalBasis" | "policy" | "isBulkSender" | "callerId" | "postalAddress">;

/** Switches stand in the audit one by one, as `policy.consentMonths`. */
function changesOf(before: Changeable, after: Changeable) {
  const flat = ({ legalBasis, isBulkSender, callerId, postalAddress, policy }: Changeable) => ({
    legalBasis,
    isBulkSender,
    callerId,
    postalAddress,
    ...Object.fromEntries(Object.entries(policy).map(([key, value]) => [`policy.${key}`, value])),
  });
  return differences(flat(before), flat(after));
}
