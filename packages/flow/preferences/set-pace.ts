import { inWorkspace, readClock } from "#db/database";
import { insertPace, type Pace } from "#db/queries/contact-preferences";
import { lockContacts, readContacts } from "#db/queries/contact-write";
import { bumpGates } from "#db/queries/gates";
import { recordStop } from "#db/queries/stops";
import type { FlowDeps } from "../deps.ts";
import { waitForInFlight } from "../stops/barrier.ts";

/**
 * Records how much a person wants to hear: a pause, at most so many messages, or as it comes. It binds every sender
 * and both channels, and answers after the barrier as a stop does.
 * @returns null when this workspace has no such contact.
 */
export async function setPace(
  deps: FlowDeps,
  workspaceId: string,
  contactId: string,
  pace: Pace,
): Promise<{ readonly inFlight: number } | null> {
  const startedAt = performance.now();
  const changed = await inWorkspace(deps.database, workspaceId, async (tx) => {
    await lockContacts(tx, [contactId]);
    const [contact] = await readContacts(tx, [contactId]);
    if (contact === undefined) return null;
    const gateIds = contact.points.map((point) => point.gateId);
    await bumpGates(tx, gateIds);
    await insertPace(tx, workspaceId, contactId, pace);
    return { gateIds, requestedAt: await readClock(tx) };
  });
  if (changed === null) return null;
  const barrier = await waitForInFlight(deps.database, workspaceId, {
    kind: "gates",
    gateIds: changed.gateIds,
  });
  await inWorkspace(deps.database, workspaceId, (tx) =>
    recordStop(tx, workspaceId, {
      kind: "pause",
      // No key: a pause ends by itself, and what is sent after it is not late.
      gateId: null,
      contactId,
      campaignId: null,
      purposeId: null,
      requestedAt: changed.requestedAt,
      waitedMs: performance.now() - startedAt,
      barrierWaitedMs: barrier.didWait ? barrier.waitedMs : 0,
      inFlight: barrier.inFlight,
    }),
  );
  return { inFlight: barrier.inFlight };
}
