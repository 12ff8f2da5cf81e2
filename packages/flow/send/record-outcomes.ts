import { setTimeout as sleep } from "node:timers/promises";
import { inWorkspace } from "#db/database";
import { type OutcomeDraft, recordLateContacts, recordOutcomes } from "#db/queries/outcomes";
import type { FlowDeps } from "../deps.ts";
import type { Permit } from "../permit.ts";
import { stopPerson } from "../stops/stop-person.ts";
import type { HandOver } from "./hand-over.ts";
import { isHardBounce, outcomeOf } from "./outcome.ts";

const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 2_000;
const BATCH_MAX = 500;
/**
 * Outcomes gather this long before each transaction. Nothing waits for them but a stop for the same person, whose
 * barrier is held up by so much at most.
 */
const GATHER_MS = 10;
/** What never got on the wire lets the rest go first for this long. */
const UNSPENT_WAIT_MS = 250;

export interface OutcomeRecorder {
  /** Resolves when the outcome is stored and the contact is off the wire. */
  record(permit: Permit, handOver: HandOver): Promise<void>;
}

interface Waiting {
  readonly permit: Permit;
  readonly handOver: HandOver;
  readonly isOnTheWire: boolean;
  readonly sinceMs: number;
  readonly stored: () => void;
}

/**
 * Stores outcomes together: those that gather while one transaction is under way share the next. An outcome is
 * never dropped: while the database is away it is tried again, and `in_flight` keeps telling the truth.
 */
export function startOutcomeRecorder(deps: FlowDeps, onError: (error: unknown) => void): OutcomeRecorder {
  const waiting: Waiting[] = [];
  let working = false;

  const work = async () => {
    if (working) return;
    working = true;
    while (waiting.length > 0) {
      await sleep(GATHER_MS);
      const batch = takeBatch(waiting);
      await storeUntilDone(deps, batch[0]?.permit.workspaceId ?? "", batch, onError);
      for (const entry of batch) entry.stored();
    }
    working = false;
  };

  return {
    record: (permit, handOver) =>
      new Promise((resolve) => {
        waiting.push({
          permit,
          handOver,
          isOnTheWire: outcomeOf(permit, handOver).from === "redeemed",
          sinceMs: performance.now(),
          stored: resolve,
        });
        void work();
      }),
  };
}

/**
 * The next batch: one workspace, and what is on the wire before what never got there. Stops wait for the first alone,
 * and a pause makes many of the second at the same moment.
 */
function takeBatch(waiting: Waiting[]): Waiting[] {
  const isOverdue = (entry: Waiting) => performance.now() - entry.sinceMs > UNSPENT_WAIT_MS;
  const first = waiting.find(isOverdue) ?? waiting.find((entry) => entry.isOnTheWire) ?? waiting[0];
  const batch = waiting
    .filter(
      (entry) =>
        entry.permit.workspaceId === first?.permit.workspaceId && entry.isOnTheWire === first.isOnTheWire,
    )
    .slice(0, BATCH_MAX);
  const taken = new Set(batch);
  waiting.splice(0, waiting.length, ...waiting.filter((entry) => !taken.has(entry)));
  return batch;
}

async function storeUntilDone(
  deps: FlowDeps,
  workspaceId: string,
  batch: readonly Waiting[],
  onError: (error: unknown) => void,
): Promise<void> {
  let retryMs = RETRY_FIRST_MS;
  for (;;) {
    try {
      await store(deps, workspaceId, batch);
      return;
    } catch (error) {
      onError(error);
      await sleep(retryMs);
      retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
    }
  }
}

async function store(deps: FlowDeps, workspaceId: string, batch: readonly Waiting[]): Promise<void> {
  const drafts: OutcomeDraft[] = batch.map((entry) => outcomeOf(entry.permit, entry.handOver));
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    const recorded = await recordOutcomes(tx, drafts);
    await recordLateContacts(
      tx,
      workspaceId,
      recorded.filter((entry) => entry.state === "contacted"),
    );
  });
  for (const entry of batch) {
    if (isHardBounce(entry.handOver)) await suppressHardBounce(deps, entry.permit);
  }
}

/** A mailbox that does not exist is not tried again by any campaign. */
async function suppressHardBounce(deps: FlowDeps, permit: Permit): Promise<void> {
  await stopPerson(deps, {
    workspaceId: permit.workspaceId,
    gateId: permit.gateId,
    channel: "email",
    contactId: permit.contactId,
    target: { kind: "everything" },
    suppression: "hard-bounce",
    method: "smtp-reply",
    actor: "worker",
    claimed: false,
    campaignId: permit.campaignId,
    offersUndo: false,
    requestedAt: new Date(),
  });
}
