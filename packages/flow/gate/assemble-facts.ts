import { canonicalKey } from "#core/canonical-key";
import { deriveConsents, type LedgerEvent } from "#core/consent-state";
import type { ConsentFact, Question, SuppressionFact } from "#core/facts";
import type { CandidateRow, SpeakerRow } from "#db/queries/candidates";
import type { StoredEvent } from "#db/queries/consent-events";
import type { StandingSuppression } from "#db/queries/suppressions";

/** What is the same for every recipient of a campaign. */
export interface CampaignContext {
  readonly speaker: SpeakerRow;
  readonly channel: "email" | "phone";
  readonly frequencyCap: { readonly max: number; readonly windowHours: number } | null;
}

/** Everything read about one contact point in this micro-batch. */
export interface CandidateFacts {
  readonly candidate: CandidateRow;
  readonly contactPoint: string;
  readonly events: readonly StoredEvent[];
  readonly suppressions: readonly StandingSuppression[];
  /** Instants of earlier contacts, for caps. */
  readonly attempts: readonly Date[];
}

/**
 * The question the sending gate asks: the same JSON as `POST /v1/gate/evaluate` takes. Senders and purposes are
 * named by their ids. Every key is loaded; a key that cannot be read is an error here and a block for the recipient.
 */
export function assembleQuestion(context: CampaignContext, facts: CandidateFacts, now: Date): Question {
  const { candidate } = facts;
  const { speaker } = context;
  return {
    channel: context.channel,
    now: now.toISOString(),
    facts: {
      country: candidate.country,
      ...(candidate.region === null ? {} : { region: candidate.region }),
      contactPoint: facts.contactPoint,
      contactId: candidate.contactId,
      party: candidate.party,
      ...(candidate.age === null ? {} : { age: candidate.age }),
      campaign: {
        kind: speaker.purposeKind,
        purpose: speaker.purposeId,
        controller: speaker.senderId,
        ...(context.frequencyCap === null ? {} : { frequencyCap: context.frequencyCap }),
      },
      consents: consentsOf(facts, speaker),
      suppressions: facts.suppressions.map((entry) =>
        suppressionFact(entry, context.channel, facts.contactPoint),
      ),
      attempts: facts.attempts.map((at) => at.toISOString()),
      ...(candidate.restrictedSince === null
        ? {}
        : { restrictedSince: candidate.restrictedSince.toISOString() }),
      policy: { legalBasis: "consent-only" },
      ...(context.channel === "email" ? { message: messageFacts(speaker) } : {}),
    },
  };
}

function consentsOf(facts: CandidateFacts, speaker: SpeakerRow): ConsentFact[] {
  const lifetimeDays = speaker.consentLifetimeDays;
  return deriveConsents(ledgerEvents(facts.events)).map((consent) => ({
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
 * The ledger's events as the derivation reads them. An undo within its 15 minutes takes the withdrawal back as if
 * it had not been pressed; suppressions have their own table and are not consent.
 */
export function ledgerEvents(stored: readonly StoredEvent[]): LedgerEvent[] {
  const kept: StoredEvent[] = [];
  for (const event of stored) {
    if (event.type === "withdrawal-undone") {
      const place = kept.findLastIndex(
        (earlier) => earlier.type === "withdrawn" && earlier.purposeId === event.purposeId,
      );
      if (place >= 0) kept.splice(place, 1);
    } else if (event.type !== "suppressed" && event.type !== "suppression-lifted") kept.push(event);
  }
  return kept.flatMap((event) => {
    if (
      event.type === "suppressed" ||
      event.type === "suppression-lifted" ||
      event.type === "withdrawal-undone"
    ) {
      return [];
    }
    return [
      {
        id: String(event.id),
        type: event.type,
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
      },
    ];
  });
}

function suppressionFact(
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

/** What every message of ours carries by construction; the composer's tests hold it to that. */
function messageFacts(speaker: SpeakerRow) {
  return {
    from: speaker.fromAddress,
    postalAddress: speaker.postalAddress,
    bodyUnsubscribe: true,
    listUnsubscribe: "https",
    listUnsubscribePost: true,
  };
}

function daysAfter(instant: string, days: number): string {
  return new Date(new Date(instant).getTime() + days * 86_400_000).toISOString();
}
