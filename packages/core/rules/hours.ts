import { CLOCK_TIME, openingWithin } from "../hours/daily-window.ts";
import { type Opening, openingAt } from "../hours/windows.ts";
import { type Case, isGiven } from "./case.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

/** Inside the hours of every candidate place, on the clock of every candidate zone. */
function quietHours(asked: Case): Finding {
  if (!asked.isMarketing) return PASS;
  const opening = openingAt(
    {
      places: asked.places,
      zones: asked.facts.tzCandidates ?? [],
      isAutomated: asked.isAutomated,
      holidays: holidaysOf(asked),
      skipsLowConfidence: asked.policy.appliesLowConfidenceHours === false,
      usesFixedOffsets: asked.policy.mississippiStandardTime !== false,
    },
    asked.nowMs,
  );
  return findingOf(opening);
}

/** The campaign's own hours, on every clock the person may live by. No clock, or hours that cannot be read: no call. */
function campaignHours(asked: Case): Finding {
  const { callWindow } = asked.facts.campaign;
  if (!isGiven(callWindow)) return PASS;
  const { from, to } = callWindow;
  if (!CLOCK_TIME.test(from) || !CLOCK_TIME.test(to) || from >= to) return findingOf({ kind: "never" });
  return findingOf(openingWithin({ from, to }, asked.facts.tzCandidates ?? [], asked.nowMs));
}

function findingOf(opening: Opening): Finding {
  switch (opening.kind) {
    case "open":
      return { kind: "pass", lapsesAtMs: opening.closesAtMs };
    case "closed":
      return { kind: "defer", reason: "quiet-hours", untilMs: opening.opensAtMs };
    case "never":
      return { kind: "block", reason: "quiet-hours" };
    default:
      return opening satisfies never;
  }
}

const NO_HOLIDAYS: ReadonlySet<string> = new Set();

function holidaysOf(asked: Case): ReadonlySet<string> {
  const dates = asked.facts.holidays;
  return dates === undefined || dates.length === 0 ? NO_HOLIDAYS : new Set(dates.map(localDate));
}

/** @throws RangeError when a holiday is no date: which day would be open cannot be told, and the gate blocks. */
function localDate(date: string): string {
  if (!/^\d{4}-\d{2}-\d{2}/.test(date)) throw new RangeError("a holiday that should be a date is not one");
  return date.slice(0, 10);
}

export const HOURS_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "quiet-hours",
    asks: "Is it within calling hours, on every clock the person may live by?",
    channels: ["phone"],
    citation: "47 CFR 64.1200(c)(1); state law; C. conso D.223-9; TRLGDCU 96.2; see the calling-hours table",
    reads: ["tzCandidates", "holidays", "country", "region"],
    check: quietHours,
  },
  {
    ...EVERYWHERE,
    id: "quiet-hours-campaign",
    asks: "Is it within the campaign's own hours, on every clock the person may live by?",
    channels: ["phone"],
    confidence: "policy",
    citation: "policy of the campaign",
    reads: ["campaign.callWindow", "tzCandidates"],
    check: campaignHours,
  },
];
