import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { isEmailAddress } from "#core/canonical-key";
import type { PersonFields } from "../contact-draft.ts";

/** A row of a file, checked and in our forms. */
export interface ImportedRow {
  readonly row: number;
  readonly email: string | null;
  readonly phone: string | null;
  readonly person: PersonFields;
  readonly consent: ImportedConsent | null;
  /** What the file said, for the error file. */
  readonly original: Readonly<Record<string, string>>;
}

export interface ImportedConsent {
  readonly purpose: string | null;
  readonly givenAt: Date | null;
  readonly source: string | null;
  readonly noticeVersion: string | null;
  readonly withdrawnAt: Date | null;
}

/** A refused part of a row: the rest of the row is still used, unless `whole`. */
export interface RowRefusal {
  readonly column: string;
  readonly reason: string;
}

const FIELD_LENGTH_MAX = 1_000;
const EARLIEST = Date.UTC(1990, 0, 1);
const PARTIES = ["consumer", "business", "sole-trader"] as const;

/**
 * Reads one row. A value that cannot be used is refused by name and the rest of the row kept; a row without any
 * usable contact point is refused whole (`imported` is null).
 */
export function readRow(
  number: number,
  targets: readonly string[],
  values: readonly string[],
  now: Date,
): {
  readonly imported: ImportedRow | null;
  readonly refusals: readonly RowRefusal[];
  readonly original: Readonly<Record<string, string>>;
} {
  const original: Record<string, string> = {};
  for (const [place, target] of targets.entries()) {
    const value = (values[place] ?? "").trim();
    if (target !== "ignore" && value !== "") original[target] = value.slice(0, FIELD_LENGTH_MAX);
  }
  const refusals: RowRefusal[] = [];
  const refuse = (column: string, reason: string) => {
    refusals.push({ column, reason });
    return undefined;
  };
  const country = readCountry(original["country"], refuse);
  const email = original["email"];
  const goodEmail =
    email === undefined ? null : isEmailAddress(email) ? email : (refuse("email", "email-invalid") ?? null);
  const goodPhone = readPhone(original["phone"], country, refuse);
  if (goodEmail === null && goodPhone === null) {
    if (refusals.length === 0) refuse("email", "no-contact-point");
    return { imported: null, refusals, original };
  }
  const person: PersonFields = {
    fullName: original["fullName"],
    givenName: original["givenName"],
    country: country ?? countryOfPhone(goodPhone),
    region: original["region"],
    language: readLanguage(original["language"], refuse),
    party: readParty(original["party"], refuse),
    attributes: attributesOf(original),
  };
  return {
    imported: {
      row: number,
      email: goodEmail,
      phone: goodPhone,
      person,
      consent: readConsent(original, now, refuse),
      original,
    },
    refusals,
    original,
  };
}

type Refuse = (column: string, reason: string) => undefined;

function readCountry(text: string | undefined, refuse: Refuse): string | undefined {
  if (text === undefined) return undefined;
  const code = text.toUpperCase();
  return /^[A-Z]{2}$/.test(code) ? code : refuse("country", "country-invalid");
}

function readPhone(text: string | undefined, country: string | undefined, refuse: Refuse): string | null {
  if (text === undefined) return null;
  const parsed = parsePhoneNumberFromString(
    text,
    country === undefined ? {} : { defaultCountry: country as CountryCode },
  );
  if (parsed?.isValid() !== true) return refuse("phone", "phone-invalid") ?? null;
  return parsed.number;
}

/** The country of an E.164 number, from its prefix. */
export function countryOfPhone(phone: string | null): string | undefined {
  return phone === null ? undefined : parsePhoneNumberFromString(phone)?.country;
}

function readLanguage(text: string | undefined, refuse: Refuse): string | undefined {
  if (text === undefined) return undefined;
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(text) ? text : refuse("language", "language-invalid");
}

function readParty(text: string | undefined, refuse: Refuse): PersonFields["party"] {
  if (text === undefined) return undefined;
  return PARTIES.find((party) => party === text) ?? refuse("party", "party-invalid");
}

function attributesOf(original: Readonly<Record<string, string>>): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = {};
  for (const [target, text] of Object.entries(original)) {
    if (target.startsWith("attributes.")) attributes[target.slice("attributes.".length)] = plainValue(text);
  }
  return attributes;
}

/** Numbers and booleans are kept as such, so that audience filters can compare them. */
function plainValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/.test(text) ? Number(text) : text;
}

function readConsent(
  original: Readonly<Record<string, string>>,
  now: Date,
  refuse: Refuse,
): ImportedConsent | null {
  if (!Object.keys(original).some((target) => target.startsWith("consent."))) return null;
  const instant = (column: string): Date | null => {
    const text = original[column];
    if (text === undefined) return null;
    const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN);
    if (Number.isNaN(at.getTime()) || at.getTime() < EARLIEST) return refuse(column, "time-invalid") ?? null;
    return at > now ? (refuse(column, "time-in-the-future") ?? null) : at;
  };
  return {
    purpose: original["consent.purpose"] ?? null,
    givenAt: instant("consent.givenAt"),
    source: original["consent.source"] ?? null,
    noticeVersion: original["consent.noticeVersion"] ?? null,
    withdrawnAt: instant("consent.withdrawnAt"),
  };
}
