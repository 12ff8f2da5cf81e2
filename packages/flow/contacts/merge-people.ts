import { consentStatus } from "#core/consent-state";
import { inWorkspace, readClock, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import {
  appendConsentEvents,
  type ConsentEventDraft,
  readConsentEvents,
  type StoredEvent,
} from "#db/queries/consent-events";
import { type ContactRecord, lockContacts, readContacts, updateContacts } from "#db/queries/contact-write";
import { bumpGates, lockGates } from "#db/queries/gates";
import {
  keepStricterFacts,
  markMerged,
  mergeWishes,
  movePoints,
  unindexPoints,
} from "#db/queries/merge-people";
import { addSuppressions, type StandingSuppression, standingSuppressions } from "#db/queries/suppressions";
import { type Identity, openIdentity, sealIdentity, unwrapPersonKey } from "#db/vault/person";
import type { FlowDeps } from "../deps.ts";
import { ledgerEvents } from "../gate/consent-facts.ts";
import { waitForInFlight } from "../stops/barrier.ts";
import { type OpenContact, openContact } from "./contacts.ts";

export interface MergeOrder {
  readonly workspaceId: string;
  /** The contact that stays. */
  readonly intoId: string;
  /** The contact that turned out to be the same person. */
  readonly fromId: string;
  readonly actor: string;
}

export type MergeResult =
  | {
      readonly kind: "merged";
      readonly contact: OpenContact;
      /** Noes of the one that now bind the addresses of the other. */
      readonly noesSpread: number;
      readonly inFlight: number;
    }
  | { readonly kind: "not-found" | "same-contact" | "erased" };

/**
 * Makes two contacts one, on an operator's order. Consent stays the narrower: a consent goes on to hold for its own
 * address alone, and every "no" of either now binds all addresses and numbers of its channel. Both contacts are locked
 * first, then all their gate rows, sorted; all of them are bumped, and the answer comes after the barrier.
 */
export async function mergePeople(deps: FlowDeps, order: MergeOrder): Promise<MergeResult> {
  const { workspaceId, intoId, fromId } = order;
  if (intoId === fromId) return { kind: "same-contact" };
  const merged = await inWorkspace(deps.database, workspaceId, (tx) => mergeInto(tx, deps, order));
  if (merged.kind !== "merged") return merged;
  const barrier = await waitForInFlight(deps.database, workspaceId, {
    kind: "gates",
    gateIds: merged.contact.record.points.map((point) => point.gateId),
  });
  return { ...merged, inFlight: barrier.inFlight };
}

interface Person {
  readonly record: ContactRecord;
  readonly identity: Identity;
  readonly wrappedKey: Buffer;
  readonly key: Buffer;
}

async function mergeInto(tx: Tx, deps: FlowDeps, order: MergeOrder): Promise<MergeResult> {
  await lockContacts(tx, [order.intoId, order.fromId]);
  const records = await readContacts(tx, [order.intoId, order.fromId]);
  const into = records.find((record) => record.id === order.intoId);
  const from = records.find((record) => record.id === order.fromId);
  if (into === undefined || from === undefined) return { kind: "not-found" };
  const [kept, gone] = [opened(deps, into), opened(deps, from)];
  if (kept === null || gone === null) return { kind: "erased" };
  const gateIds = [...new Set([...into.points, ...from.points].map((point) => point.gateId))];
  await lockGates(tx, gateIds);
  const noesSpread = await spreadNoes(tx, deps, order, [...into.points, ...from.points], kept);
  await bumpGates(tx, gateIds);
  await mergeIdentity(tx, kept, gone);
  await keepStricterFacts(tx, order.fromId, order.intoId);
  await mergeWishes(tx, order.workspaceId, order.fromId, order.intoId);
  await markMerged(tx, order.fromId, order.intoId);
  await recordAudit(tx, order.workspaceId, order.actor, "contacts-merged", order.intoId, {
    from: order.fromId,
    noesSpread,
  });
  const contact = await openContact(tx, deps.keys, order.intoId);
  if (contact === null) throw new Error("the contact just merged cannot be read");
  return { kind: "merged", contact, noesSpread, inFlight: 0 };
}

function opened(deps: FlowDeps, record: ContactRecord): Person | null {
  const { wrappedKey, identity } = record;
  if (wrappedKey === null || identity === null || record.erasedAt !== null) return null;
  const key = unwrapPersonKey(deps.keys.master, record.id, wrappedKey);
  return { record, identity: openIdentity(key, record.id, identity), wrappedKey, key };
}

/** Points of the one move to the other; one that both have stays where it was, unfindable. */
async function mergeIdentity(tx: Tx, kept: Person, gone: Person): Promise<void> {
  const own = new Set(Object.values(kept.identity.points));
  const isDouble = (pointId: string) => own.has(gone.identity.points[pointId] ?? "");
  const moved = gone.record.points.filter((point) => !isDouble(point.id));
  const channels = new Set(kept.record.points.map((point) => point.channel));
  await movePoints(
    tx,
    moved.map((point) => point.id),
    kept.record.id,
    moved.filter((point) => point.isPrimary && !channels.has(point.channel)).map((point) => point.id),
  );
  await unindexPoints(
    tx,
    gone.record.points.filter((point) => isDouble(point.id)).map((point) => point.id),
  );
  const points = Object.fromEntries(moved.map((point) => [point.id, gone.identity.points[point.id] ?? ""]));
  const identity: Identity = {
    ...gone.identity,
    ...kept.identity,
    points: { ...kept.identity.points, ...points },
  };
  const { record, key, wrappedKey } = kept;
  await updateContacts(tx, [{ ...record, wrappedKey, identity: sealIdentity(key, record.id, identity) }]);
}

type Point = ContactRecord["points"][number];

/** Records every standing "no" of one key on the person's other keys of the channel, where it does not stand yet. */
async function spreadNoes(
  tx: Tx,
  deps: FlowDeps,
  order: MergeOrder,
  points: readonly Point[],
  kept: Person,
): Promise<number> {
  const gates = [...new Map(points.map((point) => [point.gateId, point.channel])).entries()];
  const gateIds = gates.map(([gateId]) => gateId);
  const now = await readClock(tx);
  const events = await readConsentEvents(tx, gateIds);
  const standing = await standingSuppressions(tx, gateIds);
  const drafts = gates.flatMap(([gateId, channel]) => [
    ...missingSuppressions(gateId, channel, gates, standing),
    ...missingWithdrawals(gateId, channel, gates, events, now.toISOString()),
  ]);
  const recorded = await appendConsentEvents(
    tx,
    deps.keys.master,
    order.workspaceId,
    drafts.map((draft) => noEvent(draft, order, kept, now)),
  );
  await addSuppressions(
    tx,
    order.workspaceId,
    drafts.flatMap((draft, place) => {
      const event = recorded[place];
      if (draft.suppressionKind === null || event === undefined) return [];
      const { gateId, suppressionKind: kind, senderId } = draft;
      return [{ gateId, kind, senderId, contactId: order.intoId, at: now, eventId: event.id }];
    }),
  );
  return drafts.length;
}

interface No {
  readonly gateId: number;
  readonly channel: "email" | "phone";
  readonly senderId: string | null;
  readonly purposeId: string | null;
  readonly suppressionKind: StandingSuppression["kind"] | null;
}

/** A dead mailbox says nothing about another; an objection is to all channels, the rest to its own. */
function missingSuppressions(
  gateId: number,
  channel: "email" | "phone",
  gates: readonly (readonly [number, "email" | "phone"])[],
  standing: readonly StandingSuppression[],
): No[] {
  const channelOf = new Map(gates);
  const own = standing.filter((entry) => entry.gateId === gateId);
  const wanted = standing.filter(
    (entry) =>
      entry.kind !== "hard-bounce" &&
      entry.kind !== "erasure" &&
      (channelOf.get(entry.gateId) === channel || entry.kind === "objection"),
  );
  const missing = wanted.filter(
    (entry) =>
      !own.some(
        (each) => each.kind === entry.kind && (each.senderId === null || each.senderId === entry.senderId),
      ),
  );
  const unique = new Map(missing.map((entry) => [`${entry.kind} ${entry.senderId}`, entry]));
  return [...unique.values()].map(({ kind, senderId }) => ({
    gateId,
    channel,
    senderId,
    purposeId: null,
    suppressionKind: kind,
  }));
}

/** A purpose that was withdrawn or refused on one key is withdrawn on the others where consent stands. */
function missingWithdrawals(
  gateId: number,
  channel: "email" | "phone",
  gates: readonly (readonly [number, "email" | "phone"])[],
  events: readonly StoredEvent[],
  now: string,
): No[] {
  const statusOn = (gate: number, purposeId: string) =>
    consentStatus(
      ledgerEvents(events.filter((event) => event.gateId === gate && event.purposeId === purposeId)),
      now,
    );
  const purposes = new Map(
    events.flatMap((event) => (event.purposeId === null ? [] : [[event.purposeId, event.senderId]])),
  );
  return [...purposes].flatMap(([purposeId, senderId]) => {
    const isNo = gates.some(([other, otherChannel]) => {
      if (other === gateId || otherChannel !== channel) return false;
      const status = statusOn(other, purposeId);
      return status === "withdrawn" || status === "refused";
    });
    const status = statusOn(gateId, purposeId);
    if (!isNo || (status !== "yes" && status !== "notice-changed")) return [];
    return [{ gateId, channel, senderId, purposeId, suppressionKind: null }];
  });
}

function noEvent(no: No, order: MergeOrder, kept: Person, now: Date): ConsentEventDraft {
  return {
    ...no,
    type:
      no.suppressionKind === null
        ? "withdrawn"
        : no.suppressionKind === "objection"
          ? "objected"
          : "suppressed",
    contactId: order.intoId,
    contactPointId: null,
    occurredAt: now,
    method: "merge",
    actor: order.actor,
    claimed: false,
    lifts: false,
    noticeId: null,
    expiresAt: null,
    campaignId: null,
    payload: {},
    personKey: kept.key,
  };
}
