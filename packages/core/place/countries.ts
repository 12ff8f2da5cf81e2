/** Territories under the law of another country's row. */
const UNDER_LAW_OF: ReadonlyMap<string, string> = new Map([
  ["GP", "FR"],
  ["MQ", "FR"],
  ["GF", "FR"],
  ["RE", "FR"],
  ["YT", "FR"],
  ["PM", "FR"],
  ["PR", "US"],
  ["VI", "US"],
  ["GU", "US"],
  ["MP", "US"],
  ["AS", "US"],
]);

/** Country calling codes of the places that have calling-hours rows; every other code leads to an unknown place. */
const CALLING_CODES: readonly (readonly [code: string, country: string, region?: string])[] = [
  ["262269", "FR", "FR-YT"],
  ["262639", "FR", "FR-YT"],
  ["262", "FR", "FR-RE"],
  ["590", "FR", "FR-GP"],
  ["594", "FR", "FR-GF"],
  ["596", "FR", "FR-MQ"],
  ["508", "FR", "FR-PM"],
  ["33", "FR"],
  ["44", "GB"],
  ["49", "DE"],
  ["43", "AT"],
  ["39", "IT"],
  ["34", "ES"],
  ["31", "NL"],
  ["61", "AU"],
  ["55", "BR"],
  ["91", "IN"],
  ["81", "JP"],
  ["65", "SG"],
];

const EEA: ReadonlySet<string> = new Set(
  "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split(" "),
);

/** True in the EU and the EEA: GDPR, and ePrivacy 13 in national law. */
export const isEea = (country: string): boolean => EEA.has(country);

/** The country whose law applies in a country or territory (ISO 3166-1 alpha-2). */
export const lawOf = (country: string): string => UNDER_LAW_OF.get(country) ?? country;

/**
 * The country, and the overseas territory, a number outside the North American plan belongs to; nulls where the table
 * has no row.
 */
export function placeOfCallingCode(number: string): {
  readonly country: string | null;
  readonly region: string | null;
} {
  const digits = number.slice(1);
  const [, country, region] = CALLING_CODES.find(([code]) => digits.startsWith(code)) ?? [];
  return { country: country ?? null, region: region ?? null };
}
