import { canonicalKey } from "#core/canonical-key";
import { deriveConsents, type LedgerEvent } from "#core/consent-state";
import type { ConsentFact, Facts, PolicyFacts, Question, SuppressionFact } from "#core/facts";
import { candidatePlaces, placeOfNumber } from "#core/place/places";
import { zonesOf } from "#core/place/time-zones";
import type { CandidateRow, SpeakerRow } from "#db/queries/candidates";
import type { StoredEvent } from "#db/queries/consent-events";
import type { Pace } from "#db/queries/contact-preferences";
import type { ReassignmentRow, RelationshipRow } from "#db/queries/law-facts";
import type { StandingSuppression } from "#db/queries/suppressions";
import type { CampaignCircumstances } from "#db/schema/campaign";
import { publicHolidays } from "./holidays.ts";

/** What is the same for every recipient of a campaign. */
export interface CampaignContext {
  readonly speaker: SpeakerRow;
  readonly channel: "email" | "phone";
  readonly subject: string;
  readonly circumstances: CampaignCircumstances;
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
  /** How much the person wants to hear; null: they never chose. */
  readonly pace: Pace | null;
  /** Contacts on any of the person's points; read where their own cap asks for it. */
  readonly contactedAt: readonly Date[];
  /** With the campaign's sender; null where nothing is known. */
  readonly relationship: RelationshipRow | null;
  /** Copies of do-not-call lists; read for calls alone. */
  readonly registries: readonly RegistryFact[];
  readonly reassignment: ReassignmentRow | null;
}

export interface RegistryFact {
  readonly id: string;
  readonly asOf: Date;
  readonly listed: boolean;
  readonly listedAt: string | null;
}

/**
 * The question the sending gate asks: the same JSON as `POST /v1/gate/evaluate` takes. Senders and purposes are
 * named by their ids. Every key is loaded; a key that cannot be read is an error here and a block for the recipient.
 */
