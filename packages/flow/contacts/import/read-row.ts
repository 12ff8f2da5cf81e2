import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { isEmailAddress } from "#core/canonical-key";
import type { PersonFields } from "../contact-draft.ts";
import { type ImportedConsent, readConsent, readInstant } from "./read-consent.ts";

/** A row of a file, checked and in our forms. */
export interface ImportedRow {
  readonly row: number;
  readonly email: string | null;
  readonly phone: string | null;
  readonly person: PersonFields;
  /** When the data was obtained: `now` where the row does not say, null where it says so unreadably. */
  readonly obtainedAt: Date | null;
  readonly consent: ImportedConsent | null;
  /** What the file said, for the error file. */
  readonly original: Readonly<Record<string, string>>;
}

/** A refused part of a row: the rest of the row is still used, unless `whole`. */
export interface RowRefusal {
  readonly column: string;
  readonly reason: string;
}

const FIELD_LENGTH_MAX = 1_000;
const PARTIES = ["consumer", "business", "sole-trader"] as const;

/** A row as it was read; `imported` is null when nothing of it can be used. */
export interface ReadRow {
  readonly row: number;
  readonly imported: ImportedRow | null;
  readonly refusals: readonly RowRefusal[];
  readonly original: Readonly<Record<string, string>>;
}

/**
 * Reads one row. A value that cannot be used is refused by name and the rest of the row kept; a row without any
 * usable contact point is refused whole (`imported` is null).
 */
export function readRow(
  number: number,
  targets: readonly string[],
  values: readonly string[],
  now: Date,
): ReadRow {
  const original: Record<string, string> = {};
  const usable: Record<string, string> = {};
  const refusals: RowRefusal[] = [];
  const refuse = (column: string, reason: string) => {
    refusals.push({ column, reason });
    return undefined;
  };
  for (const [place, target] of targets.entries()) {
    const value = (values[place] ?? "").trim();
    if (target === "ignore" || value === "") continue;
    // The cut may split a character; what is left must still be text that can be stored.
    original[target] = value.slice(0, FIELD_LENGTH_MAX).toWellFormed();
    if (value.length <= FIELD_LENGTH_MAX) usable[target] = value;
    else if (target === "consent.withdrawnAt") usable[target] = original[target];
    else refuse(target, "too-long");
  }
  // A value too many or too few means that the others may stand in the wrong column: consent among them.
  if (values.length !== targets.length) {
    return { row: number, imported: null, refusals: [{ column: "row", reason: "column-count" }], original };
  }
  const country = readCountry(usable["country"], refuse);
  const email = usable["email"];
  const goodEmail =
    email === undefined ? null : isEmailAddress(email) ? email : (refuse("email", "email-invalid") ?? null);
  const goodPhone = readPhone(usable["phone"], country, refuse);
  if (goodEmail === null && goodPhone === null) {
    if (refusals.length === 0) refuse("email", "no-contact-point");
    return { row: number, imported: null, refusals, original };
  }
  const person: PersonFields = {
    fullName: usable["fullName"],
    givenName: usable["givenName"],
    country: country ?? countryOfPhone(goodPhone),
    region: usable["region"],
    language: readLanguage(usable["language"], refuse),
    party: readParty(usable["party"], refuse),
    attributes: attributesOf(usable),
  };
  return {
    row: number,
    imported: {
      row: number,
      email: goodEmail,
      phone: goodPhone,
      person,
      obtainedAt: readObtained(usable["obtainedAt"], now, refuse),
      consent: readConsent(usable, now, refuse),
      original,
    },
    refusals,
    original,
  };
}

type Refuse = (column: string, reason: string) => undefined;

/** A time that cannot be read must not pass for today: what is due a month after it counts as due. */
function readObtained(text: string | undefined, now: Date, refuse: Refuse): Date | null {
  if (text === undefined) return now;
  const read = readInstant(text, now);
  return read instanceof Date ? read : (refuse("obtainedAt", read) ?? null);
}

function readCountry(text: string | undefined, refuse: Refuse): string | undefined {
  if (text === undefined) return undefined;
  const code = text.toUpperCase();
  return /^[A-Z]{2}$/.test(code) ? code : refuse("country", "country-invalid");
}

function readPhone(text: string | undefined, country: string | undefined, refuse: Refuse): string | null {
  if (text === undefined) return null;
  const parsed = parsePhoneNumberFromString(
    text,
    // The value must be a number, not a text with a number somewhere in it.
    { extract: false, ...(country === undefined ? {} : { defaultCountry: country as CountryCode }) },
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

function attributesOf(usable: Readonly<Record<string, string>>): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = {};
  for (const [target, text] of Object.entries(usable)) {
    if (target.startsWith("attributes.")) attributes[target.slice("attributes.".length)] = plainValue(text);
  }
  return attributes;
}

/** Numbers and booleans are kept as such, so that audience filters can compare them. */
function plainValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/.test(text) ? Number(text) : text;
}
