import { setTimeout as sleep } from "node:timers/promises";
import { languageOf } from "#core/language";
import { inWorkspace } from "#db/database";
import {
  lockForServiceMessage,
  recordServiceMessage,
  redeemServiceMessage,
  type ServiceMessageOutcome,
  type ServiceMessageRow,
  takeServiceMessages,
} from "#db/queries/service-messages";
import { readServiceSpeaker, type ServiceSpeaker } from "#db/queries/service-senders";
import { decrypt, unseal } from "#db/vault/keyring";
import { unwrapPersonKey } from "#db/vault/person";
import type { FlowDeps } from "../deps.ts";
import type { HandOver } from "../send/hand-over.ts";
import { isHardBounce } from "../send/outcome.ts";
import { stopPerson } from "../stops/stop-person.ts";
import { judgeServiceMessage } from "./judge-message.ts";
import { SERVICE_MAIL_KINDS, type ServiceMailKind } from "./kinds.ts";
import { type LetterContent, writeLetter } from "./letter.ts";
import { letterContext, type SealedLetter } from "./queue-message.ts";
import { outcomeOfService } from "./service-outcome.ts";

const TAKEN_AT_ONCE = 20;
const RECORD_PAUSE_MS = 1_000;

/** One message ready to be made and handed over. */
export interface ServiceDelivery {
  readonly messageId: string;
  readonly to: string;
  readonly speaker: ServiceSpeaker;
  readonly content: LetterContent;
  /** Asked after the server's `354`; without a yes the server never sees the final dot. */
  readonly redeem: () => Promise<boolean>;
}

export interface ServiceMailRun {
  readonly deps: FlowDeps;
  readonly workerSession: string;
  /** Held by the worker alone. Never rejects. */
  readonly deliver: (delivery: ServiceDelivery) => Promise<HandOver>;
  readonly onError: (error: unknown) => void;
  /** Aborted when the worker shuts down: no new hand-over is begun. */
  readonly signal: AbortSignal;
}

/**
 * Sends what people of a workspace asked for and is due. Each message is judged before it is made and again, with
 * its key locked, at the last instant; it is on the wire only between that and its outcome. At most once: a message
 * whose outcome is not known stays `unconfirmed`.
 */
export async function sendServiceMail(run: ServiceMailRun, workspaceId: string): Promise<void> {
  while (!run.signal.aborted) {
    const taken = await inWorkspace(run.deps.database, workspaceId, (tx) =>
      takeServiceMessages(tx, TAKEN_AT_ONCE),
    );
    if (taken.length === 0) return;
    await Promise.all(taken.map((row) => sendOne(run, workspaceId, row)));
  }
}

async function sendOne(run: ServiceMailRun, workspaceId: string, row: ServiceMessageRow): Promise<void> {
  const letter = openLetter(run.deps, workspaceId, row);
  const kind = SERVICE_MAIL_KINDS.find((each) => each === row.kind);
  const speaker = await inWorkspace(run.deps.database, workspaceId, (tx) =>
    readServiceSpeaker(tx, row.senderId),
  );
  if (letter === null || kind === undefined || speaker === null) {
    return record(run, workspaceId, row, ended("failed", "facts-unreadable"));
  }
  const content = writeLetter(
    kind,
    languageOf(row.language) ?? "en",
    { name: speaker.senderName, postalAddress: speaker.postalAddress },
    letter.variables,
  );
  const asked = { ...row, kind, to: letter.to, subject: content.subject };
  const early = await inWorkspace(run.deps.database, workspaceId, (tx) =>
    judgeServiceMessage(tx, run.deps, asked, speaker),
  );
  if (early.kind === "block") return record(run, workspaceId, row, ended("failed", early.reason));
  const handOver = await run.deliver({
    messageId: row.id,
    to: letter.to,
    speaker,
    content,
    redeem: () => redeem(run, workspaceId, asked, speaker),
  });
  await record(run, workspaceId, row, outcomeOfService(handOver));
  if (isHardBounce(handOver)) await suppress(run.deps, workspaceId, row);
}

/** Null when the person was erased meanwhile, or the blob was moved. */
function openLetter(deps: FlowDeps, workspaceId: string, row: ServiceMessageRow): SealedLetter | null {
  const context = letterContext(workspaceId, row.id);
  try {
    if (row.contactId === null)
      return JSON.parse(unseal(deps.keys.master, row.sealed, context).toString()) as SealedLetter;
    if (row.wrappedKey === null) return null;
    const key = unwrapPersonKey(deps.keys.master, row.contactId, row.wrappedKey);
    return JSON.parse(decrypt(key, row.sealed, context).toString()) as SealedLetter;
  } catch {
    return null;
  }
}

/** The last look, with the key locked until the message is noted as on the wire: a stop is before it or waits for it. */
async function redeem(
  run: ServiceMailRun,
  workspaceId: string,
  message: {
    readonly id: string;
    readonly kind: ServiceMailKind;
    readonly gateId: number;
    readonly contactId: string | null;
    readonly to: string;
    readonly subject: string;
  },
  speaker: ServiceSpeaker,
): Promise<boolean> {
  return inWorkspace(run.deps.database, workspaceId, async (tx) => {
    if (run.signal.aborted || !(await lockForServiceMessage(tx, workspaceId, message.gateId))) return false;
    const verdict = await judgeServiceMessage(tx, run.deps, message, speaker);
    if (verdict.kind === "block") {
      await recordServiceMessage(tx, message.id, ended("failed", verdict.reason));
      return false;
    }
    return redeemServiceMessage(tx, workspaceId, message.id, run.workerSession);
  });
}

const ended = (state: "failed", reason: string): ServiceMessageOutcome => ({
  state,
  reason,
  backoffMs: 0,
  countsAttempt: false,
  queueId: null,
});

/** An outcome is never dropped: while the database is away it is tried again, and `in_flight` keeps telling the truth. */
async function record(
  run: ServiceMailRun,
  workspaceId: string,
  row: ServiceMessageRow,
  outcome: ServiceMessageOutcome,
): Promise<void> {
  for (;;) {
    try {
      await inWorkspace(run.deps.database, workspaceId, (tx) => recordServiceMessage(tx, row.id, outcome));
      return;
    } catch (error) {
      run.onError(error);
      await sleep(RECORD_PAUSE_MS);
    }
  }
}

/** A mailbox that does not exist is not tried again by any campaign either. */
async function suppress(deps: FlowDeps, workspaceId: string, row: ServiceMessageRow): Promise<void> {
  await stopPerson(deps, {
    workspaceId,
    gateId: row.gateId,
    channel: "email",
    contactId: row.contactId,
    target: { kind: "everything" },
    suppression: "hard-bounce",
    method: "smtp-reply",
    actor: "worker",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
}
