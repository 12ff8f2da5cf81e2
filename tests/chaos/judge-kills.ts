import type { WorkerEnd } from "./crew.ts";
import type { RecipientRow, Rows } from "./evidence.ts";
import { judgeMessages } from "./judge-messages.ts";
import type { Dot } from "./moments.ts";
import type { Press } from "./people.ts";
import type { Restart, Storm, StormPlan } from "./storm.ts";
import { quantile, type Verdict } from "./verdict.ts";

/** Everything a storm left behind. */
export interface Aftermath {
  readonly rows: Rows;
  readonly ends: readonly WorkerEnd[];
  readonly dots: readonly Dot[];
  readonly presses: readonly Press[];
  readonly storm: Storm;
  /** Gate rows with a stored withdrawal. */
  readonly withdrawn: ReadonlySet<number>;
}

const RECOVERY_MS_MAX = 10_000;

export function judgeKills(verdict: Verdict, plan: StormPlan, after: Aftermath): void {
  judgeMessages(verdict, after.rows, after.dots);
  judgeUnconfirmed(verdict, after);
  judgeStops(verdict, after);
  judgeRecovery(verdict, after);
  judgeStorm(verdict, plan, after);
}

function judgeUnconfirmed(verdict: Verdict, { rows, dots, ends, storm }: Aftermath): void {
  const unconfirmed = rows.recipients.filter((row) => row.state === "unconfirmed");
  const bySession = new Map(ends.map((end) => [end.session, end]));
  const kinds = Map.groupBy(unconfirmed, (row) => kindOf(row, bySession, storm.restarts));
  const dotted = new Set(dots.map((dot) => dot.recipientId));
  const ofKills = kinds.get("kill") ?? [];
  verdict.tell(
    `unconfirmed: ${ofKills.length} on the wire at a kill (${ofKills.filter((row) => dotted.has(row.id)).length} had arrived), ${kinds.get("restart")?.length ?? 0} of workers that ended while PostgreSQL was down`,
  );
  verdict.promise(
    "every unconfirmed recipient is explained by a logged kill or restart",
    kinds.get("unexplained") ?? [],
  );
  const states = new Map(rows.recipients.map((row) => [row.id, row.state]));
  verdict.promise(
    "everything on the wire at a kill is unconfirmed, never resent, never counted as sent",
    ends
      .filter((end) => end.cause === "killed")
      .flatMap((end) => end.lost)
      .filter((lost) => states.get(lost.recipientId) !== "unconfirmed"),
  );
  const aimed = ends.filter((end) => end.cause === "killed" && end.moment === "after-dot");
  verdict.promise(
    `killed right after the dot (${aimed.length}): that recipient is unconfirmed`,
    aimed.filter((end) => states.get(end.recipientId ?? -1) !== "unconfirmed"),
  );
  verdict.promise(
    "workers that ended by themselves",
    ends.filter((end) => end.cause === "ended-itself"),
  );
}

/**
 * What made a recipient unconfirmed. Evidence, not plausibility: the very permit was read out of `in_flight` after
 * its worker had died, and was redeemed before.
 */
function kindOf(
  row: RecipientRow,
  bySession: ReadonlyMap<string | null, WorkerEnd>,
  restarts: readonly Restart[],
): "kill" | "restart" | "unexplained" {
  const end = bySession.get(row.workerSession);
  if (end === undefined || row.reason !== "worker-lost") return "unexplained";
  const wasOnTheWire = end.lost.some((lost) => lost.permitId === row.permitId && lost.recipientId === row.id);
  if (!wasOnTheWire || row.redeemedAt === null || row.redeemedAt > end.at) return "unexplained";
  if (end.cause === "killed") return "kill";
  const redeemedAt = row.redeemedAt;
  const isOfRestart = restarts.some((each) => redeemedAt <= each.upAt && end.at >= each.downAt);
  return end.cause === "ended-itself" && isOfRestart ? "restart" : "unexplained";
}

function judgeStops(verdict: Verdict, { rows, dots, presses, withdrawn }: Aftermath): void {
  const answered = presses.filter((press) => press.inFlight !== null);
  const final = new Map(
    answered.filter((press) => press.inFlight === 0).map((press) => [press.person.address, press]),
  );
  const open = answered.filter((press) => press.inFlight !== 0);
  verdict.tell(
    `${answered.length} stops acknowledged during the storm, ${open.length} of them with something in flight, ${presses.length - answered.length} attempts not acknowledged`,
  );
  verdict.promise("late_contact is empty", rows.lateContacts === 0 ? [] : [rows.lateContacts]);
  verdict.promise(
    "no final dot came after a stop was acknowledged with nothing in flight",
    dots.filter((dot) => dot.at > (final.get(dot.to)?.answeredAt ?? Number.POSITIVE_INFINITY)),
  );
  verdict.promise(
    "every acknowledged stop is still stored",
    answered.filter((press) => !withdrawn.has(press.person.gateId)),
  );
}

function judgeRecovery(verdict: Verdict, { storm }: Aftermath): void {
  const slow = (ms: number | null) => ms === null || ms > RECOVERY_MS_MAX;
  const sending = storm.restarts.map((each) => each.sendingAfterMs ?? Number.POSITIVE_INFINITY);
  const ready = storm.restarts.map((each) => each.readyAfterMs ?? Number.POSITIVE_INFINITY);
  verdict.tell(
    `after PostgreSQL is back: next message after ${quantile(sending, 0.5).toFixed(0)} ms (longest ${Math.max(...sending).toFixed(0)}), API ready after ${Math.max(...ready).toFixed(0)} ms at most`,
  );
  verdict.promise(
    "sending and the API come back within 10 s of PostgreSQL",
    storm.restarts.filter((each) => slow(each.sendingAfterMs) || slow(each.readyAfterMs)),
  );
}

function judgeStorm(verdict: Verdict, plan: StormPlan, { ends, storm }: Aftermath): void {
  const killed = ends.filter((end) => end.cause === "killed");
  const moments = Object.entries(Object.groupBy(killed, (end) => end.moment ?? "any"));
  verdict.tell(
    `kills: ${moments.map(([moment, list]) => `${list?.length ?? 0} ${moment}`).join(", ")}; ${storm.misses} aims without a chance`,
  );
  verdict.sometimes("workers killed", killed.length, plan.kills);
  verdict.sometimes(
    "killed right after the final dot",
    killed.filter((end) => end.moment === "after-dot").length,
    plan.killsAfterDot,
  );
  verdict.sometimes("PostgreSQL crashed while sending", storm.restarts.length, plan.restarts);
  verdict.sometimes(
    "Redis emptied while sending, with keys in it",
    storm.flushes.filter((flush) => flush.keys > 0).length,
    plan.flushes,
  );
}
