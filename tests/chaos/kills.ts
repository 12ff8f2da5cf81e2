import { setTimeout as sleep } from "node:timers/promises";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { CONTENT } from "../bench/order.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
} from "../support/product.ts";
import { startApiProcess } from "./api.ts";
import { startCrew } from "./crew.ts";
import { readRows, stillOpen, withdrawnGates } from "./evidence.ts";
import { judgeKills } from "./judge-kills.ts";
import { type Person, type Press, press, readPeople } from "./people.ts";
import type { Stage } from "./stage.ts";
import { runStorm, type StormPlan } from "./storm.ts";
import type { Verdict } from "./verdict.ts";

/*
 * Many small campaigns to the same people, one after the other: a killed worker holds up the slices it had for half a
 * minute, and there must be others to go on with.
 */
const PEOPLE = 130;
/** Of these, so many unsubscribe one by one during the storm. */
const STOPPERS = 30;
const CAMPAIGNS = 150;
const CAMPAIGNS_AT_ONCE = 20;
const LAUNCH_EVERY_MS = 1_600;
const PRESS_EVERY_MS = 5_000;
const RETRY_MS = 300;
const DRAIN_MS_MAX = 240_000;
const LANES = 5;
const REPLY_DELAY_MS = 40;

const PLAN: StormPlan = {
  workers: 4,
  kills: 105,
  killsAfterDot: 24,
  restarts: 5,
  flushes: 2,
  longestMs: 420_000,
};

/** Every fourth message is long enough to be caught half-way. */
const LONG = { ...CONTENT, html: CONTENT.html + "<p>And so on, over the hills.</p>".repeat(1_200) };

export async function runKills(stage: Stage, verdict: Verdict): Promise<void> {
  const url = await stage.database("chaos_kills");
  const workspace = await createWorkspace(url);
  await importCsv(workspace, consentedCsv(PEOPLE));
  const people = await readPeople(workspace, PEOPLE);
  const campaigns: string[] = [];
  for (let place = 0; place < CAMPAIGNS; place += 1)
    campaigns.push(await createCampaign(workspace, { content: place % 4 === 3 ? LONG : CONTENT }));

  const redisUrl = stage.redis.url;
  const api = await startApiProcess(url, redisUrl);
  const crew = await startCrew({
    workers: PLAN.workers,
    databaseUrl: url,
    redisUrl,
    lanes: LANES,
    replyDelayMs: REPLY_DELAY_MS,
  });
  try {
    const ending = new AbortController();
    const launching = launch(workspace, campaigns, ending.signal);
    const pressing = pressAll(api.url, workspace, campaigns[0] ?? "", people.slice(-STOPPERS), ending.signal);
    const storm = await runStorm(PLAN, crew, { postgres: stage.postgres, redisUrl, apiUrl: api.url });
    ending.abort();
    const [presses, launched] = await Promise.all([pressing, launching]);
    const stormEndedAt = performance.now();
    await drain(url, launched);
    verdict.tell(
      `${launched} campaigns; all ended ${((performance.now() - stormEndedAt) / 1000).toFixed(0)} s after the storm`,
    );
    await crew.stop();
    const rows = await readRows(url, campaigns.slice(0, launched));
    const withdrawn = await withdrawnGates(url);
    verdict.tell(`errors logged by workers, each tried again: ${crew.errors()}`);
    judgeKills(verdict, PLAN, { rows, ends: crew.ends, dots: crew.dots, presses, storm, withdrawn });
  } finally {
    await crew.stop();
    await api.stop();
    await workspace.close();
  }
}

/** Schedules one campaign after the other until all are, or the storm is over. Returns how many. */
async function launch(
  workspace: TestWorkspace,
  campaigns: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  let launched = 0;
  for (const campaignId of campaigns) {
    if (signal.aborted) break;
    const { workspaceId } = workspace;
    await untilDone(() =>
      scheduleCampaign(workspace.deps, { workspaceId, campaignId, at: null, actor: "chaos" }),
    );
    launched += 1;
    if (launched >= CAMPAIGNS_AT_ONCE) await sleep(LAUNCH_EVERY_MS);
  }
  return launched;
}

/** While PostgreSQL is down a step fails; a second time changes nothing. */
async function untilDone(step: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await step();
      return;
    } catch {
      await sleep(RETRY_MS);
    }
  }
}

/** These people unsubscribe, one after the other; whoever gets no answer presses again. */
async function pressAll(
  apiUrl: string,
  workspace: TestWorkspace,
  campaignId: string,
  people: readonly Person[],
  signal: AbortSignal,
): Promise<Press[]> {
  const presses: Press[] = [];
  for (const person of people) {
    await sleep(Math.random() * PRESS_EVERY_MS * 2);
    if (signal.aborted) break;
    for (;;) {
      const answer = await press(apiUrl, workspace, campaignId, person);
      presses.push(answer);
      if (answer.inFlight !== null) break;
      await sleep(RETRY_MS);
    }
  }
  return presses;
}

/** Waits until everybody has ended, or no longer: the verdict then tells who was forgotten. */
async function drain(url: string, launched: number): Promise<void> {
  const deadline = performance.now() + DRAIN_MS_MAX;
  while (performance.now() < deadline) {
    const open = await stillOpen(url);
    if (open.finished >= launched && open.recipients === 0) return;
    await sleep(1_000);
  }
}
