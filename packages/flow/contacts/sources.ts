import { randomUUIDv7 } from "node:crypto";
import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { insertSource, lockSource, type SourceRecord, setVerification } from "#db/queries/sources";
import type { FlowDeps } from "../deps.ts";
import { type PolicyAnswer, stopByPolicy } from "../stops/stop-by-policy.ts";

export interface SourceRequest {
  readonly workspaceId: string;
  readonly actor: string;
  readonly key: string;
  readonly name: string;
  readonly kind: SourceRecord["kind"];
  readonly vendor: string | null;
}

/** Notes a place that contacts' data comes from. Nobody from it is contacted before it is verified. Null: key taken. */
export async function createSource(deps: FlowDeps, request: SourceRequest): Promise<SourceRecord | null> {
  const { workspaceId, actor, ...fields } = request;
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const record = await insertSource(tx, workspaceId, { ...fields, id: randomUUIDv7() });
    if (record !== null)
      await recordAudit(tx, workspaceId, actor, "source-created", record.id, { key: record.key });
    return record;
  });
}

/**
 * Says that somebody saw how a source's data was collected, or takes that back. It changes the answer for everyone
 * from that source, so it counts as a change of policy. Null: no such source.
 * @param request.note what was seen; null: the source is not verified (any more).
 */
export async function verifySource(
  deps: FlowDeps,
  request: {
    readonly workspaceId: string;
    readonly actor: string;
    readonly sourceId: string;
    readonly note: string | null;
    /** The vendor's last run of Californians' deletions; null: not known. */
    readonly deletionsRunAt: Date | null;
  },
): Promise<PolicyAnswer<SourceRecord> | null> {
  const { workspaceId, actor, sourceId, note, deletionsRunAt } = request;
  return stopByPolicy(deps, workspaceId, async (tx) => {
    const before = await lockSource(tx, sourceId);
    if (before === null) return null;
    const isSame =
      before.verifiedNote === note &&
      (before.verifiedAt !== null) === (note !== null) &&
      before.deletionsRunAt?.getTime() === deletionsRunAt?.getTime();
    if (isSame) return { record: before, didChange: false };
    const record = await setVerification(tx, sourceId, note, deletionsRunAt);
    const action = note === null ? "source-unverified" : "source-verified";
    await recordAudit(tx, workspaceId, actor, action, sourceId, {
      before: {
        verifiedAt: before.verifiedAt,
        note: before.verifiedNote,
        deletionsRunAt: before.deletionsRunAt,
      },
      after: {
        verifiedAt: record.verifiedAt,
        note: record.verifiedNote,
        deletionsRunAt: record.deletionsRunAt,
      },
    });
    return { record, didChange: true };
  });
}
