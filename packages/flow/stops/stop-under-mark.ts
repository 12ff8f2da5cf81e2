import { inWorkspace, readClock, type Tx } from "#db/database";
import { recordStop, type StopKind, setStopMark } from "#db/queries/stops";
import type { FlowDeps } from "../deps.ts";
import { waitForInFlight } from "./barrier.ts";

/** What a stop binds: one campaign, or the whole workspace. */
export interface StopScope {
  readonly workspaceId: string;
  readonly campaignId: string | null;
}

/** What the stop's transaction found, and whether what it asks for stands now, by it or from before. */
export interface Stood<Found> {
  readonly found: Found;
  readonly stands: boolean;
}

export interface StoppedUnderMark<Found> extends Stood<Found> {
  /** 0: nothing of the scope is on the wire any more, or the stop does not stand. */
  readonly inFlight: number;
  readonly waitedMs: number;
}

/**
 * Stops a campaign or a workspace and answers after the barrier; a repeated stop does so too. The mark is committed
 * before the row lock is asked for: workers then stop feeding new `FOR SHARE` locks, which would otherwise overtake the
 * waiting update.
 * @param change runs in the transaction that moves the row's version, and writes its own audit entry.
 */
export async function stopUnderMark<Found>(
  deps: FlowDeps,
  { workspaceId, campaignId }: StopScope,
  kind: StopKind,
  change: (tx: Tx) => Promise<Stood<Found>>,
): Promise<StoppedUnderMark<Found>> {
  const startedAt = performance.now();
  const scope =
    campaignId === null
      ? ({ kind: "workspace", workspaceId } as const)
      : ({ kind: "campaign", campaignId } as const);
  const mark = (tx: Tx, stopping: boolean) =>
    setStopMark(tx, workspaceId, scope.kind, campaignId ?? workspaceId, stopping);
  await inWorkspace(deps.database, workspaceId, (tx) => mark(tx, true));
  let isMarked = true;
  try {
    const { found, stands, requestedAt } = await inWorkspace(deps.database, workspaceId, async (tx) => {
      const now = await readClock(tx);
      return { ...(await change(tx)), requestedAt: now };
    });
    if (!stands) return { found, stands, inFlight: 0, waitedMs: 0 };
    const barrier = await waitForInFlight(deps.database, workspaceId, scope);
    const waitedMs = performance.now() - startedAt;
    await inWorkspace(deps.database, workspaceId, async (tx) => {
      await recordStop(tx, workspaceId, {
        kind,
        gateId: null,
        contactId: null,
        campaignId,
        purposeId: null,
        requestedAt,
        waitedMs,
        barrierWaitedMs: barrier.didWait ? barrier.waitedMs : 0,
        inFlight: barrier.inFlight,
      });
      await mark(tx, false);
    });
    isMarked = false;
    return { found, stands, inFlight: barrier.inFlight, waitedMs };
  } finally {
    if (isMarked) await inWorkspace(deps.database, workspaceId, (tx) => mark(tx, false));
  }
}
