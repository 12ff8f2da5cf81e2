/**
 * An ISO 8601 instant (or a date, read as its first moment in UTC) as milliseconds since 1970. Instants are compared
 * by this number: `…00Z` and `…00.000Z` are one instant but two texts.
 * @throws RangeError when the text is no instant; the gate turns that into a block.
 */
export function instantMs(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError("a fact that should be an instant is not one");
  return ms;
}

/** Sorts instants, oldest first. */
export const compareInstants = (a: string, b: string): number => instantMs(a) - instantMs(b);

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** An instant as the gate writes it: ISO 8601 UTC, milliseconds only where there are any. For the years 0 to 9999. */
export function instantText(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  const { year, month, day: dayOfMonth } = civilDate(day);
  const rest = ms - day * DAY_MS;
  const seconds = Math.floor(rest / 1_000) % 60;
  const minutes = Math.floor(rest / 60_000) % 60;
  const fraction = rest % 1_000 === 0 ? "" : `.${String(rest % 1_000).padStart(3, "0")}`;
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(dayOfMonth)}T${two(Math.floor(rest / HOUR_MS))}:${two(minutes)}:${two(seconds)}${fraction}Z`;
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/**
 * The same time of day so many calendar months later (UTC); the last day of a shorter month where the day does not
 * exist. In plain arithmetic: it runs for every consent of every recipient. NaN where `months` is no whole number.
 */
export function addMonths(ms: number, months: number): number {
  if (!Number.isInteger(months)) return Number.NaN;
  const day = Math.floor(ms / DAY_MS);
  const date = civilDate(day);
  const total = date.year * 12 + (date.month - 1) + months;
  const year = Math.floor(total / 12);
  const month = total - year * 12;
  const last = month === 1 ? (isLeap(year) ? 29 : 28) : LONG_MONTHS.has(month) ? 31 : 30;
  return Date.UTC(year, month, Math.min(date.day, last)) + (ms - day * DAY_MS);
}

/** January is 0. */
const LONG_MONTHS: ReadonlySet<number> = new Set([0, 2, 4, 6, 7, 9, 11]);
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Year, month (1 to 12) and day of a day number since 1970, in the proleptic Gregorian calendar. */
function civilDate(dayNumber: number): { year: number; month: number; day: number } {
  const shifted = dayNumber + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}
