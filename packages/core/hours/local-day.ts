import { DAY_MS } from "../instant.ts";

/** A calendar day somewhere: `[startMs, endMs)` in milliseconds since 1970; 23 or 25 hours long when clocks change. */
export interface LocalDay {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** 1 is Monday, 7 is Sunday. */
  readonly weekday: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Zone arithmetic is the dearest part of a decision and the same for many people: kept per zone and day. */
const CACHE_MAX = 20_000;
const days = new Map<string, readonly LocalDay[]>();
const instants = new Map<string, number>();

/**
 * The local day an instant falls on. @param zone an IANA name or an offset such as `-06:00`.
 * @throws RangeError when the zone does not exist; the gate turns that into a block.
 */
export function localDay(zone: string, ms: number): LocalDay {
  const key = `${zone} ${Math.floor(ms / DAY_MS)}`;
  const known = days.get(key) ?? keep(days, key, daysAround(zone, Math.floor(ms / DAY_MS) * DAY_MS));
  const day = known.find((each) => each.startMs <= ms && ms < each.endMs);
  if (day === undefined) throw new RangeError("an instant lies on no local day");
  return day;
}

/** The day after. */
export const nextDay = (zone: string, day: LocalDay): LocalDay => localDay(zone, day.endMs);

/** The date after a date, both `YYYY-MM-DD`. */
export function dateAfter(date: string): string {
  return Temporal.PlainDate.from(date).add({ days: 1 }).toString();
}

/**
 * When a wall clock shows this time on this day. Clocks that jump over it open late and close early: the strict
 * reading either way. @param time `HH:MM`; `24:00` is the end of the day.
 */
export function wallClockMs(zone: string, date: string, time: string, side: "opens" | "closes"): number {
  const key = `${zone} ${date} ${time} ${side}`;
  return instants.get(key) ?? keep(instants, key, wallClock(zone, date, time, side));
}

function wallClock(zone: string, date: string, time: string, side: "opens" | "closes"): number {
  const disambiguation = side === "opens" ? "later" : "earlier";
  return Temporal.PlainDateTime.from(`${date}T${time}:00`).toZonedDateTime(zone, { disambiguation })
    .epochMilliseconds;
}

/** The same wall-clock time so many calendar days later. */
export function addLocalDays(zone: string, ms: number, count: number): number {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).add({ days: count })
    .epochMilliseconds;
}

/** The local days that touch a day of UTC. */
function daysAround(zone: string, utcStartMs: number): readonly LocalDay[] {
  const found: LocalDay[] = [];
  let start = Temporal.Instant.fromEpochMilliseconds(utcStartMs).toZonedDateTimeISO(zone).startOfDay();
  while (start.epochMilliseconds < utcStartMs + DAY_MS) {
    const end = start.add({ days: 1 }).startOfDay();
    found.push({
      date: start.toPlainDate().toString(),
      weekday: start.dayOfWeek,
      startMs: start.epochMilliseconds,
      endMs: end.epochMilliseconds,
    });
    start = end;
  }
  return found;
}

function keep<T>(cache: Map<string, T>, key: string, value: T): T {
  if (cache.size >= CACHE_MAX) cache.clear();
  cache.set(key, value);
  return value;
}
