import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { sql } from "drizzle-orm";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { readSpeaker } from "#db/queries/candidates";
import { openDoorbell } from "#doorbell/doorbell";
import { scheduleCampaign } from "#flow/campaign/schedule";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  TEST_SECRETS,
  type TestWorkspace,
  untilCampaign,
} from "../support/product.ts";
import { endProgram, peakRssOf, runProgram, startSink } from "./child.ts";
import { CONTENT, LANES, type SendOrder } from "./order.ts";

export interface Sending {
  readonly perSecond: number;
  /** From the order to the last final dot. */
  readonly totalSeconds: number;
}

export interface SendingBench {
  readonly gated: Sending;
  readonly ungated: Sending;
  readonly nodemailer: Sending;
}

/** The environment of a product process on this database, with the test's keys. */
export function processEnvironment(databaseUrl: string, smtpPort: number): Record<string, string> {
  const { master, index, token, ledger, auth } = TEST_SECRETS;
  return {
    DATABASE_URL: databaseUrl,
    SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
    MASTER_KEY: JSON.stringify(master),
    INDEX_KEY: JSON.stringify(index),
    TOKEN_KEY: JSON.stringify(token),
    LEDGER_KEY: JSON.stringify(ledger),
    AUTH_SECRET: auth,
    LOG_LEVEL: "error",
  };
}

/**
 * One newsletter to `count` people, three ways: through the whole product with one worker, through its sender without
 * a gate, and through nodemailer's pool. One after the other, each in processes of its own, to a sink of its own.
 */
export async function benchSending(
  databaseUrl: string,
  count: number,
  dkimPem: string | null,
): Promise<SendingBench> {
  const workspace = await createWorkspace(databaseUrl, 10, dkimPem);
  try {
    await importCsv(workspace, consentedCsv(count));
    const order = await sendOrder(workspace, count, dkimPem);
    const ungated = await sendBy("./ungated.main.ts", order);
    const gated = await sendGated(workspace, databaseUrl, count, { WORKER_LANES: String(LANES) });
    const nodemailer = await sendBy("./nodemailer.main.ts", order);
    return { gated: gated.sending, ungated, nodemailer };
  } finally {
    await workspace.close();
  }
}

async function sendOrder(
  workspace: TestWorkspace,
  count: number,
  dkimPem: string | null,
): Promise<Omit<SendOrder, "port">> {
  const speaker = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    readSpeaker(tx, workspace.senderId, workspace.purposeId),
  );
  if (speaker === null) throw new Error("the sender of the measurement does not exist");
  return {
    count,
    dkimPem,
    secrets: TEST_SECRETS,
    variant: { campaignId: workspace.workspaceId, version: 1, content: CONTENT, speaker },
  };
}

async function sendBy(program: string, order: Omit<SendOrder, "port">): Promise<Sending> {
  const sink = await startSink();
  const child = runProgram(program);
  const ended = once(child, "exit");
  const startedAt = Date.now();
  child.send({ ...order, port: sink.port });
  const [code] = await ended;
  const report = await sink.report();
  await sink.stop();
  if (code !== 0 || report.count !== order.count)
    throw new Error(`${program}: ${report.count} messages, exit ${code}`);
  return rateOf(report, startedAt);
}

export interface GatedSending {
  readonly sending: Sending;
  readonly peakRssBytes: number;
}

/**
 * A campaign to everyone in the workspace through one worker process, from the schedule call to the last dot.
 * @param settings of the worker, over the product's defaults.
 */
export async function sendGated(
  workspace: TestWorkspace,
  databaseUrl: string,
  count: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<GatedSending> {
  const sink = await startSink();
  const campaignId = await createCampaign(workspace, { content: CONTENT });
  const worker = await startWorkerProcess(workspace, {
    ...processEnvironment(databaseUrl, sink.port),
    ...settings,
  });
  try {
    const startedAt = Date.now();
    await schedule(workspace, databaseUrl, campaignId);
    const report = await sink.until(count);
    const peakRssBytes = peakRssOf(worker.pid ?? 0);
    await untilCampaign(workspace, campaignId, ["finished"], 120_000);
    const end = await sink.report();
    if (end.count !== count || end.distinct !== count)
      throw new Error(`${end.count} messages for ${count} people`);
    return { sending: rateOf(report, startedAt), peakRssBytes };
  } finally {
    await endProgram(worker);
    await sink.stop();
  }
}

/** A worker in a process of its own, once it has registered itself. */
export async function startWorkerProcess(
  workspace: TestWorkspace,
  environment: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const sessions = async () => {
    const [row] = await outsideWorkspaces(workspace.database, (tx) =>
      tx.execute<{ count: number }>(sql`select count(*)::int as count from worker_session`),
    );
    return row?.count ?? 0;
  };
  const before = await sessions();
  const worker = runProgram("../../apps/worker/main.ts", environment);
  while ((await sessions()) === before) {
    if (worker.exitCode !== null) throw new Error("the worker ended while starting");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return worker;
}

/** Schedules a campaign for now, and rings for it as the API does. */
export async function schedule(
  workspace: TestWorkspace,
  databaseUrl: string,
  campaignId: string,
): Promise<void> {
  const queue = openDoorbell({
    databaseUrl,
    redisUrl: null,
    onError: (error) => {
      throw error;
    },
  });
  try {
    await scheduleCampaign(
      { ...workspace.deps, ring: queue.ring },
      { workspaceId: workspace.workspaceId, campaignId, at: null, actor: "bench" },
    );
  } finally {
    await queue.close();
  }
}

function rateOf(report: { count: number; firstAt: number; lastAt: number }, startedAt: number): Sending {
  return {
    perSecond: ((report.count - 1) * 1000) / (report.lastAt - report.firstAt),
    totalSeconds: (report.lastAt - startedAt) / 1000,
  };
}
