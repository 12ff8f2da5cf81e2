import type { Facts } from "#core/facts";
import type { CandidateRow, SpeakerRow } from "#db/queries/candidates";
import type { Pace } from "#db/queries/contact-preferences";
import type { RelationshipRow } from "#db/queries/law-facts";

/** True when the person chose to hear at most so much. */
export const hasOwnCap = <P extends Pace>(
  pace: P | null,
): pace is P & { readonly capMax: number; readonly capWindowHours: number } =>
  pace !== null && pace.capMax !== null && pace.capWindowHours !== null;

export const wishesOf = (pace: Pace, contactedAt: readonly Date[]): NonNullable<Facts["wishes"]> => ({
  ...(pace.pausedUntil === null ? {} : { pausedUntil: pace.pausedUntil.toISOString() }),
  ...(hasOwnCap(pace)
    ? {
        frequencyCap: { max: pace.capMax, windowHours: pace.capWindowHours },
        contactedAt: contactedAt.map((at) => at.toISOString()),
      }
    : {}),
});

/** Where the data came from, and what the person's browser said. */
export function provenanceFacts(candidate: CandidateRow): Pick<Facts, "source" | "privacySignals"> {
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
export function relationshipFact(
  row: RelationshipRow,
  speaker: SpeakerRow,
): NonNullable<Facts["relationship"]> {
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
