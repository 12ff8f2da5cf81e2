import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { isPhoneNumber } from "#core/canonical-key";
import { type Columns, changeOf, dayOf, splitLine } from "./formats.ts";
import { dialPlanOf, writeNational } from "./national-number.ts";

/** How the lines of a file are to be read. */
export interface Reading {
  readonly country: CountryCode;
  readonly columns: Columns;
  readonly mode: "replace" | "add" | "remove" | "changes";
}

export type LineRefusal =
  | "not-a-number"
  | "line-too-long"
  | "date-not-readable"
  | "change-not-readable"
  | "removal-in-a-whole-list";

/** Takes each entry: `message` holds `phone:+…`, of which `length` bytes are meant. */
export type TakeEntry = (message: Uint8Array, length: number, day: number, isRemoval: boolean) => void;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COMMA = 0x2c;
const LINE_BYTES_MAX = 1024;
const DIGITS_MAX = 15;
const PREFIX = Buffer.from("phone:+");
const decoder = new TextDecoder();

/**
 * Reads whole lines. Plain digits of one country are read where they stand, byte by byte; every other line goes through
 * libphonenumber. Empty lines count as lines and say nothing.
 * @returns how many lines there are; `refuse` gets the numbers, from 1, of those that cannot be read.
 */
export function readLines(
  lines: Uint8Array,
  reading: Reading,
  take: TakeEntry,
  refuse: (line: number, reason: LineRefusal) => void,
): number {
  const plan = dialPlanOf(reading.country);
  const isPlainFile = plan !== null && isPlain(reading);
  const isRemoval = reading.mode === "remove";
  const message = new Uint8Array(64);
  message.set(PREFIX);
  const digits = new Uint8Array(DIGITS_MAX + 1);
  let line = 0;
  for (let at = 0; at < lines.length; ) {
    line += 1;
    const start = at;
    let count = 0;
    let hasComma = false;
    let isDigits = isPlainFile;
    for (; at < lines.length; at += 1) {
      const byte = lines[at] as number;
      if (byte === LINE_FEED) break;
      if (byte >= 0x30 && byte <= 0x39 && count < DIGITS_MAX) digits[count++] = byte;
      else if (byte === COMMA && count === 3 && !hasComma && reading.columns.areaCode === 0) hasComma = true;
      else if (byte !== CARRIAGE_RETURN || lines[at + 1] !== LINE_FEED) isDigits = false;
    }
    const end = at;
    at += 1;
    if (isDigits && count > 0 && hasComma === (reading.columns.areaCode === 0)) {
      const length = writeNational(plan as NonNullable<typeof plan>, digits, count, message, PREFIX.length);
      if (length > 0) {
        take(message, length, 0, isRemoval);
        continue;
      }
    }
    if (end - start > LINE_BYTES_MAX) {
      refuse(line, "line-too-long");
      continue;
    }
    const refusal = readOddLine(decoder.decode(lines.subarray(start, end)), reading, message, take);
    if (refusal !== null) refuse(line, refusal);
  }
  return line;
}

/** No column but that of the number, perhaps with the area code before it. */
const isPlain = ({ columns, mode }: Reading): boolean =>
  mode !== "changes" &&
  columns.listedAt < 0 &&
  columns.change < 0 &&
  columns.number === columns.areaCode + 1 &&
  (columns.areaCode < 0 || columns.delimiter === ",");

function readOddLine(
  text: string,
  { country, columns, mode }: Reading,
  message: Uint8Array,
  take: TakeEntry,
): LineRefusal | null {
  if (text.trim() === "") return null;
  const values = splitLine(text, columns.delimiter);
  const value = (place: number) => (place < 0 ? "" : (values[place] ?? ""));
  const change = changeOf(value(columns.change));
  if (mode === "changes" && change === null) return "change-not-readable";
  if (mode === "replace" && change === "remove") return "removal-in-a-whole-list";
  const isRemoval = mode === "changes" ? change === "remove" : mode === "remove";
  const listedAt = value(columns.listedAt);
  const day = listedAt === "" ? 0 : dayOf(listedAt);
  if (day === null) return "date-not-readable";
  const number = internationalForm(`${value(columns.areaCode)}${value(columns.number)}`, country);
  if (number === null) return "not-a-number";
  // A number in international form is ASCII.
  for (let place = 1; place < number.length; place += 1)
    message[PREFIX.length + place - 1] = number.charCodeAt(place);
  take(message, PREFIX.length + number.length - 1, day, isRemoval);
  return null;
}

/** E.164 of what a list writes; null when it is no number of any country. Numbers out of use are numbers too. */
function internationalForm(text: string, country: CountryCode): string | null {
  const parsed = parsePhoneNumberFromString(text, country);
  return parsed?.isPossible() === true && isPhoneNumber(parsed.number) ? parsed.number : null;
}
