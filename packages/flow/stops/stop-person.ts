import { createHash, randomBytes } from "node:crypto";
import type { SuppressionKind } from "#core/facts";
import { inWorkspace, readClock, type Tx } from "#db/database";
import { appendConsentEvents, type ConsentEventDraft, readConsentEvents } from "#db/queries/consent-events";
import { lockGates } from "#db/queries/gates";
import { readLastStop } from "#db/queries/last-stop";
import { personKeyOfContact } from "#db/queries/person-keys";
import { recordStop, type StopKind } from "#db/queries/stops";
import { addSuppressions, standingSuppressions } from "#db/queries/suppressions";
import { insertUndoNonce } from "#db/queries/undo";
import type { FlowDeps } from "../deps.ts";
import { waitForInFlight } from "./barrier.ts";
import type { StopAnswer } from "./stop-answer.ts";

const UNDO_LIFETIME_MS = 15 * 60_000;

/** What the person stops: one topic of one sender, or everything on this channel from every sender. */
export type StopTarget =
  | { readonly kind: "topic"; readonly purposeId: string; readonly senderId: string }
  | { readonly kind: "everything" };

export interface StopRequest {
  readonly workspaceId: string;
  readonly gateId: number;
  readonly channel: "email" | "phone";
  readonly contactId: string | null;
  readonly target: StopTarget;
  /** The do-not-contact entry that "everything" leaves behind; default `unsubscribe`. */
  readonly suppression?: SuppressionKind;
  /** Binds only this sender; absent: every sender. */
  readonly suppressionSenderId?: string | null;
  /** How the person said it: `one-click`, `link`, `api`, `complaint`, `bounce`, … */
  readonly method: string;
  readonly actor: string;
  readonly claimed: boolean;
  /** When the person said it, if that was before now. */
  readonly occurredAt?: Date;
  /** The campaign whose message it came from. */
  readonly campaignId: string | null;
  readonly evidence?: Readonly<Record<string, unknown>>;
  /** True when the press came from the person's own link: the answer then carries a one-time undo. */
  readonly offersUndo: boolean;
  readonly requestedAt: Date;
}

/**
 * Records a person's stop and answers after the barrier. Repeating it changes nothing and answers the same.
 * A stop edits no recipient: the next screen blocks them with its reason.
 */
export async function stopPerson(deps: FlowDeps, request: StopRequest): Promise<StopAnswer> {
  const startedAt = performance.now();
  const recorded = await inWorkspace(deps.database, request.workspaceId, (tx) =>
    recordPersonStop(tx, deps, request),
  );
  const barrier = await waitForInFlight(deps.database, request.workspaceId, {
    kind: "gates",
    gateIds: [request.gateId],
  });
  const waitedMs = performance.now() - startedAt;
  const purposeId = request.target.kind === "topic" ? request.target.purposeId : null;
  const stop = await inWorkspace(deps.database, request.workspaceId, async (tx) => {
    await recordStop(tx, request.workspaceId, {
      kind: stopKind(request),
      gateId: request.gateId,
      contactId: request.contactId,
      campaignId: request.campaignId,
      purposeId,
      requestedAt: request.requestedAt,
      waitedMs,
      barrierWaitedMs: barrier.didWait ? barrier.waitedMs : 0,
      inFlight: barrier.inFlight,
    });
    return readLastStop(tx, request.gateId, purposeId);
  });
  return { ...recorded, recorded: stop, inFlight: barrier.inFlight, waitedMs };
}

/** What the list of stops calls it. */
export function stopKind(request: StopRequest): StopKind {
  if (request.offersUndo || request.method === "one-click") return "unsubscribe";
  return request.target.kind === "topic" ? "withdrawal" : "suppression";
}

