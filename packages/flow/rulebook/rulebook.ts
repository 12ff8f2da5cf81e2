import type { HoursRow, Interval } from "#core/hours/hours-table";
import { BASES, RULES_AFTER_PERMISSION, RULES_BEFORE_PERMISSION } from "#core/rules/catalogue";
import type { Basis, Rule } from "#core/rules/rule";

/** Rules that are asked one after another, with what they have in common. */
export interface Stage {
  readonly title: string;
  readonly says: string;
  readonly rules: readonly (Rule | Basis)[];
}

/** The rules in the order they are asked. */
export const STAGES: readonly Stage[] = [
  {
    title: "Before permission",
    says: "Asked first: what stops contact whatever was agreed. The first rule that fails is the decisive reason.",
    rules: RULES_BEFORE_PERMISSION,
  },
  {
    title: "Permission",
    says: "One basis has to permit the contact in every place whose law applies. The first that does is used.",
    rules: BASES,
  },
  {
    title: "After permission",
    says: "What the law asks of a contact that is permitted: lists, the message, the call, how often and when.",
    rules: RULES_AFTER_PERMISSION,
  },
];

/** True for a basis that counts only where the sender's policy is `law`. */
export const needsLaw = (rule: Rule | Basis): boolean => "needsLaw" in rule && rule.needsLaw;

/** `everywhere`, or the places a rule is about. */
export const whereOf = (rule: Rule | Basis): string =>
  rule.jurisdictions.includes("*") ? "everywhere" : rule.jurisdictions.join(", ");

/** `08:00–12:00, 14:00–20:00`, or `none`. */
export const hoursText = (intervals: readonly Interval[]): string =>
  intervals.length === 0 ? "none" : intervals.map(([opens, closes]) => `${opens}–${closes}`).join(", ");

/** What differs from the usual: which calls, since when, until when, on which clock. */
export function limitsOf(row: HoursRow): string {
  const limits = [
    row.calls === undefined ? null : `${row.calls} calls`,
    row.effectiveFrom === undefined ? null : `from ${row.effectiveFrom}`,
    row.effectiveTo === undefined ? null : `to ${row.effectiveTo}`,
    row.fixedOffset === undefined ? null : `on the clock of UTC${row.fixedOffset}`,
    row.preHoliday === undefined ? null : `before a public holiday ${hoursText(row.preHoliday)}`,
  ];
  return limits.filter((limit) => limit !== null).join("; ");
}

/** Hours of one day of the week, in words. */
export const dayHours = (row: HoursRow, day: "weekday" | "saturday" | "sunday" | "holiday"): string => {
  const hours = row[day];
  return hours === "same-as-day" ? "as the day" : hoursText(hours);
};

/** A place as people know it: the country's name, and the code. */
export function placeName(jurisdiction: string): string {
  if (jurisdiction === "US-strictest") return "US, state unknown";
  if (jurisdiction === "ZZ") return "Country unknown";
  const name = new Intl.DisplayNames(["en"], { type: "region" }).of(jurisdiction.slice(0, 2));
  return jurisdiction.length === 2 ? (name ?? jurisdiction) : `${jurisdiction.slice(3)}, ${name}`;
}

/** The day the calling-hours table was last checked: its rule's own. */
export const hoursAsOf = (): string =>
  RULES_AFTER_PERMISSION.find((rule) => rule.id === "quiet-hours")?.asOf ?? "";
