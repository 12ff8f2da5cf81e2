import { canonicalKey } from "#core/canonical-key";
import type { Identity } from "#db/vault/person";

/** By what a person is recognised in text that others wrote: files, stored answers, captured messages. */
export interface PersonMarks {
  readonly contactId: string;
  /** Addresses and numbers in small letters, as they are and in their canonical form. */
  readonly points: readonly string[];
  /** The digits of their numbers. */
  readonly digits: readonly string[];
  /** Null: too short to be told from ordinary words. */
  readonly fullName: string | null;
}

const NAME_LENGTH_MIN = 6;
const DIGITS_MIN = 7;
const LOCAL_LENGTH_MIN = 4;

export function marksOf(contactId: string, identity: Identity): PersonMarks {
  const values = Object.values(identity.points);
  const name = folded(identity.fullName ?? "");
  return {
    contactId,
    points: [
      ...new Set(
        values.flatMap((value) => [
          value.toLowerCase(),
          canonicalKey(value.includes("@") ? "email" : "phone", value) ?? value.toLowerCase(),
        ]),
      ),
    ],
    digits: values.filter((value) => !value.includes("@")).map(digitsOf),
    fullName: name.length < NAME_LENGTH_MIN ? null : name,
  };
}

/**
 * True when a value is, or contains, one of the person's addresses, numbers or names, whatever the spelling. Errs
 * towards yes: somebody of the same name loses what a file said of them, and nothing else.
 */
export function mentions(marks: PersonMarks, value: string): boolean {
  const text = folded(value);
  if (marks.points.some((point) => text.includes(point) || isBrokenForm(point, text))) return true;
  if (marks.fullName !== null && text.includes(marks.fullName)) return true;
  const canonical = canonicalKey("email", value.trim());
  if (canonical !== null && marks.points.includes(canonical)) return true;
  const digits = digitsOf(value).replace(/^0+/, "");
  return digits.length >= DIGITS_MIN && marks.digits.some((number) => number.endsWith(digits));
}

/** `anna.b at example.org`: an address that a file spoils is still somebody's. */
function isBrokenForm(point: string, text: string): boolean {
  const [local = "", domain] = point.split("@");
  return (
    domain !== undefined && local.length >= LOCAL_LENGTH_MIN && text.includes(local) && text.includes(domain)
  );
}

const folded = (text: string): string => text.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
const digitsOf = (text: string): string => text.replace(/[^0-9]/g, "");
