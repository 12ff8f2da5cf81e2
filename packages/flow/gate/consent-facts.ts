import { canonicalKey } from "#core/canonical-key";
import { deriveConsents, type LedgerEvent } from "#core/consent-state";
import type { ConsentFact, SuppressionFact } from "#core/facts";
import type { SpeakerRow } from "#db/queries/candidates";
import type { StoredEvent } from "#db/queries/consent-events";
import type { StandingSuppression } from "#db/queries/suppressions";
import type { CandidateFacts } from "./candidate-facts.ts";

/** The consents that the ledger's events leave, named as the rules compare them. */
export function consentsOf(facts: CandidateFacts, speaker: SpeakerRow): ConsentFact[] {
  const lifetimeDays = speaker.consentLifetimeDays;
  const events = ledgerEvents(facts.events);
  const consents = deriveConsents(events);
  return [...consents, ...refusals(events, consents)].map((consent) => ({
    ...consent,
    // The derivation names contact points by id; the rules compare with the exact address.
    ...(consent.key === undefined
      ? {}
      : {
          key: consent.key === facts.candidate.contactPointId ? facts.contactPoint : `point:${consent.key}`,
        }),
    ...(lifetimeDays === null || consent.purpose !== speaker.purposeId || consent.expiresAt !== undefined
      ? {}
      : { expiresAt: daysAfter(consent.givenAt, lifetimeDays) }),
  }));
}

/**
 * What people said no to without ever having said yes. Where the law lets one contact people who did not object, that no
 * is all there is; it stands as a consent that ended in the instant it was given.
 */
function refusals(events: readonly LedgerEvent[], consents: readonly ConsentFact[]): ConsentFact[] {
  const topicOf = (said: Pick<LedgerEvent, "channel" | "purpose" | "controller">) =>
    `${said.channel} ${said.purpose} ${said.controller}`;
  const agreed = new Set(consents.map(topicOf));
  const noes = events.filter(
    (event) => (event.type === "withdrawn" || event.type === "refused") && !agreed.has(topicOf(event)),
  );
  return noes.map((no) => ({
    channel: no.channel,
    purpose: no.purpose,
    controller: no.controller,
    type: "express",
    givenAt: no.occurredAt,
    withdrawnAt: no.occurredAt,
    eventId: no.id,
  }));
}

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
