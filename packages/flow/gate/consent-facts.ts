import { canonicalKey } from "#core/canonical-key";
import { deriveConsents, type LedgerEvent } from "#core/consent-state";
import type { ConsentFact, SuppressionFact } from "#core/facts";
import { compareInstants } from "#core/instant";
import type { SpeakerRow } from "#db/queries/candidates";
import type { StoredEvent } from "#db/queries/consent-events";
import type { StandingSuppression } from "#db/queries/suppressions";
import type { CandidateFacts } from "./candidate-facts.ts";

/** The consents that the ledger's events leave, named as the rules compare them. */
export function consentsOf(facts: CandidateFacts, speaker: SpeakerRow): ConsentFact[] {
  const lifetimeDays = speaker.consentLifetimeDays;
  return deriveConsents(ledgerEvents(facts.events)).map((consent) => ({
    ...consent,
    // The derivation names contact points by id; the rules compare with the exact address.
    ...(consent.key === undefined
      ? {}
      : {
          key: consent.key === facts.candidate.contactPointId ? facts.contactPoint : `point:${consent.key}`,
        }),
    ...(lifetimeDays === null || consent.purpose !== speaker.purposeId
      ? {}
      : { expiresAt: earlier(consent.expiresAt, daysAfter(consent.givenAt, lifetimeDays)) }),
  }));
}

/** A consent lasts as long as it says itself, and no longer than its purpose lets it. */
const earlier = (own: string | undefined, ofPurpose: string): string =>
  own !== undefined && compareInstants(own, ofPurpose) < 0 ? own : ofPurpose;

/**
 * The ledger's events as the derivation reads them. An undo within its 15 minutes takes the withdrawal back as if
 * it had not been pressed; suppressions have their own table and are not consent.
 */
export function ledgerEvents(stored: readonly StoredEvent[]): LedgerEvent[] {
  const kept: LedgerEvent[] = [];
  for (const event of stored) {
    const { type } = event;
    if (type === "suppressed" || type === "suppression-lifted") continue;
    if (type === "withdrawal-undone") {
      const place = kept.findLastIndex(
        (earlier) => earlier.type === "withdrawn" && earlier.purpose === (event.purposeId ?? "*"),
      );
      if (place >= 0) kept.splice(place, 1);
    } else kept.push(ledgerEvent(event, type));
  }
  return kept;
}

function ledgerEvent(event: StoredEvent, type: LedgerEvent["type"]): LedgerEvent {
  return {
    id: String(event.id),
    type,
    channel: event.channel,
    purpose: event.purposeId ?? "*",
    controller: event.senderId ?? "*",
    key: event.contactPointId,
    occurredAt: event.occurredAt.toISOString(),
    recordedAt: event.recordedAt.toISOString(),
    ...(event.expiresAt === null ? {} : { expiresAt: event.expiresAt.toISOString() }),
    lifts: event.lifts,
    ...(event.noticeChangedAt === null ? {} : { noticeChangedAt: event.noticeChangedAt.toISOString() }),
    ...(event.noticeVersion === null || event.noticeHash === null || event.noticeWording === null
      ? {}
      : {
          proof: {
            noticeHash: `sha256:${event.noticeHash}`,
            noticeVersion: event.noticeVersion,
            statementShown: event.noticeWording,
            method: event.method,
            confirmedAt: event.occurredAt.toISOString(),
          },
        }),
  };
}

export function suppressionFact(
  entry: StandingSuppression,
  channel: "email" | "phone",
  contactPoint: string,
): SuppressionFact {
  return {
    kind: entry.kind,
    // The entry stands on the gate row, so its canonical key is the contact point's.
    key: entry.kind === "erasure" ? `hmac(${channel}:${canonicalKey(channel, contactPoint)})` : contactPoint,
    at: entry.at.toISOString(),
    ...(entry.contactId === null ? {} : { contactId: entry.contactId }),
    ...(entry.senderId === null ? {} : { controller: entry.senderId }),
    eventId: String(entry.eventId),
  };
}

function daysAfter(instant: string, days: number): string {
  return new Date(new Date(instant).getTime() + days * 86_400_000).toISOString();
}
