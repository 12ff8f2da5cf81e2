import type { CallMode } from "../facts.ts";
import table from "./calling-hours.json" with { type: "json" };

/** Half-open wall-clock interval, `HH:MM` to `HH:MM`. */
export type Interval = readonly [opens: string, closes: string];

/** The hours of one jurisdiction, for some kinds of call and some time. */
export interface HoursRow {
  /** ISO 3166-1 or 3166-2; `US-strictest` for a US person whose state is not known. */
  readonly jurisdiction: string;
  readonly weekday: readonly Interval[];
  readonly saturday: readonly Interval[];
  readonly sunday: readonly Interval[];
  readonly holiday: readonly Interval[] | "same-as-day";
  /** Hours of a weekday before a public holiday, where they differ. */
  readonly preHoliday?: readonly Interval[];
  /** Which calls it is about; absent: all. */
  readonly calls?: "live" | "automated";
  /** Local dates, both inclusive. */
  readonly effectiveFrom?: string;
  readonly effectiveTo?: string;
  /** A statute that names a fixed offset instead of the local clock. */
  readonly fixedOffset?: string;
  readonly confidence: "high" | "medium" | "low" | "policy";
  /** As the table's keepers wrote it: confidence, sources, doubts. */
  readonly note: string;
}

const CONFIDENCE = { H: "high", M: "medium", L: "low" } as const;

/** Every row of the table, in its order. @source rules.md 1e */
export const HOURS: readonly HoursRow[] = table.map((row) => {
  const letter = /^\*{0,2}([HML])\b/.exec(row.confidenceAndSource)?.[1] as
    | keyof typeof CONFIDENCE
    | undefined;
  const calls = row.qualifier === "live" ? "live" : isAutomatedOnly(row.qualifier) ? "automated" : undefined;
  return {
    jurisdiction: row.jurisdiction,
    weekday: intervals(row.weekday),
    saturday: intervals(row.saturday),
    sunday: intervals(row.sunday),
    holiday: typeof row.holiday === "string" ? "same-as-day" : intervals(row.holiday),
    ...(row.preHoliday === undefined ? {} : { preHoliday: intervals(row.preHoliday) }),
    ...(calls === undefined ? {} : { calls }),
    ...(row.effectiveFrom === undefined ? {} : { effectiveFrom: row.effectiveFrom }),
    ...(row.effectiveTo === undefined ? {} : { effectiveTo: row.effectiveTo }),
    ...(row.fixedOffset === undefined ? {} : { fixedOffset: row.fixedOffset }),
    confidence: row.policyValue ? "policy" : letter === undefined ? "medium" : CONFIDENCE[letter],
    note: row.confidenceAndSource,
  };
});

/** JSON knows lists, not pairs. @throws at load when the table has anything else. */
function intervals(listed: readonly (readonly string[])[]): readonly Interval[] {
  return listed.map(([opens, closes, ...more]) => {
    if (opens === undefined || closes === undefined || more.length > 0)
      throw new Error("calling-hours.json has an interval that is no pair");
    return [opens, closes];
  });
}

function isAutomatedOnly(qualifier: string | undefined): boolean {
  return qualifier === "automated" || qualifier === "prerecorded";
}

const BY_JURISDICTION = Map.groupBy(HOURS, (row) => row.jurisdiction);

/** True when calls to this country have hours at all; a country without a row counts as unknown. */
export const hasHours = (country: string): boolean => country !== "ZZ" && BY_JURISDICTION.has(country);

/** The row of a jurisdiction that is about this kind of call on this local date, or undefined. */
export function hoursOn(jurisdiction: string, isAutomated: boolean, date: string): HoursRow | undefined {
  return BY_JURISDICTION.get(jurisdiction)?.find(
    (row) =>
      (row.calls === undefined || (row.calls === "automated") === isAutomated) &&
      (row.effectiveFrom === undefined || row.effectiveFrom <= date) &&
      (row.effectiveTo === undefined || date <= row.effectiveTo),
  );
}

/**
 * A recorded voice is automated; a predictive dialler connects a person, and is automated only by policy. A mode that
 * is missing or unknown counts as the strictest.
 */
export const isAutomatedCall = (mode: CallMode | undefined, predictiveIsAutomated: boolean): boolean =>
  mode !== "live-manual" && (mode !== "predictive" || predictiveIsAutomated !== false);
