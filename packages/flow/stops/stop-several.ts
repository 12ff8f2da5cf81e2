import { inWorkspace, readClock } from "#db/database";
import { lockContacts } from "#db/queries/contact-write";
import { lockGates } from "#db/queries/gates";
import { recordStop } from "#db/queries/stops";
import type { FlowDeps } from "../deps.ts";
import { waitForInFlight } from "./barrier.ts";
import type { StopAnswer } from "./stop-answer.ts";
import { offerUndo, recordStopEvents, type StopRequest, stopKind } from "./stop-person.ts";

/**
 * Several stops of one person in one press: recorded in one transaction, with one undo for all, and answered when
 * nothing is on the wire for any of their keys.
 * @param contactId null: nobody is known behind the key.
 */
export async function stopSeveral(
  deps: FlowDeps,
  workspaceId: string,
  contactId: string | null,
  requests: readonly StopRequest[],
): Promise<StopAnswer> {
  const startedAt = performance.now();
  const gateIds = [...new Set(requests.map((request) => request.gateId))];
  const recorded = await inWorkspace(deps.database, workspaceId, async (tx) => {
    if (contactId !== null) await lockContacts(tx, [contactId]);
    await lockGates(tx, gateIds);
    const stops: { readonly since: Date; readonly eventIds: readonly number[] }[] = [];
    for (const request of requests) stops.push(await recordStopEvents(tx, deps, request));
    const eventIds = stops.flatMap((stop) => stop.eventIds);
    const times = stops.map((stop) => stop.since.getTime());
    const since = times.length === 0 ? await readClock(tx) : new Date(Math.max(...times));
    const [gateId] = gateIds;
    const wantsUndo = requests.some((request) => request.offersUndo) && eventIds.length > 0;
    const undoNonce =
      wantsUndo && gateId !== undefined ? await offerUndo(tx, workspaceId, gateId, eventIds) : null;
    return { since, eventIds, undoNonce };
  });
  const barrier = await waitForInFlight(deps.database, workspaceId, { kind: "gates", gateIds });
  const waitedMs = performance.now() - startedAt;
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    for (const request of requests) {
      await recordStop(tx, workspaceId, {
        kind: stopKind(request),
        gateId: request.gateId,
        contactId,
        campaignId: request.campaignId,
        purposeId: request.target.kind === "topic" ? request.target.purposeId : null,
        requestedAt: request.requestedAt,
        waitedMs,
        barrierWaitedMs: barrier.didWait ? barrier.waitedMs : 0,
        inFlight: barrier.inFlight,
      });
    }
  });
  return { ...recorded, recorded: null, inFlight: barrier.inFlight, waitedMs };
}
