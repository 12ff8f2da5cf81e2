import type { Channel } from "../facts.ts";
import { isOfOtherPlanCountry, isUsRegion, regionOfAreaCode } from "./area-codes.ts";
import { lawOf, placeOfCallingCode } from "./countries.ts";

/** Where a person may be, as far as the law asks. `country` null: not known. */
export interface Place {
  readonly country: string | null;
  /** ISO 3166-2, or null. */
  readonly region: string | null;
}

/**
 * Every place whose rules have to be kept: the one given and, for a call, the one the number points to. Never empty.
 * The given place comes first. A region that is known from the other source fills a gap in the same country.
 * @source rules.md 0.7: open in every candidate zone and every candidate jurisdiction
 */
export function candidatePlaces(
  channel: Channel,
  person: { readonly country: string | null; readonly region?: string | null | undefined },
  contactPoint: string,
): readonly Place[] {
  // A code that is no code names no country: whose law applies is then not known.
  const country = isCountryCode(person.country) ? lawOf(person.country) : null;
  const named = person.region ?? territoryOf(person.country);
  // A state that does not exist is a state that is not known: the strictest profile applies, not the widest.
  const region = country === "US" && named !== null && !isUsRegion(named) ? null : named;
  const given: Place = { country, region };
  if (channel === "email" || country === null) return [given];
  const told = placeOfNumber(contactPoint);
  if (told.country === null && namesNoPlace(contactPoint, country)) return [given];
  if (told.country !== country) return [given, told];
  if (told.region === null || told.region === region) return [given];
  return region === null ? [told] : [given, told];
}

const isCountryCode = (country: string | null): country is string =>
  country !== null && /^[A-Z]{2}$/.test(country);

/** A toll-free number, say: `+1`, of the US or Canada, but of no state. It is no evidence against the place given. */
const namesNoPlace = (number: string, country: string): boolean =>
  (country === "US" || country === "CA") && /^\+1[2-9]\d{9}$/.test(number) && !isOfOtherPlanCountry(number);

const territoryOf = (country: string | null): string | null =>
  country === null || lawOf(country) === country ? null : `${lawOf(country)}-${country}`;

/** The place an E.164 number points to. A number that points nowhere we know leaves the place unknown. */
export function placeOfNumber(number: string): Place {
  if (!number.startsWith("+1")) return placeOfCallingCode(number);
  const region = regionOfAreaCode(number);
  return { country: region === null ? null : region.slice(0, 2), region };
}