/** The part of a stop that is one transaction: version, event, suppression, undo. */
async function recordPersonStop(tx: Tx, deps: FlowDeps, request: StopRequest) {
  const { since, eventIds } = await recordStopEvents(tx, deps, request);
  const undoNonce =
    request.offersUndo && eventIds.length > 0
      ? await offerUndo(tx, request.workspaceId, request.gateId, eventIds)
      : null;
  return { since, eventIds, undoNonce };
}

/** A stop's event and suppression, in the caller's transaction; nothing when it is in force already. */
export async function recordStopEvents(
  tx: Tx,
  deps: FlowDeps,
  request: StopRequest,
): Promise<{ readonly since: Date; readonly eventIds: number[] }> {
  await lockGates(tx, [request.gateId]);
  const now = await readClock(tx);
  const standing = await alreadyStopped(tx, request);
  if (standing !== null) return { since: standing, eventIds: [] };
  const personKey = await personKeyOfContact(tx, deps.keys.master, request.contactId);
  const [event] = await appendConsentEvents(tx, deps.keys.master, request.workspaceId, [
    stopEvent(request, now, personKey),
  ]);
  if (event === undefined) throw new Error("the stop's consent event was not recorded");
  if (request.target.kind === "everything") {
    await addSuppressions(tx, request.workspaceId, [
      {
        gateId: request.gateId,
        kind: request.suppression ?? "unsubscribe",
        senderId: request.suppressionSenderId ?? null,
        contactId: request.contactId,
        at: request.occurredAt ?? now,
        eventId: event.id,
      },
    ]);
  }
  return { since: now, eventIds: [event.id] };
}

function stopEvent(request: StopRequest, now: Date, personKey: Buffer | null): ConsentEventDraft {
  const isTopic = request.target.kind === "topic";
  return {
    gateId: request.gateId,
    channel: request.channel,
    type: isTopic ? "withdrawn" : request.suppression === "objection" ? "objected" : "suppressed",
    contactId: request.contactId,
    // A stop covers every spelling of the address, so it names the key and not one contact point.
    contactPointId: null,
    senderId:
      request.target.kind === "topic" ? request.target.senderId : (request.suppressionSenderId ?? null),
    purposeId: request.target.kind === "topic" ? request.target.purposeId : null,
    occurredAt: request.occurredAt ?? now,
    method: request.method,
    actor: request.actor,
    claimed: request.claimed,
    lifts: false,
    noticeId: null,
    expiresAt: null,
    campaignId: request.campaignId,
    suppressionKind: isTopic ? null : (request.suppression ?? "unsubscribe"),
    payload: personKey === null ? {} : (request.evidence ?? {}),
    personKey,
  };
}

/** Since when exactly this stop has been in force, or null. A second press must not add a second event. */
async function alreadyStopped(tx: Tx, request: StopRequest): Promise<Date | null> {
  const { target } = request;
  if (target.kind === "everything") {
    const wanted = request.suppression ?? "unsubscribe";
    const same = (await standingSuppressions(tx, [request.gateId])).find(
      (entry) =>
        entry.kind === wanted && (entry.senderId === null || entry.senderId === request.suppressionSenderId),
    );
    return same?.at ?? null;
  }
  const events = (await readConsentEvents(tx, [request.gateId])).filter(
    (event) => event.purposeId === target.purposeId && event.type !== "requested",
  );
  const newest = events.at(-1);
  return newest?.type === "withdrawn" ? newest.occurredAt : null;
}

/** A one-time undo of these events; the nonce is handed out once, in the answer to the stop. */
export async function offerUndo(
  tx: Tx,
  workspaceId: string,
  gateId: number,
  eventIds: readonly number[],
): Promise<string> {
  const nonce = randomBytes(24).toString("base64url");
  const now = await readClock(tx);
  await insertUndoNonce(tx, {
    workspaceId,
    nonceHash: createHash("sha256").update(nonce).digest(),
    gateId,
    eventIds,
    expiresAt: new Date(now.getTime() + UNDO_LIFETIME_MS),
  });
  return nonce;
}
