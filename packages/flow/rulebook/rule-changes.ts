import { HOURS, type HoursRow } from "#core/hours/hours-table";
import { REGISTRIES } from "#core/rules/do-not-call-lists";
import { dayHours, placeName, STAGES } from "./rulebook.ts";

/** One thing that begins, ends or becomes another on a day. */
export interface RuleChange {
  /** `YYYY-MM-DD`, in UTC for rules and by the place's own calendar for calling hours. */
  readonly day: string;
  /** The instant, where there is one. */
  readonly at: string | null;
  readonly kind: "begins" | "ends" | "changes";
  /** The rule's id, the registry's, or the place of the hours. */
  readonly subject: string;
  readonly what: string;
  readonly citation: string | null;
}

export interface RuleChanges {
  /** Soonest first. */
  readonly coming: readonly RuleChange[];
  /** Newest first. */
  readonly recent: readonly RuleChange[];
}

const DAY_MS = 86_400_000;
const RECENT_DAYS = 180;

/** What changes after `now`, and what changed in the 180 days before it, by the dates of rules, lists and hours. */
export function ruleChanges(now: Date, rows: readonly HoursRow[] = HOURS): RuleChanges {
  const today = dayOf(now);
  const since = dayOf(new Date(now.getTime() - RECENT_DAYS * DAY_MS));
  const all = [...rulesByDate(), ...registriesByDate(), ...hoursByDate(rows)].sort((a, b) =>
    a.day < b.day ? -1 : a.day > b.day ? 1 : a.subject < b.subject ? -1 : 1,
  );
  const isComing = (change: RuleChange) =>
    change.at === null ? change.day > today : Date.parse(change.at) > now.getTime();
  return {
    coming: all.filter(isComing),
    recent: all.filter((change) => !isComing(change) && change.day >= since).reverse(),
  };
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

function rulesByDate(): RuleChange[] {
  return STAGES.flatMap((stage) => stage.rules).flatMap((rule) => {
    const card = { subject: rule.id, what: rule.asks, citation: rule.citation };
    return [
      ...(rule.effectiveFrom === null ? [] : [instantChange(rule.effectiveFrom, "begins", card)]),
      ...(rule.effectiveTo === null ? [] : [instantChange(rule.effectiveTo, "ends", card)]),
    ];
  });
}

function registriesByDate(): RuleChange[] {
  return REGISTRIES.flatMap((registry) =>
    registry.until === null
      ? []
      : [
          instantChange(registry.until, "ends", {
            subject: registry.id,
            what: `A current copy of the list is no longer needed in ${placeName(registry.country)}.`,
            citation: registry.citation,
          }),
        ],
  );
}

const instantChange = (
  at: string,
  kind: RuleChange["kind"],
  card: Pick<RuleChange, "subject" | "what" | "citation">,
): RuleChange => ({ ...card, day: at.slice(0, 10), at, kind });

/** Rows of one place that follow each other are one change, from the old hours to the new. */
function hoursByDate(rows: readonly HoursRow[]): RuleChange[] {
  const changes: RuleChange[] = [];
  const followed = new Set<HoursRow>();
  for (const row of rows) {
    if (row.effectiveFrom === undefined) continue;
    const from = row.effectiveFrom;
    const before = rows.find(
      (each) =>
        each.jurisdiction === row.jurisdiction &&
        each.calls === row.calls &&
        each.effectiveTo !== undefined &&
        dayAfter(each.effectiveTo) === from,
    );
    if (before !== undefined) followed.add(before);
    changes.push(hoursChange(row, from, before === undefined ? "begins" : "changes", before));
  }
  for (const row of rows) {
    if (row.effectiveTo !== undefined && !followed.has(row))
      changes.push(hoursChange(row, dayAfter(row.effectiveTo), "ends", undefined));
  }
  return changes;
}

const dayAfter = (day: string): string => dayOf(new Date(Date.parse(day) + DAY_MS));

const DAYS = [
  ["weekday", "Monday to Friday"],
  ["saturday", "Saturday"],
  ["sunday", "Sunday"],
  ["holiday", "public holidays"],
] as const;

function hoursChange(
  row: HoursRow,
  day: string,
  kind: RuleChange["kind"],
  before: HoursRow | undefined,
): RuleChange {
  const parts = DAYS.flatMap(([key, name]) => {
    const hours = dayHours(row, key);
    if (before === undefined) return [`${name} ${hours}`];
    const earlier = dayHours(before, key);
    return earlier === hours ? [] : [`${name} ${hours} instead of ${earlier}`];
  });
  return {
    day,
    at: null,
    kind,
    subject: row.jurisdiction,
    what: `Calling hours in ${placeName(row.jurisdiction)}: ${parts.join("; ") || "as before"}.`,
    citation: null,
  };
}
