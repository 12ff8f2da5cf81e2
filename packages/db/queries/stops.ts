import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

export type StopKind =
  | "unsubscribe"
  | "withdrawal"
  | "suppression"
  | "erasure"
  | "pause"
  | "cancel"
  | "freeze"
  | "policy";

export interface StopEntryDraft {
  readonly kind: StopKind;
  readonly gateId: number | null;
  readonly contactId: string | null;
  readonly campaignId: string | null;
  readonly purposeId: string | null;
  readonly requestedAt: Date;
  readonly waitedMs: number;
  readonly barrierWaitedMs: number;
  readonly inFlight: number;
}

/** Records that a stop was acknowledged, how long it took and what was still on the wire. */
export async function recordStop(tx: Tx, workspaceId: string, draft: StopEntryDraft): Promise<void> {
  await tx.execute(sql`
    insert into stop_entry (workspace_id, kind, gate_id, contact_id, campaign_id, purpose_id, requested_at,
      acknowledged_at, waited_ms, barrier_waited_ms, in_flight)
    values (${workspaceId}, ${draft.kind}, ${draft.gateId}, ${draft.contactId}, ${draft.campaignId},
      ${draft.purposeId}, ${draft.requestedAt.toISOString()}, consentry_now(), ${Math.round(draft.waitedMs)},
      ${Math.round(draft.barrierWaitedMs)}, ${draft.inFlight})`);
}

/**
 * A mark counts this long. Whoever raised it lowers it within seconds; should that process die or lose its database in
 * between, the campaign must not stand still for ever.
 */
const MARK_MS = 10_000;

/** The condition under which a mark `m` holds. */
export const markHolds = sql`m.stopping and m.marked_at > consentry_now() - ${MARK_MS} * interval '1 millisecond'`;

/** Raises or lowers the hint that workers poll before each redeem batch. Commit it before taking the row lock. */
export async function setStopMark(
  tx: Tx,
  workspaceId: string,
  scope: "workspace" | "campaign",
  scopeId: string,
  stopping: boolean,
): Promise<void> {
  await tx.execute(sql`
    insert into stop_mark (workspace_id, scope, scope_id, stopping, marked_at)
    values (${workspaceId}, ${scope}, ${scopeId}, ${stopping}, consentry_now())
    on conflict (workspace_id, scope, scope_id)
    do update set stopping = excluded.stopping, marked_at = excluded.marked_at`);
}
