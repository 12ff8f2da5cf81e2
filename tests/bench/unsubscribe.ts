import { sql } from "drizzle-orm";
import { inWorkspace } from "#db/database";
import { mintUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  TEST_SECRETS,
  type TestWorkspace,
} from "../support/product.ts";
import { freePort } from "../support/redis-server.ts";
import { endProgram, runProgram, startSink } from "./child.ts";
import { openLoop, untilReady } from "./open-loop.ts";
import { CONTENT } from "./order.ts";
import { processEnvironment, schedule, startWorkerProcess } from "./sending.ts";

export interface UnsubscribeBench {
  readonly presses: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The slowest of the first presses that this API process ever answered; they are not among the others. */
  readonly firstSlowestMs: number;
  /** Messages a second that went on being sent meanwhile. */
  readonly sendingPerSecond: number;
}

const PER_SECOND = 100;
/** A process that has just started opens its connections and compiles its code under these. */
const FIRST_PRESSES = 200;

/**
 * One-click requests at a fixed 100 a second, whatever the answers take (an open loop: a slow answer delays no
 * later request), to the API in a process of its own while a worker sends at full speed.
 */
export async function benchUnsubscribe(
  databaseUrl: string,
  people: number,
  seconds: number,
): Promise<UnsubscribeBench> {
  const workspace = await createWorkspace(databaseUrl);
  const sink = await startSink();
  const port = await freePort();
  const environment = processEnvironment(databaseUrl, sink.port);
  const api = runProgram("../../apps/api/main.ts", { ...environment, PORT: String(port) });
  const worker = await startWorkerProcess(workspace, environment);
  try {
    await importCsv(workspace, consentedCsv(people));
    await untilReady(`http://127.0.0.1:${port}/healthz`);
    const campaignId = await createCampaign(workspace, { content: CONTENT });
    const urls = await links(workspace, campaignId, port, FIRST_PRESSES + PER_SECOND * seconds);
    await schedule(workspace, databaseUrl, campaignId);
    await sink.until(200);
    const before = await sink.report();
    const presses = urls.map((url) => () => press(url));
    const first = await openLoop(PER_SECOND, presses.slice(0, FIRST_PRESSES));
    const { p50Ms, p99Ms, elapsedSeconds } = await openLoop(PER_SECOND, presses.slice(FIRST_PRESSES));
    const after = await sink.report();
    return {
      presses: urls.length - FIRST_PRESSES,
      p50Ms,
      p99Ms,
      firstSlowestMs: first.slowestMs,
      sendingPerSecond: (after.count - before.count) / elapsedSeconds,
    };
  } finally {
    await endProgram(worker);
    await endProgram(api);
    await sink.stop();
    await workspace.close();
  }
}

async function press(url: string): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "List-Unsubscribe=One-Click",
  });
  await response.text();
  if (response.status !== 200) throw new Error(`an unsubscribe was answered with ${response.status}`);
}

/** Links of people spread over the whole audience: some were written to already, some are on the wire, some wait. */
async function links(
  workspace: TestWorkspace,
  campaignId: string,
  port: number,
  count: number,
): Promise<string[]> {
  const people = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ contactId: string; gateId: number }>(sql`
      select contact_id as "contactId", gate_id as "gateId" from contact_point order by random() limit ${count}`),
  );
  return people.map(({ contactId, gateId }) => {
    const token = mintUnsubscribeToken(TEST_SECRETS.token, {
      workspaceId: workspace.workspaceId,
      purposeId: workspace.purposeId,
      campaignId,
      contactId,
      gateId,
    });
    return `http://127.0.0.1:${port}/u/${token}`;
  });
}
