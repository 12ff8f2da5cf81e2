import { setTimeout as sleep } from "node:timers/promises";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { freezeWorkspace, unfreezeWorkspace } from "#flow/stops/freeze";
import { pauseCampaign, resumeCampaign } from "#flow/stops/stop-campaign";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
  untilCampaign,
} from "../support/product.ts";
import { type Crew, startCrew } from "./crew.ts";
import { ask, readRows } from "./evidence.ts";
import { judgeMessages } from "./judge-messages.ts";
import { instant } from "./moments.ts";
import type { Stage } from "./stage.ts";
import { quantile, type Verdict } from "./verdict.ts";

const PEOPLE = 24_000;
const WORKERS = 12;
const LANES = 10;
const REPLY_DELAY_MS = 5;
const STOPS = 50;
/** Sending is under way again when so many messages came since the last window. */
const RUNNING_DOTS = 30;
const RUNNING_MS_MAX = 60_000;
const WINDOW_MS = 250;
const ANSWER_MS_BAR = 500;
const FINISH_MS_MAX = 420_000;
/** A pause may say that something was on the wire; so many must not, else hardly any window was looked at. */
const FINAL_MIN = 40;

/** A pause or freeze, and the time in which nothing may be completed. Milliseconds since 1970. */
interface Window {
  readonly kind: "pause" | "freeze";
  readonly inFlight: number;
  readonly tookMs: number;
  readonly from: number;
  readonly until: number;
}

/** Pauses and freezes under twelve workers at full speed. */
export async function runPauses(stage: Stage, verdict: Verdict): Promise<void> {
  const url = await stage.database("chaos_pauses");
  const workspace = await createWorkspace(url);
  await importCsv(workspace, consentedCsv(PEOPLE));
  const campaignId = await createCampaign(workspace);
  const crew = await startCrew({
    workers: WORKERS,
    databaseUrl: url,
    redisUrl: stage.redis.url,
    lanes: LANES,
    replyDelayMs: REPLY_DELAY_MS,
  });
  try {
    await crew.untilReady();
    const { workspaceId } = workspace;
    await scheduleCampaign(workspace.deps, { workspaceId, campaignId, at: null, actor: "chaos" });
    const windows: Window[] = [];
    while (windows.length < STOPS && (await isRunning(crew)))
      windows.push(await stopOnce(workspace, campaignId, windows.length % 2 === 0 ? "pause" : "freeze"));
    await untilCampaign(workspace, campaignId, ["finished"], FINISH_MS_MAX).catch(() => undefined);
    await crew.stop();
    const seconds = ((crew.dots.at(-1)?.at ?? 0) - (crew.dots[0]?.at ?? 0)) / 1000;
    verdict.tell(`sent within ${seconds.toFixed(0)} s; errors logged by workers: ${crew.errors()}`);
    const rows = await readRows(url, [campaignId]);
    judgeMessages(verdict, rows, crew.dots);
    verdict.promise(
      "everybody was contacted",
      rows.recipients.filter((row) => row.state !== "contacted"),
    );
    judgeWindows(verdict, windows, crew);
    await tellParts(verdict, url);
  } finally {
    await crew.stop();
    await workspace.close();
  }
}

/** Waits until messages flow again; false when they do not. */
async function isRunning(crew: Crew): Promise<boolean> {
  const before = crew.dots.length;
  const deadline = performance.now() + RUNNING_MS_MAX;
  while (crew.dots.length < before + RUNNING_DOTS) {
    if (performance.now() > deadline) return false;
    await sleep(10);
  }
  await sleep(Math.random() * 100);
  return true;
}

async function stopOnce(
  workspace: TestWorkspace,
  campaignId: string,
  kind: "pause" | "freeze",
): Promise<Window> {
  const { deps, workspaceId } = workspace;
  const command = { workspaceId, campaignId, actor: "chaos" };
  const startedAt = performance.now();
  const answer =
    kind === "freeze"
      ? await freezeWorkspace(deps, workspaceId, "chaos")
      : await pauseCampaign(deps, command);
  const tookMs = performance.now() - startedAt;
  const from = instant();
  if (!("inFlight" in answer)) throw new Error(`the campaign could not be paused: ${answer.kind}`);
  await sleep(WINDOW_MS);
  const until = instant();
  if (kind === "freeze") await unfreezeWorkspace(deps, workspaceId, "chaos");
  else await resumeCampaign(deps, command);
  return { kind, inFlight: answer.inFlight, tookMs, from, until };
}

function judgeWindows(verdict: Verdict, windows: readonly Window[], crew: Crew): void {
  const final = windows.filter((window) => window.inFlight === 0);
  verdict.promise(
    "no final dot came in a pause or freeze acknowledged with nothing in flight",
    crew.dots.filter((dot) => final.some((window) => dot.at > window.from && dot.at < window.until)),
  );
  for (const kind of ["pause", "freeze"] as const) {
    const took = windows.filter((window) => window.kind === kind).map((window) => window.tookMs);
    const at = (share: number) => `${quantile(took, share).toFixed(0)} ms`;
    verdict.tell(`${kind}: p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}`);
  }
  verdict.promise(
    `p99 of all answers is below ${ANSWER_MS_BAR} ms`,
    quantile(
      windows.map((window) => window.tookMs),
      0.99,
    ) < ANSWER_MS_BAR
      ? []
      : windows.filter((window) => window.tookMs >= ANSWER_MS_BAR),
  );
  verdict.sometimes("pauses and freezes while sending", windows.length, STOPS);
  verdict.sometimes("answers with nothing in flight", final.length, FINAL_MIN);
}

/** Where the time went: up to the answer's decision, and of that at the barrier. */
async function tellParts(verdict: Verdict, url: string): Promise<void> {
  const parts = await ask<{ waited: number; barrier: number }>(
    url,
    `select waited_ms::int as waited, barrier_waited_ms::int as barrier from stop_entry
     where kind in ('pause', 'freeze')`,
  );
  const at = (values: readonly number[]) =>
    `p50 ${quantile(values, 0.5)} ms, p99 ${quantile(values, 0.99)} ms`;
  verdict.tell(
    `of that at the barrier: ${at(parts.map((each) => each.barrier))}; before it: ${at(parts.map((each) => each.waited - each.barrier))}`,
  );
}
