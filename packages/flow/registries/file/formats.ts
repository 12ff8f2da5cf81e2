/** What the columns of a file are; places from 0, -1: there is no such column. */
export interface Columns {
  readonly delimiter: string;
  readonly number: number;
  /** Stands before the number where the file parts them. */
  readonly areaCode: number;
  readonly listedAt: number;
  readonly change: number;
}

const NAMES: Readonly<Record<Exclude<keyof Columns, "delimiter">, ReadonlySet<string>>> = {
  number: new Set(["number", "phone", "phonenumber", "telephone", "telephonenumber", "tel", "msisdn"]),
  areaCode: new Set(["areacode", "area"]),
  listedAt: new Set(["listedat", "date", "registeredat", "registrationdate", "dateregistered"]),
  change: new Set(["change", "action", "changetype"]),
};

/**
 * Reads the first line of a file: null when it is no header but an entry already.
 * @returns "no-number" for a header without a column of numbers.
 */
export function headerOf(line: string): Columns | "no-number" | null {
  if (/[0-9]/.test(line)) return null;
  const delimiter = delimiterOf(line);
  const names = splitLine(line, delimiter).map((name) => name.toLowerCase().replace(/[^a-z]/g, ""));
  const place = (column: keyof typeof NAMES) => names.findIndex((name) => NAMES[column].has(name));
  const columns = {
    delimiter,
    number: place("number"),
    areaCode: place("areaCode"),
    listedAt: place("listedAt"),
    change: place("change"),
  };
  return columns.number < 0 ? "no-number" : columns;
}

/**
 * What an entry looks like in a file without a header: the number alone, or an area code of three digits and seven
 * more; then a date and an `A` or `D`, where there are such columns.
 */
export function columnsOf(line: string): Columns {
  const delimiter = delimiterOf(line);
  const values = splitLine(line, delimiter);
  const isParted = /^[2-9][0-9]{2}$/.test(values[0] ?? "") && /^[0-9]{3}-?[0-9]{4}$/.test(values[1] ?? "");
  const number = isParted ? 1 : 0;
  const after = (test: (value: string) => boolean) =>
    values.findIndex((value, place) => place > number && test(value));
  return {
    delimiter,
    number,
    areaCode: isParted ? 0 : -1,
    listedAt: after((value) => dayOf(value) !== null),
    change: after((value) => changeOf(value) !== null),
  };
}

const delimiterOf = (line: string): string => [",", ";", "\t"].find((each) => line.includes(each)) ?? ",";

/** The values of one line, without quotes and spaces around them. Quotes do not reach over a line's end. */
export function splitLine(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter).map((value) => value.trim());
  const values: string[] = [];
  let value = "";
  let isQuoted = false;
  for (const character of line) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === delimiter && !isQuoted) {
      values.push(value.trim());
      value = "";
    } else value += character;
  }
  return [...values, value.trim()];
}

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.parse("2000-01-01T00:00:00Z");

/** A date (`2026-01-31`, `20260131`, with or without a time) as days since 2000-01-01; null when it is none. */
export function dayOf(text: string): number | null {
  const [, year, month, day] = /^([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T ].*)?$/.exec(text) ?? [];
  if (year === undefined) return null;
  const ms = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day)) return null;
  const days = (ms - FIRST_DAY_MS) / DAY_MS;
  // 0 stands for "not said". Who was listed before 2000 was listed before every consent.
  return days > 65_535 ? null : Math.max(1, days);
}

/** What a line of changes says; null: nothing of the kind. */
export function changeOf(text: string): "add" | "remove" | null {
  const word = text.toLowerCase();
  if (word === "a" || word === "add" || word === "added") return "add";
  return word === "d" || word === "delete" || word === "deleted" || word === "removed" ? "remove" : null;
}
