import { localDay, nextDay, wallClockMs } from "./local-day.ts";
import type { Opening } from "./windows.ts";

/** A time on a wall clock; `24:00` is the end of the day. */
export const CLOCK_TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/;

/** Zones half a day apart and more have no common hour: a search that moved this often finds none. */
const MOVES_MAX = 100;

/**
 * Whether an instant lies within the same hours of the day on all these clocks; if not, the next that does.
 * @param window wall-clock times `HH:MM`; `to` is exclusive and after `from`.
 */
export function openingWithin(
  window: { readonly from: string; readonly to: string },
  zones: readonly string[],
  nowMs: number,
): Opening {
  if (zones.length === 0) return { kind: "never" };
  let atMs = nowMs;
  for (let move = 0; move < MOVES_MAX; move += 1) {
    const spans = zones.map((zone) => spanAt(window, zone, atMs));
    const opensAtMs = Math.max(atMs, ...spans.map((span) => span.opensAtMs));
    if (opensAtMs === atMs) {
      return atMs === nowMs
        ? { kind: "open", closesAtMs: Math.min(...spans.map((span) => span.closesAtMs)) }
        : { kind: "closed", opensAtMs: atMs };
    }
    atMs = opensAtMs;
  }
  return { kind: "never" };
}

/** The span of the window this clock is in, or the next one. */
function spanAt(window: { readonly from: string; readonly to: string }, zone: string, atMs: number) {
  let day = localDay(zone, atMs);
  for (;;) {
    const opensAtMs = wallClockMs(zone, day.date, window.from, "opens");
    const closesAtMs = window.to === "24:00" ? day.endMs : wallClockMs(zone, day.date, window.to, "closes");
    // Clocks that jump over the whole window leave a day without one.
    if (opensAtMs < closesAtMs && atMs < closesAtMs) return { opensAtMs, closesAtMs };
    day = nextDay(zone, day);
  }
}
