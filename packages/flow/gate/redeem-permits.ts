import { setTimeout as sleep } from "node:timers/promises";
import { type CapReach, redeem } from "#db/queries/redeem";
import type { FlowDeps } from "../deps.ts";
import { gather } from "../gather.ts";
import type { Permit } from "../permit.ts";
import { type PermittedRecipient, screenAgain } from "./screen.ts";

/** A busy gate row is asked for again at once, this often, before the hand-over is given up for now. */
const BUSY_TRIES_MAX = 20;
const BUSY_PAUSE_MS = 5;
/** A stale permit is screened again inline this often; more means that the rows never come to rest. */
const STALE_TRIES_MAX = 3;
const BATCH_MAX = 200;
/** Permits gather this long before each statement. */
const GATHER_MS = 1;

export type RedeemResult =
  /** The recipient is on the wire. `redeemedAtMs` is this process's monotonic clock, before the statement. */
  | { readonly kind: "redeemed"; readonly permit: Permit; readonly redeemedAtMs: number }
  /** The gate no longer allows it, or a stop is coming: destroy the message, nothing was spent. */
  | { readonly kind: "refused"; readonly permit: Permit };

export interface Redeemer {
  /** Redeems one permit together with all others that wait at this moment. Never rejects: what fails is refused. */
  redeem(recipient: PermittedRecipient): Promise<RedeemResult>;
}

interface Waiting {
  permit: Permit;
  readonly cap: CapReach;
  staleTries: number;
  busyTries: number;
  readonly settle: (result: RedeemResult) => void;
}

/**
 * Coalesces redeems: while statements are under way the next permits gather, so that the cost of a lock and a
 * commit is shared by every connection that is waiting after its `354`. Batches are per workspace and never mix
 * permits under different caps; a capped batch holds one permit per gate row, and one per person where the cap is
 * theirs. The others wait for the next.
 * @param onStopping called for a campaign that has a stop coming, as soon as a batch meets the mark.
 */
export function startRedeemer(
  deps: FlowDeps,
  workerSession: string,
  onError: (error: unknown) => void,
  onStopping: (campaignId: string) => void = () => undefined,
): Redeemer {
  const waiting: Waiting[] = [];
  const work = gather(
    waiting,
    GATHER_MS,
    () => nextBatch(waiting),
    async (batch) => {
      try {
        await redeemBatch(deps, workerSession, batch, waiting, onStopping);
      } catch (error) {
        // Fail closed: without an answer from the database nobody is contacted.
        onError(error);
        for (const entry of batch) refuse(entry);
      }
    },
  );

  return {
    redeem: (recipient) =>
      new Promise((resolve) => {
        waiting.push({
          permit: recipient.permit,
          cap: recipient.cap,
          staleTries: 0,
          busyTries: 0,
          settle: resolve,
        });
        work();
      }),
  };
}

/** Takes the next batch out of the queue: one workspace, one reach of caps, one capped permit per row or person. */
function nextBatch(waiting: Waiting[]): Waiting[] {
  const [first] = waiting;
  if (first === undefined) return [];
  const held = new Set<number | string>();
  const batch: Waiting[] = [];
  for (const entry of [...waiting]) {
    if (batch.length >= BATCH_MAX) break;
    if (entry.permit.workspaceId !== first.permit.workspaceId || entry.cap !== first.cap) continue;
    const { gateId, contactId } = entry.permit;
    const isTaken = held.has(gateId) || (entry.cap === "person" && held.has(contactId));
    if (entry.cap !== "none" && isTaken) continue;
    held.add(gateId).add(contactId);
    batch.push(entry);
    waiting.splice(waiting.indexOf(entry), 1);
  }
  return batch;
}

async function redeemBatch(
  deps: FlowDeps,
  workerSession: string,
  batch: readonly Waiting[],
  waiting: Waiting[],
  onStopping: (campaignId: string) => void,
): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  const { workspaceId } = first.permit;
  const redeemedAtMs = performance.now();
  const answers = await redeem(deps.database, {
    workspaceId,
    workerSession,
    cap: first.cap,
    asks: batch.map(({ permit }) => permit),
  });
  const stale: Waiting[] = [];
  let busy = false;
  for (const entry of batch) {
    const answer = answers.get(entry.permit.permitId);
    if (answer === "redeemed") entry.settle({ kind: "redeemed", permit: entry.permit, redeemedAtMs });
    else if (answer === "busy" && entry.busyTries < BUSY_TRIES_MAX) {
      entry.busyTries += 1;
      waiting.push(entry);
      busy = true;
    } else if (answer === "stale" && entry.staleTries < STALE_TRIES_MAX) stale.push(entry);
    else {
      if (answer === "stopping") onStopping(entry.permit.campaignId);
      refuse(entry);
    }
  }
  await screenStale(deps, workerSession, stale, waiting);
  if (busy && waiting.every((entry) => entry.busyTries > 0)) await sleep(BUSY_PAUSE_MS);
}

/** Screens stale permits again while their mail servers wait; only what is allowed again is asked for again. */
async function screenStale(
  deps: FlowDeps,
  workerSession: string,
  stale: readonly Waiting[],
  waiting: Waiting[],
): Promise<void> {
  const byCampaign = Map.groupBy(stale, (entry) => entry.permit.campaignId);
  for (const entries of byCampaign.values()) {
    const allowed = await screenAgain(
      deps,
      workerSession,
      entries.map((entry) => entry.permit),
    );
    for (const entry of entries) {
      const again = allowed.get(entry.permit.recipientId);
      if (again === undefined) refuse(entry);
      else {
        entry.permit = again.permit;
        entry.staleTries += 1;
        waiting.push(entry);
      }
    }
  }
}

function refuse(entry: Waiting): void {
  entry.settle({ kind: "refused", permit: entry.permit });
}
