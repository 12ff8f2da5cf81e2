import type { ConsentEventDraft, StoredEvent } from "#db/queries/consent-events";
import type { StandingSuppression } from "#db/queries/suppressions";
import { hasStandingNo } from "../../consent/standing-no.ts";
import type { MergedRow } from "./merge-contacts.ts";

/** Purposes and notices as files name them. */
export interface ImportSubjects {
  readonly purposes: readonly {
    readonly id: string;
    readonly key: string;
    readonly senderId: string;
    readonly senderKey: string;
  }[];
  readonly notices: readonly {
    readonly id: string;
    readonly purposeId: string;
    readonly channel: "email" | "phone";
    readonly version: string;
  }[];
}

export type ConsentPlan =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "event";
      readonly effect: "raised" | "lowered" | "requested";
      readonly draft: ConsentEventDraft;
    }
  | { readonly kind: "refused"; readonly column: string; readonly reason: string };

export interface ConsentContext {
  readonly importId: string;
  readonly subjects: ImportSubjects;
  readonly defaultPurpose: string | undefined;
  readonly channel: "email" | "phone" | undefined;
  readonly eventsByGate: ReadonlyMap<number, readonly StoredEvent[]>;
  readonly suppressionsByGate: ReadonlyMap<number, readonly StandingSuppression[]>;
}

/**
 * What a row's consent columns come to. A file may lower consent; it raises it only with evidence (source, time and
 * a notice version of that purpose), and never over a standing "no": that grant waits for the person.
 */
export function planConsent(row: MergedRow, context: ConsentContext): ConsentPlan {
  const consent = row.imported.consent;
  if (
    consent === null ||
    (consent.givenAt === null && consent.withdrawnAt === null && consent.source === null)
  ) {
    return { kind: "nothing" };
  }
  const purpose = findPurpose(context.subjects, consent.purpose ?? context.defaultPurpose);
  if (purpose === null) return { kind: "refused", column: "consent.purpose", reason: "purpose-unknown" };
  const point = row.points.find((each) => each.channel === (context.channel ?? each.channel));
  if (point === undefined)
    return { kind: "refused", column: "consent.purpose", reason: "no-contact-point-on-channel" };
  const events = context.eventsByGate.get(point.gateId) ?? [];
  const suppressions = context.suppressionsByGate.get(point.gateId) ?? [];
  const notice = context.subjects.notices.find(
    (each) =>
      each.purposeId === purpose.id &&
      each.channel === point.channel &&
      each.version === consent.noticeVersion,
  );
  const withdrawn =
    consent.withdrawnAt !== null && (consent.givenAt === null || consent.withdrawnAt >= consent.givenAt);
  if (!withdrawn && (consent.givenAt === null || consent.source === null || notice === undefined)) {
    return { kind: "refused", column: "consent.givenAt", reason: "consent-evidence-missing" };
  }
  const occurredAt = withdrawn ? consent.withdrawnAt : consent.givenAt;
  if (occurredAt === null) return { kind: "nothing" };
  const standsNo = hasStandingNo(events, suppressions, purpose.senderId, purpose.id);
  const type = withdrawn ? ("withdrawn" as const) : standsNo ? ("requested" as const) : ("given" as const);
  if (isOnRecord(events, type, purpose.id, occurredAt)) return { kind: "nothing" };
  return {
    kind: "event",
    effect: type === "withdrawn" ? "lowered" : type === "requested" ? "requested" : "raised",
    draft: {
      gateId: point.gateId,
      channel: point.channel,
      type,
      contactId: row.contactId,
      contactPointId: type === "withdrawn" ? null : point.id,
      senderId: purpose.senderId,
      purposeId: purpose.id,
      occurredAt,
      method: "import",
      actor: `import:${context.importId}`,
      claimed: true,
      lifts: false,
      noticeId: withdrawn ? null : (notice?.id ?? null),
      expiresAt: null,
      campaignId: null,
      suppressionKind: null,
      payload: { source: consent.source, row: row.imported.row, importId: context.importId },
      personKey: row.personKey,
    },
  };
}

function findPurpose(subjects: ImportSubjects, name: string | undefined) {
  if (name === undefined) return null;
  const matching = subjects.purposes.filter(
    (each) => each.id === name || each.key === name || `${each.senderKey}/${each.key}` === name,
  );
  // A key that two senders use names neither.
  return matching.length === 1 ? (matching[0] ?? null) : null;
}

/** The same file imported twice adds nothing the second time. */
function isOnRecord(
  events: readonly StoredEvent[],
  type: string,
  purposeId: string,
  occurredAt: Date,
): boolean {
  return events.some(
    (event) =>
      event.type === type &&
      event.purposeId === purposeId &&
      event.occurredAt.getTime() === occurredAt.getTime(),
  );
}
