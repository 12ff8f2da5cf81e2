import { setTimeout as sleep } from "node:timers/promises";
import { scheduleCampaign } from "#flow/campaign/schedule";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  untilCampaign,
} from "../support/product.ts";
import { startApiProcess } from "./api.ts";
import { startCrew } from "./crew.ts";
import { ask, readRows } from "./evidence.ts";
import { judgeMessages } from "./judge-messages.ts";
import { type Press, press, readPeople } from "./people.ts";
import type { Stage } from "./stage.ts";
import { quantile, type Verdict } from "./verdict.ts";

const PEOPLE = 55_000;
/** Half of all stops: at people whose message is being handed over. The other half: at anybody. */
const AIMED = 2_500;
const AT_ANYBODY = 2_500;
const WORKERS = 3;
const LANES = 20;
/** Before the 354 and before the reply to the dot: what a near mail server takes. */
const REPLY_DELAY_MS = 12;
/** From the announcement of a body to the press: before, in and after the redeem and the time on the wire. */
const AIM_MS_MAX = 40;
/** More than this at once would wait in the API, and miss the moment they are aimed at. */
const PRESSES_AT_ONCE = 16;
const FINISH_MS_MAX = 420_000;
const BARRIER_WAITS_MIN = 200;
const WINS_MIN = 100;
const OTHER_ANSWERS_MAX = 0.005;

/** Stops aimed at messages that are being handed over, at full speed, through the unsubscribe link. */
export async function runRace(stage: Stage, verdict: Verdict): Promise<void> {
  const url = await stage.database("chaos_race");
  const workspace = await createWorkspace(url);
  await importCsv(workspace, consentedCsv(PEOPLE));
  const people = shuffled(await readPeople(workspace, PEOPLE));
  const anybody = people.slice(0, AT_ANYBODY);
  const targets = new Map(people.slice(AT_ANYBODY).map((person) => [person.address, person]));
  const targetsInAll = targets.size;
  const campaignId = await createCampaign(workspace);
  const api = await startApiProcess(url, stage.redis.url);

  const aimed: Promise<Press>[] = [];
  const random: Promise<Press>[] = [];
  let underWay = 0;
  const fire = async (person: (typeof people)[number], afterMs: number): Promise<Press> => {
    underWay += 1;
    await sleep(afterMs);
    const answer = await press(api.url, workspace, campaignId, person);
    underWay -= 1;
    return answer;
  };
  let seen = 0;
  const onDataAsked = (to: string) => {
    const target = targets.get(to);
    if (target === undefined) return;
    targets.delete(to);
    seen += 1;
    const chance = (1.5 * (AIMED - aimed.length)) / (targetsInAll - seen + 1);
    if (aimed.length >= AIMED || underWay >= PRESSES_AT_ONCE || Math.random() > chance) return;
    aimed.push(fire(target, Math.random() * AIM_MS_MAX));
    const other = anybody[random.length];
    if (other !== undefined) random.push(fire(other, 0));
  };
  const crew = await startCrew({
    workers: WORKERS,
    databaseUrl: url,
    redisUrl: stage.redis.url,
    lanes: LANES,
    replyDelayMs: REPLY_DELAY_MS,
    onDataAsked,
  });
  try {
    await crew.untilReady();
    const { workspaceId } = workspace;
    await scheduleCampaign(workspace.deps, { workspaceId, campaignId, at: null, actor: "chaos" });
    await untilCampaign(workspace, campaignId, ["finished"], FINISH_MS_MAX).catch(() => undefined);
    const presses = { aimed: await Promise.all(aimed), random: await Promise.all(random) };
    await crew.stop();
    verdict.tell(`errors logged by workers: ${crew.errors()}`);
    const seconds = ((crew.dots.at(-1)?.at ?? 0) - (crew.dots[0]?.at ?? 0)) / 1000;
    verdict.tell(`${crew.dots.length} messages at ${(crew.dots.length / seconds).toFixed(0)}/s meanwhile`);
    const rows = await readRows(url, [campaignId]);
    judgeMessages(verdict, rows, crew.dots);
    verdict.promise(
      "nobody is unconfirmed: no worker died",
      rows.recipients.filter((row) => row.state === "unconfirmed"),
    );
    verdict.promise("late_contact is empty", rows.lateContacts === 0 ? [] : [rows.lateContacts]);
    judgeStops(verdict, [...presses.aimed, ...presses.random], crew.dots);
    await judgeRace(verdict, url, presses);
  } finally {
    await crew.stop();
    await api.stop();
    await workspace.close();
  }
}

function judgeStops(
  verdict: Verdict,
  presses: readonly Press[],
  dots: readonly { readonly to: string; readonly at: number }[],
): void {
  const finalSince = new Map<string, number>();
  for (const each of presses) if (each.inFlight === 0) finalSince.set(each.person.address, each.answeredAt);
  verdict.promise(
    "no final dot came after a stop was acknowledged with nothing in flight",
    dots.filter((dot) => dot.at > (finalSince.get(dot.to) ?? Number.POSITIVE_INFINITY)),
  );
  const others = presses.filter((each) => each.inFlight !== 0);
  const latencies = presses.map((each) => each.answeredAt - each.askedAt);
  const at = (share: number) => `${quantile(latencies, share).toFixed(0)} ms`;
  verdict.tell(`answers: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`);
  for (const { person, inFlight, askedAt, answeredAt } of others)
    verdict.tell(
      `other answer: gate ${person.gateId}, inFlight ${inFlight}, ${(answeredAt - askedAt).toFixed(0)} ms`,
    );
  verdict.promise(
    `answers other than inFlight 0 are fewer than 0.5 % (${others.length} of ${presses.length})`,
    others.length < presses.length * OTHER_ANSWERS_MAX ? [] : others,
  );
}

async function judgeRace(
  verdict: Verdict,
  url: string,
  presses: { readonly aimed: readonly Press[]; readonly random: readonly Press[] },
): Promise<void> {
  const gates = presses.aimed.map((each) => each.person.gateId);
  const [row] = await ask<{ waited: number; won: number }>(
    url,
    `select (select count(*)::int from stop_entry where barrier_waited_ms > 0) as waited,
       (select count(*)::int from recipient where state = 'blocked' and gate_id = any($1)) as won`,
    [gates],
  );
  verdict.tell(`of the aimed stops ${row?.won ?? 0} came before the redeem and kept the message back`);
  verdict.sometimes("stops at people being handed over", presses.aimed.length, AIMED);
  verdict.sometimes("stops at anybody", presses.random.length, AT_ANYBODY);
  verdict.sometimes("stops that waited at the barrier", row?.waited ?? 0, BARRIER_WAITS_MIN);
  verdict.sometimes("aimed stops that won against the message", row?.won ?? 0, WINS_MIN);
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
