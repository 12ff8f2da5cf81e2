import type { BlockReason } from "#core/decision";
import { readClock, type Tx } from "#db/database";
import { readConsentEvents, type StoredEvent } from "#db/queries/consent-events";
import { type PaceEntry, readPaceHistory } from "#db/queries/contact-preferences";
import { type PurposeRecord, readNotices, readPurposes, readSenders } from "#db/queries/senders";
import { readServiceSpeaker, type ServiceSpeaker } from "#db/queries/service-senders";
import { type StandingSuppression, standingSuppressions } from "#db/queries/suppressions";
import { type ContactMessage, readContactMessages } from "#db/read-models/contact-messages";
import { type PointStanding, readStandings, type StandingStatus, strongest } from "../consent/standings.ts";
import { openContact } from "../contacts/contacts.ts";
import { masked } from "../contacts/masked.ts";
import type { FlowDeps } from "../deps.ts";
import { noticesInForce } from "../senders/notices-in-force.ts";
import type { PreferenceFields } from "./preference-token.ts";

const HISTORY_MAX = 50;

/** One key of the person: an address or a number, with every spelling of it that is theirs. */
export interface OwnPoint {
  readonly gateId: number;
  readonly contactPointId: string;
  readonly channel: "email" | "phone";
  readonly value: string;
  readonly maskedValue: string;
}

/** What stands for one purpose and key, as the gate has it. `isOn`: it finds permission. */
export interface Choice {
  readonly key: string;
  readonly purposeId: string;
  readonly senderId: string;
  readonly point: OwnPoint;
  readonly isOn: boolean;
  /** `stopped`: everything is stopped for this key, whatever stands for the purpose. */
  readonly status: StandingStatus;
  /** What holds messages back although it is on. */
  readonly heldBy: BlockReason | null;
  /** When it ends by itself. */
  readonly lapsesAt: Date | null;
  readonly since: Date | null;
  readonly method: string | null;
  /** The person can ask for it here: by email, with a wording to agree to, where no objection or complaint stands. */
  readonly canAsk: boolean;
}

export interface Topic {
  readonly purposeId: string;
  readonly name: string;
  readonly description: string;
  readonly senderName: string;
  readonly choices: readonly Choice[];
}

/** What the person did, newest first. */
export interface Deed {
  readonly at: Date;
  readonly event: StoredEvent;
  readonly purposeName: string | null;
}

export interface Preferences {
  readonly speaker: ServiceSpeaker;
  readonly contactId: string;
  readonly language: string | null;
  readonly points: readonly OwnPoint[];
  readonly topics: readonly Topic[];
  readonly pace: PaceEntry | null;
  readonly paces: readonly PaceEntry[];
  readonly deeds: readonly Deed[];
  readonly messages: readonly ContactMessage[];
  readonly now: Date;
}

/**
 * What the gate says about what a person gets: every marketing purpose of the link's sender, and those of other
 * senders of the workspace that have anything on record or may write, for each of the person's addresses and numbers.
 * Null when the person was erased, or is no longer known.
 */
export async function readPreferences(
  tx: Tx,
  deps: FlowDeps,
  fields: PreferenceFields,
): Promise<Preferences | null> {
  const speaker = await readServiceSpeaker(tx, fields.senderId);
  const contact = await openContact(tx, deps.keys, fields.contactId);
  if (speaker === null || contact?.identity == null) return null;
  const points = ownPoints(contact.record.points, contact.identity.points);
  const gateIds = points.map((point) => point.gateId);
  const events = await readConsentEvents(tx, gateIds);
  const suppressions = await standingSuppressions(tx, gateIds);
  const senders = new Map((await readSenders(tx)).map((sender) => [sender.id, sender.name]));
  const purposes = (await readPurposes(tx)).filter((purpose) => purpose.kind === "marketing");
  const names = new Map(purposes.map((purpose) => [purpose.id, purpose.name]));
  const asked = new Set(
    noticesInForce(await readNotices(tx)).map((notice) => `${notice.purposeId}.${notice.channel}`),
  );
  const standings = await readStandings(
    tx,
    deps.keys.master,
    contact.record.points.map((point) => point.id),
  );
  const now = await readClock(tx);
  const paces = await readPaceHistory(tx, fields.contactId, HISTORY_MAX);
  const topics = purposes
    .filter(
      (purpose) =>
        purpose.senderId === fields.senderId ||
        events.some((event) => event.purposeId === purpose.id) ||
        standings.some((standing) => standing.purposeId === purpose.id && standing.isPermitted),
    )
    .map((purpose) => ({
      purposeId: purpose.id,
      name: purpose.name,
      description: purpose.description,
      senderName: senders.get(purpose.senderId) ?? "",
      choices: points.map((point) =>
        choiceOf(
          purpose,
          point,
          standings,
          !asked.has(`${purpose.id}.${point.channel}`) || forbidsAsking(purpose, point, events, suppressions),
        ),
      ),
    }));
  return {
    speaker,
    contactId: fields.contactId,
    language: contact.record.language,
    points,
    topics,
    pace: paces[0] ?? null,
    paces,
    deeds: events
      .map((event) => ({
        at: event.occurredAt,
        event,
        purposeName: event.purposeId === null ? null : (names.get(event.purposeId) ?? null),
      }))
      .sort((a, b) => b.at.getTime() - a.at.getTime() || b.event.id - a.event.id)
      .slice(0, HISTORY_MAX),
    messages: await readContactMessages(tx, fields.contactId, HISTORY_MAX),
    now,
  };
}

/** One entry per key: two spellings of an address are stopped together. */
export function ownPoints(
  points: readonly { readonly id: string; readonly channel: "email" | "phone"; readonly gateId: number }[],
  values: Readonly<Record<string, string>>,
): OwnPoint[] {
  const byGate = new Map<number, OwnPoint>();
  for (const point of points) {
    const value = values[point.id];
    if (value === undefined || byGate.has(point.gateId)) continue;
    byGate.set(point.gateId, {
      gateId: point.gateId,
      contactPointId: point.id,
      channel: point.channel,
      value,
      maskedValue: masked(value),
    });
  }
  return [...byGate.values()];
}

function choiceOf(
  purpose: PurposeRecord,
  point: OwnPoint,
  standings: readonly PointStanding[],
  cannotAsk: boolean,
): Choice {
  const standing = strongest(
    standings.filter((each) => each.purposeId === purpose.id && each.gateId === point.gateId),
  );
  const isOn = standing?.isPermitted === true;
  return {
    key: `${purpose.id}.${point.contactPointId}`,
    purposeId: purpose.id,
    senderId: purpose.senderId,
    point,
    isOn,
    status: standing?.status ?? "never-asked",
    heldBy: standing?.heldBy ?? null,
    lapsesAt: standing?.lapsesAt ?? null,
    since: standing?.since ?? null,
    method: standing === null || standing.status === "stopped" ? null : (standing.event?.method ?? null),
    canAsk: point.channel === "email" && !isOn && !cannotAsk,
  };
}

/** An objection, a complaint or a dead mailbox is not overcome by asking. */
const forbidsAsking = (
  purpose: PurposeRecord,
  point: OwnPoint,
  events: readonly StoredEvent[],
  suppressions: readonly StandingSuppression[],
): boolean =>
  suppressions.some(
    (entry) =>
      entry.gateId === point.gateId &&
      entry.kind !== "unsubscribe" &&
      (entry.senderId === null || entry.senderId === purpose.senderId),
  ) ||
  events.some(
    (event) =>
      event.gateId === point.gateId &&
      event.type === "objected" &&
      (event.senderId === null || event.senderId === purpose.senderId),
  );
