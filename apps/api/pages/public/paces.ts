import type { Reader } from "./frame.tsx";

/** How much of it: what a person may choose on the preference page. */
export type PaceOption =
  | { readonly name: string; readonly kind: "free" }
  | { readonly name: string; readonly kind: "cap"; readonly max: number; readonly windowHours: number }
  | { readonly name: string; readonly kind: "pause"; readonly days: number };

const WEEK_HOURS = 7 * 24;
const MONTH_HOURS = 30 * 24;

export const PACES: readonly PaceOption[] = [
  { name: "as-it-comes", kind: "free" },
  { name: "week-3", kind: "cap", max: 3, windowHours: WEEK_HOURS },
  { name: "week-1", kind: "cap", max: 1, windowHours: WEEK_HOURS },
  { name: "month-1", kind: "cap", max: 1, windowHours: MONTH_HOURS },
  { name: "pause-30", kind: "pause", days: 30 },
  { name: "pause-90", kind: "pause", days: 90 },
];

/** A cap in words; a window that is neither a week nor a month is told as the nearer one. */
export const capLabel = (reader: Reader, max: number, windowHours: number): string =>
  reader.words.preferences.atMost(max, windowHours <= (WEEK_HOURS + MONTH_HOURS) / 2 ? "week" : "month");