export function assembleQuestion(context: CampaignContext, facts: CandidateFacts, now: Date): Question {
  const { candidate } = facts;
  const { speaker, circumstances } = context;
  const {
    scriptVersion,
    artificialVoice,
    disclosesArtificialVoice,
    liaId,
    containsArt14Notice,
    ...campaign
  } = circumstances;
  return {
    channel: context.channel,
    now: now.toISOString(),
    facts: {
      country: countryOf(candidate, facts.contactPoint),
      ...(candidate.region === null ? {} : { region: candidate.region }),
      contactPoint: facts.contactPoint,
      contactId: candidate.contactId,
      party: candidate.party,
      ...(candidate.age === null ? {} : { age: candidate.age }),
      campaign: {
        ...campaign,
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
      ...(facts.pace === null ? {} : { wishes: wishesOf(facts.pace, facts.contactedAt) }),
      ...(candidate.restrictedSince === null
        ? {}
        : { restrictedSince: candidate.restrictedSince.toISOString() }),
      ...provenanceFacts(candidate),
      ...(facts.relationship === null ? {} : { relationship: relationshipFact(facts.relationship, speaker) }),
      // The stored switches were checked when they were set.
      policy: { ...(speaker.policy as PolicyFacts), legalBasis: speaker.legalBasis },
      ...(liaId === undefined ? {} : { liaId }),
      ...(context.channel === "email"
        ? {
            message: messageFacts(speaker, context.subject, containsArt14Notice === true),
            bulkSenderToProvider: speaker.isBulkSender && isLargeProvider(facts.contactPoint),
          }
        : {
            ...placeFacts(facts, now),
            call: given({
              callerId: speaker.callerId,
              scriptVersion,
              artificialVoice,
              disclosesArtificialVoice,
            }),
          }),
    },
  };
}

/** True when the person chose to hear at most so much. */
export const hasOwnCap = <P extends Pace>(
  pace: P | null,
): pace is P & { readonly capMax: number; readonly capWindowHours: number } =>
  pace !== null && pace.capMax !== null && pace.capWindowHours !== null;

const wishesOf = (pace: Pace, contactedAt: readonly Date[]): NonNullable<Facts["wishes"]> => ({
  ...(pace.pausedUntil === null ? {} : { pausedUntil: pace.pausedUntil.toISOString() }),
  ...(hasOwnCap(pace)
    ? {
        frequencyCap: { max: pace.capMax, windowHours: pace.capWindowHours },
        contactedAt: contactedAt.map((at) => at.toISOString()),
      }
    : {}),
});

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

/** What was said of the person, else what the number says; an address tells nothing. */
const countryOf = (candidate: CandidateRow, contactPoint: string): string | null =>
  candidate.country ?? (candidate.channel === "phone" ? placeOfNumber(contactPoint).country : null);

function provenanceFacts(candidate: CandidateRow): Pick<Facts, "source" | "privacySignals"> {
  const { sourceKind, sourceVendor, sourceVerifiedAt, obtainedAt, art14NoticeAt, optOutSignalAt } = candidate;
  const deletionsRunAt = candidate.sourceDeletionsRunAt;
  return {
    ...(sourceKind === null
      ? {}
      : {
          source: {
            kind: sourceKind,
            provenanceVerified: sourceVerifiedAt !== null,
            ...(sourceVendor === null ? {} : { vendor: sourceVendor }),
            ...(obtainedAt === null ? {} : { obtainedAt: obtainedAt.toISOString() }),
            ...(art14NoticeAt === null ? {} : { art14NoticeAt: art14NoticeAt.toISOString() }),
            ...(deletionsRunAt === null ? {} : { deletionsRunAt: deletionsRunAt.toISOString() }),
          },
        }),
    ...(optOutSignalAt === null
      ? {}
      : { privacySignals: { gpc: true, at: optOutSignalAt.toISOString(), linkedToContact: true } }),
  };
}

/** A relationship is stored with the sender it is with, so that sender collected the address. */
function relationshipFact(row: RelationshipRow, speaker: SpeakerRow): NonNullable<Facts["relationship"]> {
  return {
    lastPurchaseAt: row.lastPurchaseAt,
    lastInquiryAt: row.lastInquiryAt,
    contractInForce: row.contractInForce,
    collectedBy: speaker.senderId,
    ...(row.collectedDuring === null ? {} : { collectedDuring: row.collectedDuring }),
    ...(row.similarProducts === null ? {} : { similarProducts: row.similarProducts }),
    ...(row.optOutOfferedAtCollection === null
      ? {}
      : { optOutOfferedAtCollection: row.optOutOfferedAtCollection }),
    ...(row.refusedAtCollection === null ? {} : { refusedAtCollection: row.refusedAtCollection }),
  };
}

/** What every message of ours carries by construction; the composer's tests hold it to that. */
function messageFacts(
  speaker: SpeakerRow,
  subject: string,
  containsArt14Notice: boolean,
): NonNullable<Facts["message"]> {
  const isSigned = speaker.dkimDomain !== null && speaker.dkimSelector !== null && speaker.dkimKey !== null;
  return {
    from: speaker.fromAddress,
    subject,
    postalAddress: speaker.postalAddress,
    bodyUnsubscribe: true,
    unsubscribeRequiresLogin: false,
    listUnsubscribe: "https",
    listUnsubscribePost: true,
    dkimSignedHeaders: isSigned ? ["from", "list-unsubscribe", "list-unsubscribe-post"] : [],
    dmarcAligned: isSigned && isAligned(speaker.fromAddress, speaker.dkimDomain),
    containsArt14Notice,
  };
}

/** Relaxed alignment: the From domain is the signing domain or below it. @source RFC 7489 3.1.1 */
function isAligned(fromAddress: string, dkimDomain: string): boolean {
  const from = fromAddress.slice(fromAddress.lastIndexOf("@") + 1).toLowerCase();
  const signing = dkimDomain.toLowerCase();
  return from === signing || from.endsWith(`.${signing}`);
}

/** Mailbox providers whose bulk-sender rules the gate knows; their business domains cannot be told from here. */
const LARGE_PROVIDERS =
  /@(gmail\.com|googlemail\.com|yahoo\.[a-z.]+|ymail\.com|aol\.com|outlook\.[a-z.]+|hotmail\.[a-z.]+|live\.[a-z.]+|msn\.com)$/i;
const isLargeProvider = (address: string): boolean => LARGE_PROVIDERS.test(address);

/** What is there of these; a missing fact is left out, never null. */
const given = <T extends object>(facts: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined && fact !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

/**
 * What a call needs to know of the place: every clock the person may live by (their own place and the one the number
 * points to), the holidays there, the lists, and whether the number changed hands.
 */
function placeFacts(facts: CandidateFacts, now: Date): Partial<Facts> {
  const country = countryOf(facts.candidate, facts.contactPoint);
  const places = candidatePlaces("phone", { ...facts.candidate, country }, facts.contactPoint);
  const year = now.getUTCFullYear();
  return {
    tzCandidates: [...new Set(places.flatMap(zonesOf))],
    holidays: [
      ...new Set(
        places.flatMap((place) =>
          place.country === null ? [] : publicHolidays(place.country, place.region, year),
        ),
      ),
    ],
    registries: facts.registries.map((copy) => ({
      id: copy.id,
      listed: copy.listed,
      listAsOf: copy.asOf.toISOString(),
      ...(copy.listedAt === null ? {} : { listedAt: copy.listedAt }),
    })),
    ...(facts.reassignment === null
      ? {}
      : {
          reassignment: {
            db: facts.reassignment.database,
            answer: facts.reassignment.answer,
            queriedAt: facts.reassignment.queriedAt.toISOString(),
            consentDate: facts.reassignment.consentDate,
          },
        }),
  };
}

function daysAfter(instant: string, days: number): string {
  return new Date(new Date(instant).getTime() + days * 86_400_000).toISOString();
}
