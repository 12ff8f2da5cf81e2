import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase, outsideWorkspaces } from "#db/database";
import { beat, closeSession, openSession } from "#db/queries/sweep";
import { waitForDatabase } from "#db/wait-for-database";
import { listenToDoorbell, openDoorbell, redisProblem } from "#doorbell/doorbell";
import { planCampaign } from "#flow/campaign/plan";
import type { Config } from "#flow/config";
import { expireConsents } from "#flow/consent/expire-consents";
import { runImport } from "#flow/contacts/import/run-import";
import type { Doorbell, FlowDeps } from "#flow/deps";
import { startRedeemer } from "#flow/gate/redeem-permits";
import type { CapturedInbox } from "#flow/inbox";
import { startLog } from "#flow/log";
import { runFile } from "#flow/registries/file/run-file";
import { sweepFiles } from "#flow/registries/file/sweep-files";
import { finishErasures } from "#flow/rights/erase-person";
import { retainWhereDue } from "#flow/rights/retain";
import { startCampaignWatch } from "#flow/send/campaign-watch";
import { startOutcomeRecorder } from "#flow/send/record-outcomes";
import { runSlice } from "#flow/send/run-slice";
import { sweep } from "#flow/send/sweep";
import { sendServiceMail } from "#flow/service-mail/send-messages";
import { keepJournal } from "#flow/stops/journal/keep-journal";
import { startComposePool } from "./email/compose-pool.ts";
import { startEmailSender } from "./email/sender.ts";
import { serviceMailDelivery } from "./email/service-mail.ts";
import { smtpTarget } from "./email/smtp-target.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { startSealer } from "./sealer.ts";

const JOBS_AT_ONCE = 4;
const SWEEP_EVERY_MS = 2_000;
/** The daily run is looked for this often. */
const RETAIN_EVERY_MS = 60_000;
/** The gate blocks a lapsed consent at once; its history may learn of it later. */
const EXPIRE_EVERY_MS = 15 * 60_000;
const SLICE_TRIES_MAX = 30;
const SLICE_PAUSE_MS = 1_000;
/** A server that restarts is back by then. */
const DATABASE_PATIENCE_MS = 60_000;

export interface RunningWorker {
  /** Begins nothing new, waits for what is on the wire, and ends. */
  stop(): Promise<void>;
}

export type WorkerStart =
  | { readonly kind: "running"; readonly worker: RunningWorker }
  | { readonly kind: "problem"; readonly message: string };

/**
 * Starts a worker process: the doorbell's listener, the sweeper, and the only sender. Any number may run.
 * @param inbox where mail is captured on this machine: erasures reach into it.
 */
export async function startWorker(config: Config, inbox: CapturedInbox | null = null): Promise<WorkerStart> {
  const log = startLog("worker", config.logLevel);
  const target = smtpTarget(config.smtpUrl);
  if (target.kind === "problem") return target;
  const problem = config.redisUrl === null ? null : await redisProblem(config.redisUrl);
  if (problem !== null) return { kind: "problem", message: problem };

  const database = openDatabase(config.databaseUrl, {
    connectionsMax: 12,
    applicationName: "consentry worker",
  });
  const fault = await waitForDatabase(database, DATABASE_PATIENCE_MS, () =>
    log.warn("the database does not answer yet"),
  );
  if (fault !== null) {
    await database.close();
    return { kind: "problem", message: fault };
  }
  const onError = (error: unknown) => log.error({ err: error }, "a step failed and will be tried again");
  const doorbellOptions = { databaseUrl: config.databaseUrl, redisUrl: config.redisUrl, onError };
  const queue = openDoorbell(doorbellOptions);
  const deps: FlowDeps = { database, keys: config.secrets, ring: queue.ring };
  const journal = await keepJournal(deps, inbox, config.ledgerExportDir, onError).catch(
    async (error: unknown) => {
      await queue.close();
      await database.close();
      throw error;
    },
  );
  if (journal.kind === "problem") {
    await queue.close();
    await database.close();
    return journal;
  }
  if (journal.restored.stops > 0) log.warn(journal.restored, "stops of the journal were recorded anew");
  const workerSession = randomUUID();
  try {
    await outsideWorkspaces(database, (tx) => openSession(tx, workerSession));
  } catch (error) {
    // Left open, they would take the process down when the database goes, before the caller has cleaned up.
    await journal.stop();
    await queue.close();
    await database.close();
    throw error;
  }
  const stopping = new AbortController();

  const watch = startCampaignWatch(deps, onError);
  const pool = startComposePool();
  const sender = startEmailSender({
    deps,
    pool,
    redeemer: startRedeemer(deps, workerSession, onError, watch.hold),
    target: target.target,
    publicUrl: config.publicUrl,
    lanes: config.workerLanes,
    messageBytesMax: config.messageBytesMax,
  });
  const run = {
    deps,
    workerSession,
    sender,
    recorder: startOutcomeRecorder(deps, onError),
    watch,
    signal: stopping.signal,
  };
  const mail = {
    deps,
    workerSession,
    deliver: serviceMailDelivery(deps, sender, config.messageBytesMax),
    onError,
    signal: stopping.signal,
  };
  const answer = async (doorbell: Doorbell): Promise<void> => {
    if (stopping.signal.aborted) return;
    switch (doorbell.kind) {
      case "plan":
        await planCampaign(deps, doorbell);
        return;
      case "slice":
        return tryAgain(() => runSlice(run, doorbell), stopping.signal, onError);
      case "import":
        await runImport(deps, doorbell);
        return;
      case "registry-import":
        await runFile(deps, doorbell);
        return;
      case "service-mail":
        return sendServiceMail(mail, doorbell.workspaceId);
      default:
        return doorbell satisfies never;
    }
  };
  const listener = listenToDoorbell(doorbellOptions, JOBS_AT_ONCE, answer);
  const heartbeat = startHeartbeat(
    () => outsideWorkspaces(database, (tx) => beat(tx, workerSession)),
    onError,
  );
  const sweeper = repeat(SWEEP_EVERY_MS, onError, async () => {
    await sweep(deps);
    await finishErasures(deps, inbox);
    await sweepFiles(deps);
  });
  const retention = repeat(RETAIN_EVERY_MS, onError, () => retainWhereDue(deps, inbox));
  const expiry = repeat(EXPIRE_EVERY_MS, onError, () => expireConsents(deps));
  const sealer = startSealer(config, log);
  log.info({ workerSession, lanes: config.workerLanes }, "the worker is ready");

  return {
    kind: "running",
    worker: {
      stop: async () => {
        stopping.abort();
        await sweeper.stop();
        await retention.stop();
        await expiry.stop();
        await sealer.stop();
        await listener.close();
        watch.stop();
        sender.close();
        await pool.close();
        heartbeat.stop();
        await journal.stop();
        await outsideWorkspaces(database, (tx) => closeSession(tx, workerSession));
        await queue.close();
        await database.close();
        log.info("the worker has stopped");
      },
    },
  };
}

/**
 * A slice whose step failed is gone on with as soon as the database answers again; the sweeper would take half a
 * minute to notice that nobody works on it.
 */
async function tryAgain(
  step: () => Promise<void>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await step();
    } catch (error) {
      if (tries >= SLICE_TRIES_MAX || signal.aborted) throw error;
      onError(error);
      await sleep(SLICE_PAUSE_MS);
    }
  }
}

/** Does a round again and again, never two at once. */
function repeat(everyMs: number, onError: (error: unknown) => void, round: () => Promise<unknown>) {
  let running: Promise<unknown> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = round()
      .catch(onError)
      .finally(() => {
        busy = false;
      });
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
