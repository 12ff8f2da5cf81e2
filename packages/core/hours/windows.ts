import type { Place } from "../place/places.ts";
import { HOURS, type HoursRow, hoursOn, type Interval } from "./hours-table.ts";
import { dateAfter, type LocalDay, localDay, nextDay, wallClockMs } from "./local-day.ts";

/** One clock that has to be inside one table's hours. */
interface Clock {
  readonly zone: string;
  readonly jurisdiction: string;
}

export interface CallingTimes {
  readonly places: readonly Place[];
  readonly zones: readonly string[];
  readonly isAutomated: boolean;
  /** Local dates `YYYY-MM-DD`. */
  readonly holidays: ReadonlySet<string>;
  /** Rows that the workspace does not apply for want of confidence; the wider row of the country stays. */
  readonly skipsLowConfidence: boolean;
  readonly usesFixedOffsets: boolean;
}

export type Opening =
  | { readonly kind: "open"; readonly closesAtMs: number }
  | { readonly kind: "closed"; readonly opensAtMs: number }
  /** No moment suits every clock. */
  | { readonly kind: "never" };

/** A call that finds no common hour in this many moves never will. */
const MOVES_MAX = 400;
/** Longest run of days without hours that a real calendar has, with room to spare. */
const DAYS_MAX = 21;

/** Whether a person may be called at this instant; if not, the next instant at which every clock is inside its hours. */
export function openingAt(times: CallingTimes, nowMs: number): Opening {
  const clocks = clocksOf(times);
  if (clocks.length === 0) return { kind: "never" };
  let atMs = nowMs;
  for (let move = 0; move < MOVES_MAX; move += 1) {
    let closesAtMs = Number.POSITIVE_INFINITY;
    let opensAtMs: number | null = atMs;
    for (const clock of clocks) {
      const span = spanAt(times, clock, atMs);
      if (span === null) return { kind: "never" };
      if (span.opensAtMs > atMs) {
        opensAtMs = span.opensAtMs;
        break;
      }
      closesAtMs = Math.min(closesAtMs, span.closesAtMs);
    }
    if (opensAtMs === atMs) {
      return atMs === nowMs ? { kind: "open", closesAtMs } : { kind: "closed", opensAtMs: atMs };
    }
    atMs = opensAtMs;
  }
  return { kind: "never" };
}

function clocksOf(times: CallingTimes): readonly Clock[] {
  const clocks: Clock[] = [];
  for (const place of times.places) {
    if (place.country === null) continue;
    for (const jurisdiction of jurisdictionsOf(place)) {
      for (const zone of times.zones) clocks.push({ zone, jurisdiction });
      const fixed = times.usesFixedOffsets ? FIXED_OFFSETS.get(jurisdiction) : undefined;
      if (fixed !== undefined) clocks.push({ zone: fixed, jurisdiction });
    }
  }
  return clocks;
}

/** Mississippi's statute says Central Standard Time, all year; the local clock has to be inside as well. */
const FIXED_OFFSETS: ReadonlyMap<string, string> = new Map(
  HOURS.flatMap((row) => (row.fixedOffset === undefined ? [] : [[row.jurisdiction, row.fixedOffset]])),
);

/** The country's own hours and those of the state; without a state, the strictest of all states. */
function jurisdictionsOf(place: Place): readonly string[] {
  const country = place.country ?? "ZZ";
  if (place.region !== null) return [country, place.region];
  return country === "US" ? [country, "US-strictest"] : [country];
}

/** The span a clock is in, or the next one; null when there is none in sight. */
function spanAt(
  times: CallingTimes,
  clock: Clock,
  atMs: number,
): { readonly opensAtMs: number; readonly closesAtMs: number } | null {
  let day = localDay(clock.zone, atMs);
  for (let count = 0; count < DAYS_MAX; count += 1) {
    const row = rowOn(times, clock.jurisdiction, day.date);
    // A state without a row of its own adds nothing to the country's hours.
    if (row === undefined) return { opensAtMs: atMs, closesAtMs: day.endMs };
    for (const [opens, closes] of intervalsOn(row, day, times.holidays)) {
      const closesAtMs = wallClockMs(clock.zone, day.date, closes, "closes");
      if (closesAtMs <= atMs) continue;
      return { opensAtMs: Math.max(atMs, wallClockMs(clock.zone, day.date, opens, "opens")), closesAtMs };
    }
    day = nextDay(clock.zone, day);
  }
  return null;
}

function rowOn(times: CallingTimes, jurisdiction: string, date: string): HoursRow | undefined {
  const row = hoursOn(jurisdiction, times.isAutomated, date);
  const isSkipped = row?.confidence === "low" && times.skipsLowConfidence && row.jurisdiction.includes("-");
  return isSkipped ? undefined : row;
}

function intervalsOn(row: HoursRow, day: LocalDay, holidays: ReadonlySet<string>): readonly Interval[] {
  if (row.holiday !== "same-as-day" && holidays.has(day.date)) return row.holiday;
  if (day.weekday === 7) return row.sunday;
  if (day.weekday === 6) return row.saturday;
  if (row.preHoliday !== undefined && holidays.size > 0 && holidays.has(dateAfter(day.date)))
    return row.preHoliday;
  return row.weekday;
}
