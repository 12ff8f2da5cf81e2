import type { Rows } from "./evidence.ts";
import type { Dot } from "./moments.ts";
import { repeated, type Verdict } from "./verdict.ts";

/** The states a recipient may be in when its campaign is finished. */
const ENDED = new Set(["contacted", "failed", "blocked", "cancelled", "unconfirmed"]);

/** Promises 3 and 4: nobody is written to twice, nobody is forgotten, and the rows tell what the mail servers saw. */
export function judgeMessages(verdict: Verdict, rows: Rows, dots: readonly Dot[]): void {
  const byId = new Map(rows.recipients.map((row) => [row.id, row]));
  const dotted = new Set(dots.map((dot) => dot.recipientId));
  const states = Object.groupBy(rows.recipients, (row) => row.state);
  const counts = Object.entries(states).map(([state, list]) => `${list?.length ?? 0} ${state}`);
  verdict.tell(`${dots.length} final dots; ${rows.recipients.length} recipients: ${counts.join(", ")}`);
  verdict.promise(
    "duplicates: nobody got two final dots of one campaign",
    repeated(dots.map((dot) => `${byId.get(dot.recipientId)?.campaignId} ${dot.to}`)),
  );
  verdict.promise(
    "no message is of a recipient nobody planned",
    [...dotted].filter((id) => !byId.has(id)),
  );
  verdict.promise(
    "forgotten: every campaign is finished",
    rows.campaigns.filter((campaign) => campaign.state !== "finished"),
  );
  verdict.promise(
    "forgotten: every recipient has ended",
    rows.recipients.filter((row) => !ENDED.has(row.state)),
  );
  verdict.promise("nothing is left in in_flight", rows.inFlight === 0 ? [] : [rows.inFlight]);
  verdict.promise(
    "everyone contacted got exactly one final dot",
    rows.recipients.filter((row) => row.state === "contacted" && !dotted.has(row.id)),
  );
  verdict.promise(
    "every final dot without an outcome is unconfirmed",
    rows.recipients.filter(
      (row) => dotted.has(row.id) && row.state !== "contacted" && row.state !== "unconfirmed",
    ),
  );
  verdict.promise("the counts a campaign shows are its rows", miscounted(rows));
}

function miscounted(rows: Rows): unknown[] {
  const byCampaign = Map.groupBy(rows.recipients, (row) => row.campaignId);
  return rows.campaigns.flatMap(({ id, tally }) => {
    const counted: Record<string, number> = {};
    for (const row of byCampaign.get(id) ?? []) counted[row.state] = (counted[row.state] ?? 0) + 1;
    const names = new Set([...Object.keys(counted), ...Object.keys(tally)]);
    return [...names].every((name) => counted[name] === tally[name]) ? [] : [{ id, tally, counted }];
  });
}
