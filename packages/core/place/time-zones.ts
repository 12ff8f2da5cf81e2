import type { Place } from "./places.ts";

/**
 * The zones people of a place may live by. A state or province with two zones has both: the gate calls only when
 * every clock allows it. Places that are missing here have no known clock, and nobody there is called.
 */
const ZONES: Readonly<Record<string, string>> = {
  "US-AL": "America/Chicago America/New_York",
  "US-AK": "America/Anchorage America/Adak",
  "US-AZ": "America/Phoenix America/Denver",
  "US-AR": "America/Chicago",
  "US-CA": "America/Los_Angeles",
  "US-CO": "America/Denver",
  "US-CT": "America/New_York",
  "US-DE": "America/New_York",
  "US-DC": "America/New_York",
  "US-FL": "America/New_York America/Chicago",
  "US-GA": "America/New_York",
  "US-HI": "Pacific/Honolulu",
  "US-ID": "America/Boise America/Los_Angeles",
  "US-IL": "America/Chicago",
  "US-IN": "America/Indiana/Indianapolis America/Chicago",
  "US-IA": "America/Chicago",
  "US-KS": "America/Chicago America/Denver",
  "US-KY": "America/New_York America/Chicago",
  "US-LA": "America/Chicago",
  "US-ME": "America/New_York",
  "US-MD": "America/New_York",
  "US-MA": "America/New_York",
  "US-MI": "America/Detroit America/Menominee",
  "US-MN": "America/Chicago",
  "US-MS": "America/Chicago",
  "US-MO": "America/Chicago",
  "US-MT": "America/Denver",
  "US-NE": "America/Chicago America/Denver",
  "US-NV": "America/Los_Angeles America/Denver",
  "US-NH": "America/New_York",
  "US-NJ": "America/New_York",
  "US-NM": "America/Denver",
  "US-NY": "America/New_York",
  "US-NC": "America/New_York",
  "US-ND": "America/Chicago America/Denver",
  "US-OH": "America/New_York",
  "US-OK": "America/Chicago",
  "US-OR": "America/Los_Angeles America/Boise",
  "US-PA": "America/New_York",
  "US-RI": "America/New_York",
  "US-SC": "America/New_York",
  "US-SD": "America/Chicago America/Denver",
  "US-TN": "America/Chicago America/New_York",
  "US-TX": "America/Chicago America/Denver",
  "US-UT": "America/Denver",
  "US-VT": "America/New_York",
  "US-VA": "America/New_York",
  "US-WA": "America/Los_Angeles",
  "US-WV": "America/New_York",
  "US-WI": "America/Chicago",
  "US-WY": "America/Denver",
  "US-PR": "America/Puerto_Rico",
  "US-VI": "America/St_Thomas",
  "US-GU": "Pacific/Guam",
  "US-MP": "Pacific/Saipan",
  "US-AS": "Pacific/Pago_Pago",
  "CA-AB": "America/Edmonton",
  "CA-BC": "America/Vancouver America/Edmonton",
  "CA-MB": "America/Winnipeg",
  "CA-NB": "America/Moncton",
  "CA-NL": "America/St_Johns America/Goose_Bay",
  "CA-NS": "America/Halifax",
  "CA-NT": "America/Edmonton",
  "CA-NU": "America/Iqaluit America/Winnipeg America/Edmonton",
  "CA-ON": "America/Toronto America/Winnipeg",
  "CA-PE": "America/Halifax",
  "CA-QC": "America/Toronto America/Blanc-Sablon America/Halifax",
  "CA-SK": "America/Regina America/Edmonton",
  "CA-YT": "America/Whitehorse America/Edmonton America/Iqaluit",
  "AU-NSW": "Australia/Sydney Australia/Broken_Hill",
  "AU-ACT": "Australia/Sydney",
  "AU-VIC": "Australia/Melbourne",
  "AU-QLD": "Australia/Brisbane",
  "AU-SA": "Australia/Adelaide",
  "AU-WA": "Australia/Perth Australia/Eucla",
  "AU-TAS": "Australia/Hobart",
  "AU-NT": "Australia/Darwin",
  "FR-RE": "Indian/Reunion",
  "FR-YT": "Indian/Mayotte",
  "FR-GP": "America/Guadeloupe",
  "FR-MQ": "America/Martinique",
  "FR-GF": "America/Cayenne",
  "FR-PM": "America/Miquelon",
  "ES-CN": "Atlantic/Canary",
  "BR-AC": "America/Rio_Branco",
  "BR-AM": "America/Manaus America/Eirunepe",
  "BR-RO": "America/Porto_Velho",
  "BR-RR": "America/Boa_Vista",
  "BR-MT": "America/Cuiaba",
  "BR-MS": "America/Campo_Grande",
  "BR-PE": "America/Recife America/Noronha",
  FR: "Europe/Paris",
  GB: "Europe/London",
  DE: "Europe/Berlin",
  AT: "Europe/Vienna",
  IT: "Europe/Rome",
  ES: "Europe/Madrid",
  NL: "Europe/Amsterdam",
  BR: "America/Sao_Paulo",
  IN: "Asia/Kolkata",
  JP: "Asia/Tokyo",
  SG: "Asia/Singapore",
};

/** Countries in which a region that is not known may be any of several clocks. */
const SPREAD: ReadonlySet<string> = new Set(["US", "CA", "AU", "BR", "ES"]);

/** Every IANA zone a person at this place may live by; empty where the clock is not known. */
export function zonesOf(place: Place): readonly string[] {
  if (place.country === null) return [];
  const own = place.region === null ? undefined : ZONES[place.region];
  if (own !== undefined) return own.split(" ");
  if (place.region !== null || !SPREAD.has(place.country))
    return (ZONES[place.country] ?? "").split(" ").filter(Boolean);
  return allOf(place.country);
}

const spreads = new Map<string, readonly string[]>();

function allOf(country: string): readonly string[] {
  const known = spreads.get(country);
  if (known !== undefined) return known;
  const zones = Object.entries(ZONES)
    .filter(([place]) => place === country || place.startsWith(`${country}-`))
    .flatMap(([, names]) => names.split(" "));
  const found = [...new Set(zones)];
  spreads.set(country, found);
  return found;
}
