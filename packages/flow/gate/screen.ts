import type { AllowReason } from "#core/decision";
import { inWorkspace, type Tx } from "#db/database";
import type { CapReach } from "#db/queries/redeem";
import { type ScreenedRow, storeScreening, takeDueRecipients, takePermitted } from "#db/queries/screening";
import { touchSlice } from "#db/queries/slices";
import type { Identity } from "#db/vault/person";
import type { FlowDeps } from "../deps.ts";
import { issuePermit, type Permit } from "../permit.ts";
import { judgeRows, screeningResult } from "./judge-rows.ts";
import { hasOwnCap } from "./person-facts.ts";
import { readStandstill } from "./standstill.ts";

/** An allowed recipient: the permit, and what the message needs. */
export interface PermittedRecipient {
  readonly permit: Permit;
  readonly to: string;
  readonly identity: Identity;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly language: string | null;
  /** What permits the message. */
  readonly reason: AllowReason;
  readonly cap: CapReach;
}

export type ScreenAnswer =
  | { readonly kind: "not-sending" }
  | { readonly kind: "screened"; readonly taken: number; readonly permitted: readonly PermittedRecipient[] };

/**
 * Screens due recipients of a slice: facts read now, every decision stored, rows moved, in one transaction.
 * @param limit at most what the campaign's rate can send in 10 s, so that permits do not grow old in the queue.
 */
export async function screenSlice(
  deps: FlowDeps,
  workerSession: string,
  ask: {
    readonly workspaceId: string;
    readonly campaignId: string;
    readonly slice: number;
    readonly limit: number;
  },
): Promise<ScreenAnswer> {
  return inWorkspace(deps.database, ask.workspaceId, async (tx) => {
    if ((await readStandstill(tx, ask.campaignId)) !== null) return { kind: "not-sending" };
    const taken = await takeDueRecipients(tx, ask.campaignId, ask.slice, ask.limit);
    if (taken.length > 0) await touchSlice(tx, ask.campaignId, ask.slice);
    const permitted = await screenRows(
      tx,
      deps,
      workerSession,
      ask.workspaceId,
      ask.campaignId,
      taken,
      false,
    );
    return { kind: "screened", taken: taken.length, permitted };
  });
}

/** Screens recipients again whose permits went stale while the mail server waits. Same function, same storage. */
export async function screenAgain(
  deps: FlowDeps,
  workerSession: string,
  permits: readonly Permit[],
): Promise<ReadonlyMap<number, PermittedRecipient>> {
  const [first] = permits;
  if (first === undefined) return new Map();
  return inWorkspace(deps.database, first.workspaceId, async (tx) => {
    if ((await readStandstill(tx, first.campaignId)) !== null) return new Map();
    const held = await takePermitted(tx, permits);
    const permitted = await screenRows(
      tx,
      deps,
      workerSession,
      first.workspaceId,
      first.campaignId,
      held,
      true,
    );
    return new Map(permitted.map((entry) => [entry.permit.recipientId, entry]));
  });
}

/** Screens rows that this transaction has locked: every decision stored, the allowed ones permitted. */
export async function screenRows(
  tx: Tx,
  deps: FlowDeps,
  workerSession: string,
  workspaceId: string,
  campaignId: string,
  taken: readonly ScreenedRow[],
  inline: boolean,
): Promise<PermittedRecipient[]> {
  if (taken.length === 0) return [];
  const judged = await judgeRows(tx, deps, campaignId, taken);
  const screened = judged.map((each) => ({ ...each, result: screeningResult(deps, workspaceId, each) }));
  await storeScreening(
    tx,
    workspaceId,
    workerSession,
    screened.map((entry) => entry.result),
    inline,
  );
  return screened.flatMap(({ row, entry, context, decision, result }) => {
    if (entry.kind !== "read" || decision.verdict !== "allow") return [];
    if (result.permitId === null || result.permitExpiresAt === null) return [];
    return [
      {
        permit: issuePermit({
          permitId: result.permitId,
          workspaceId,
          campaignId,
          month: row.month,
          recipientId: row.id,
          gateId: row.gateId,
          // Who the point is of now: a merge may have moved it since the campaign was planned.
          contactId: entry.facts.candidate.contactId,
          expiresAt: new Date(result.permitExpiresAt),
        }),
        to: entry.facts.contactPoint,
        identity: entry.identity,
        attributes: entry.facts.candidate.attributes,
        language: entry.facts.candidate.language,
        reason: decision.reason,
        cap: hasOwnCap(entry.facts.pace) ? "person" : context.frequencyCap === null ? "none" : "key",
      },
    ];
  });
}
