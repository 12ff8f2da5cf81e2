import { inWorkspace, outsideWorkspaces, readClock, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { appendConsentEvents, type ConsentEventDraft } from "#db/queries/consent-events";
import { type ContactRecord, lockContacts, readContacts } from "#db/queries/contact-write";
import { beginErasure, readErasure, shredContacts, unfinishedErasures } from "#db/queries/erasure";
import { lockGates } from "#db/queries/gates";
import { recordStop } from "#db/queries/stops";
import { addSuppressions, standingSuppressions } from "#db/queries/suppressions";
import { identityOf } from "#db/vault/person";
import type { FlowDeps } from "../deps.ts";
import type { CapturedInbox } from "../inbox.ts";
import { type BarrierResult, waitForInFlight } from "../stops/barrier.ts";
import { marksOf, mentions, type PersonMarks } from "./person-marks.ts";
import { purgeAnswers } from "./purge-answers.ts";
import { purgeImports } from "./purge-imports.ts";

export interface EraseRequest {
  readonly workspaceId: string;
  readonly contactId: string;
  /** How the person asked: `api`, `console`, `privacy-request`, `journal`. */
  readonly method: string;
  readonly actor: string;
}

/** What was taken out of copies that stood outside the person's own record. */
export interface PurgedCopies {
  readonly stagedRows: number;
  readonly refusals: number;
  readonly storedAnswers: number;
  readonly capturedMessages: number;
}

export type EraseResult =
  | {
      readonly kind: "erased";
      /** 0: nothing more will be completed. n: this many were on the wire already and may still arrive. */
      readonly inFlight: number;
      readonly since: Date;
      readonly waitedMs: number;
      /** Null when the person had been erased before. */
      readonly purged: PurgedCopies | null;
    }
  | { readonly kind: "not-found" };

/**
 * Erases a person. A stop like any other comes first: tombstones on every canonical key, the version of every gate
 * row, the barrier. Then the copies that others made (files, stored answers, captured messages) are purged, for which
 * the person must still be known, and last the person's own key is destroyed, which makes their identity and all
 * evidence unreadable for good, in backups of this database taken later too. Repeating it changes nothing.
 */
export async function erasePerson(
  deps: FlowDeps,
  inbox: CapturedInbox | null,
  request: EraseRequest,
): Promise<EraseResult> {
  const startedAt = performance.now();
  const begun = await inWorkspace(deps.database, request.workspaceId, (tx) => stopForGood(tx, deps, request));
  if (begun === null) return { kind: "not-found" };
  const { gateIds } = begun;
  const barrier = await waitForInFlight(deps.database, request.workspaceId, { kind: "gates", gateIds });
  if (begun.isNew) await noteStops(deps, request, begun, barrier, performance.now() - startedAt);
  const purged = await finishErasure(deps, inbox, request.workspaceId, request.contactId);
  return {
    kind: "erased",
    inFlight: barrier.inFlight,
    since: begun.since,
    waitedMs: performance.now() - startedAt,
    purged,
  };
}

/** Goes on with erasures whose process ended half-way. Returns how many it finished. */
export async function finishErasures(deps: FlowDeps, inbox: CapturedInbox | null): Promise<number> {
  const open = await outsideWorkspaces(deps.database, unfinishedErasures);
  for (const { workspaceId, contactId } of open) await finishErasure(deps, inbox, workspaceId, contactId);
  return open.length;
}

interface Begun {
  readonly gateIds: readonly number[];
  readonly since: Date;
  readonly isNew: boolean;
}

/** The stop: in one transaction the contact's lock, its gate rows' locks and versions, the events and tombstones. */
async function stopForGood(tx: Tx, deps: FlowDeps, request: EraseRequest): Promise<Begun | null> {
  const { workspaceId, contactId } = request;
  await lockContacts(tx, [contactId]);
  const [record] = await readContacts(tx, [contactId]);
  if (record === undefined) return null;
  const gateIds = [...new Set(record.points.map((point) => point.gateId))];
  await lockGates(tx, gateIds);
  const now = await readClock(tx);
  const known = await readErasure(tx, contactId);
  if (known !== null) return { gateIds, since: known.requestedAt, isNew: false };
  await beginErasure(tx, workspaceId, contactId, request.actor);
  await addTombstones(tx, deps, request, record, now);
  await recordAudit(tx, workspaceId, request.actor, "contact-erased", contactId, { method: request.method });
  return { gateIds, since: now, isNew: true };
}

async function addTombstones(
  tx: Tx,
  deps: FlowDeps,
  request: EraseRequest,
  record: ContactRecord,
  now: Date,
): Promise<void> {
  const channels = new Map(record.points.map((point) => [point.gateId, point.channel]));
  const standing = await standingSuppressions(tx, [...channels.keys()]);
  // A number may be shared, and its tombstone be there already for somebody else.
  const bare = [...channels].filter(
    ([gateId]) => !standing.some((entry) => entry.gateId === gateId && entry.kind === "erasure"),
  );
  const drafts = bare.map(([gateId, channel]) => tombstoneEvent(request, gateId, channel, now));
  const events = await appendConsentEvents(tx, deps.keys.master, request.workspaceId, drafts);
  await addSuppressions(
    tx,
    request.workspaceId,
    events.map((event) => ({
      gateId: event.gateId,
      kind: "erasure",
      senderId: null,
      contactId: request.contactId,
      at: now,
      eventId: event.id,
    })),
  );
}

function tombstoneEvent(
  request: EraseRequest,
  gateId: number,
  channel: "email" | "phone",
  now: Date,
): ConsentEventDraft {
  return {
    gateId,
    channel,
    type: "suppressed",
    contactId: request.contactId,
    contactPointId: null,
    senderId: null,
    purposeId: null,
    occurredAt: now,
    method: request.method,
    actor: request.actor,
    claimed: false,
    lifts: false,
    noticeId: null,
    expiresAt: null,
    campaignId: null,
    suppressionKind: "erasure",
    payload: {},
    personKey: null,
  };
}

/** One entry for each key: what is completed later is held against the key's own stops. */
async function noteStops(
  deps: FlowDeps,
  request: EraseRequest,
  begun: Begun,
  barrier: BarrierResult,
  waitedMs: number,
): Promise<void> {
  await inWorkspace(deps.database, request.workspaceId, async (tx) => {
    for (const gateId of begun.gateIds) {
      await recordStop(tx, request.workspaceId, {
        kind: "erasure",
        gateId,
        contactId: request.contactId,
        campaignId: null,
        purposeId: null,
        requestedAt: begun.since,
        waitedMs,
        barrierWaitedMs: barrier.didWait ? barrier.waitedMs : 0,
        inFlight: barrier.inFlight,
      });
    }
  });
}

async function finishErasure(
  deps: FlowDeps,
  inbox: CapturedInbox | null,
  workspaceId: string,
  contactId: string,
): Promise<PurgedCopies | null> {
  const [record] = await inWorkspace(deps.database, workspaceId, (tx) => readContacts(tx, [contactId]));
  if (record === undefined || record.erasedAt !== null) return null;
  const identity = identityOf(deps.keys.master, record);
  const purged =
    identity === null ? null : await purgeCopies(deps, inbox, workspaceId, marksOf(contactId, identity));
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    await lockContacts(tx, [contactId]);
    await shredContacts(tx, [contactId]);
  });
  return purged;
}

async function purgeCopies(
  deps: FlowDeps,
  inbox: CapturedInbox | null,
  workspaceId: string,
  marks: PersonMarks,
): Promise<PurgedCopies> {
  return {
    ...(await purgeImports(deps, workspaceId, marks)),
    storedAnswers: await purgeAnswers(deps, workspaceId, marks),
    capturedMessages: (await inbox?.remove((to) => to.some((each) => mentions(marks, each)))) ?? 0,
  };
}
