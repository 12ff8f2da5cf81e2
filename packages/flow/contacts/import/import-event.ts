import type { ConsentEventDraft, StoredEvent } from "#db/queries/consent-events";
import type { StandingSuppression } from "#db/queries/suppressions";
import type { MergedRow } from "./merge-contacts.ts";
import type { ImportedConsent } from "./read-consent.ts";

/** Purposes and notices as files name them. */
export interface ImportSubjects {
  readonly purposes: readonly ImportPurpose[];
  readonly notices: readonly {
    readonly id: string;
    readonly purposeId: string;
    readonly channel: "email" | "phone";
    readonly version: string;
  }[];
}

export interface ImportPurpose {
  readonly id: string;
  readonly key: string;
  readonly senderId: string;
  readonly senderKey: string;
}

export type ConsentPlan =
  | {
      readonly kind: "event";
      readonly effect: "raised" | "lowered" | "requested";
      readonly draft: ConsentEventDraft;
    }
  | { readonly kind: "refused"; readonly column: string; readonly reason: string };

export interface ConsentContext {
  readonly importId: string;
  readonly now: Date;
  readonly subjects: ImportSubjects;
  readonly defaultPurpose: string | undefined;
  readonly channel: "email" | "phone" | undefined;
  /** A source that nobody verified; null: the file's data is verified, or came from the people themselves. */
  readonly unverifiedSourceId: string | null;
  readonly eventsByGate: ReadonlyMap<number, readonly StoredEvent[]>;
  readonly suppressionsByGate: ReadonlyMap<number, readonly StandingSuppression[]>;
}

/** One of the row's own contact points. */
export type RowPoint = MergedRow["points"][number];

/** The stop that a row states: of one purpose, or (null) of everything on this key. */
export function eventDraft(
  row: MergedRow,
  point: RowPoint,
  purpose: ImportPurpose | null,
  consent: ImportedConsent,
  context: ConsentContext,
): ConsentEventDraft {
  return {
    gateId: point.gateId,
    channel: point.channel,
    type: purpose === null ? "suppressed" : "withdrawn",
    contactId: row.contactId,
    // A stop covers every spelling of the address.
    contactPointId: null,
    senderId: purpose?.senderId ?? null,
    purposeId: purpose?.id ?? null,
    occurredAt: consent.withdrawnAt instanceof Date ? consent.withdrawnAt : context.now,
    method: "import",
    actor: `import:${context.importId}`,
    claimed: true,
    lifts: false,
    noticeId: null,
    expiresAt: null,
    campaignId: null,
    suppressionKind: null,
    payload: {
      source: consent.source,
      noticeVersion: consent.noticeVersion,
      row: row.imported.row,
      importId: context.importId,
    },
    personKey: row.personKey,
  };
}
