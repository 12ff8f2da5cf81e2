import { createHash } from "node:crypto";
import { inWorkspace, readClock } from "#db/database";
import { appendConsentEvents } from "#db/queries/consent-events";
import { personKeyOfContact } from "#db/queries/person-keys";
import { liftSuppressions, standingSuppressions } from "#db/queries/suppressions";
import { claimUndoNonce, type UndoableEvent } from "#db/queries/undo";
import type { FlowDeps } from "../deps.ts";

export type UndoResult =
  | { readonly kind: "undone" }
  /** Used before, older than 15 minutes, or never issued: these three are not told apart. */
  | { readonly kind: "not-valid" };

/**
 * Takes back the person's own stop, once, within 15 minutes: the consent that stood before stands again. It lifts
 * only what that press recorded; an objection or complaint of another time stays.
 */
export async function undoStop(deps: FlowDeps, workspaceId: string, nonce: string): Promise<UndoResult> {
  const nonceHash = createHash("sha256").update(nonce).digest();
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const events = await claimUndoNonce(tx, nonceHash);
    const [first] = events ?? [];
    if (events === null || first === undefined) return { kind: "not-valid" };
    const now = await readClock(tx);
    const personKey = await personKeyOfContact(tx, deps.keys.master, first.contactId);
    const recorded = await appendConsentEvents(
      tx,
      deps.keys.master,
      workspaceId,
      events.map((event) => undoEvent(event, now, personKey)),
    );
    const standing = await standingSuppressions(
      tx,
      events.map((event) => event.gateId),
    );
    for (const [place, event] of events.entries()) {
      const lifting = recorded[place];
      if (lifting === undefined) throw new Error("an undo event was not recorded");
      const own = standing.filter((entry) => entry.eventId === event.id).map((entry) => entry.id);
      await liftSuppressions(tx, own, lifting.id);
    }
    return { kind: "undone" };
  });
}

function undoEvent(event: UndoableEvent, now: Date, personKey: Buffer | null) {
  return {
    gateId: event.gateId,
    channel: event.channel,
    type: event.type === "withdrawn" ? ("withdrawal-undone" as const) : ("suppression-lifted" as const),
    contactId: event.contactId,
    contactPointId: null,
    senderId: event.senderId,
    purposeId: event.purposeId,
    occurredAt: now,
    method: "undo",
    actor: "person",
    claimed: false,
    lifts: true,
    noticeId: null,
    expiresAt: null,
    campaignId: null,
    suppressionKind: null,
    payload: {},
    personKey,
  };
}
