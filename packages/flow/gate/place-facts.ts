import type { Facts } from "#core/facts";
import { candidatePlaces, placeOfNumber } from "#core/place/places";
import { zonesOf } from "#core/place/time-zones";
import type { CandidateRow } from "#db/queries/candidates";
import type { CandidateFacts } from "./candidate-facts.ts";
import { publicHolidays } from "./holidays.ts";

/** What was said of the person, else what the number says; an address tells nothing. */
export const countryOf = (candidate: CandidateRow, contactPoint: string): string | null =>
  candidate.country ?? (candidate.channel === "phone" ? placeOfNumber(contactPoint).country : null);

/**
 * What a call needs to know of the place: every clock the person may live by (their own place and the one the number
 * points to), the holidays there, the lists, and whether the number changed hands.
 */
export function placeFacts(facts: CandidateFacts, now: Date): Partial<Facts> {
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
