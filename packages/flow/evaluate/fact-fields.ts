import { z } from "zod";
import { CLOCK_TIME } from "#core/hours/daily-window";

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/;

/** A day that exists: `Date.parse` alone reads 30 February as 2 March. */
export const date = z.string().max(40).regex(z.regexes.date, "must be a date, YYYY-MM-DD");

/**
 * An instant with its offset from UTC, or a date, which is read as its first moment in UTC. A time without an offset
 * is refused: the answer must not depend on the clock of the machine that reads it.
 */
export const instant = z
  .string()
  .max(40)
  .refine((text) => {
    const [, day = ""] = INSTANT.exec(text) ?? [];
    return z.regexes.date.test(day);
  }, "must be an ISO 8601 instant with Z or an offset, or a date");

export const text = z.string().max(1_000);
/** Wordings, and what a person wrote. */
export const longText = z.string().max(20_000);
export const country = z.string().regex(/^[A-Z]{2}$/, "must be an ISO 3166-1 code of two capital letters");
export const region = z
  .string()
  .regex(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, "must be an ISO 3166-2 code such as US-FL");
export const list = <T extends z.ZodType>(item: T, longest = 1_000) => z.array(item).max(longest).nullish();
export const clockTime = z.string().regex(CLOCK_TIME, "must be a time such as 09:00");
/** An object that refuses fields nobody knows: a misspelt fact would otherwise count as absent. */
export const object = z.strictObject;

const ZONES: ReadonlySet<string> = new Set(Intl.supportedValuesOf("timeZone"));

/** An IANA time zone, also one by an older name. */
export const zone = z
  .string()
  .max(100)
  .refine((name) => ZONES.has(name) || isOlderName(name), "must be an IANA time zone");

function isOlderName(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
