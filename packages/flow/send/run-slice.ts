import { setTimeout as sleep } from "node:timers/promises";
import { inWorkspace } from "#db/database";
import { type CampaignRow, readCampaign } from "#db/queries/campaign-state";
import { readSpeaker, type SpeakerRow } from "#db/queries/candidates";
import { reservePace } from "#db/queries/pace";
import { returnPermits } from "#db/queries/screening";
import { finishIfDone, settleSlice } from "#db/queries/slices";
import { screenAhead } from "../calls/screen-ahead.ts";
import type { FlowDeps } from "../deps.ts";
import { type PermittedRecipient, screenSlice } from "../gate/screen.ts";
import type { Permit } from "../permit.ts";
import type { CampaignWatch } from "./campaign-watch.ts";
import type { HandOver } from "./hand-over.ts";
import type { OutcomeRecorder } from "./record-outcomes.ts";

/** Permits are taken for at most this much sending time, so that none grows old while it waits for its turn. */
const BATCH_SPAN_MS = 2_000;
const BATCH_MAX = 200;

/** What a campaign says, fixed for one version of it. */
export interface CampaignVariant {
  readonly campaignId: string;
  readonly version: number;
  readonly content: NonNullable<CampaignRow["content"]>;
  readonly speaker: SpeakerRow;
}

/** A message ready to be handed over, or why it could not be made. */
export type ReadyMessage<Message> =
  | { readonly kind: "ready"; readonly recipient: PermittedRecipient; readonly message: Message }
  | { readonly kind: "not-composed"; readonly recipient: PermittedRecipient; readonly reason: string };

/** The sender of a channel, held by the worker alone. */
export interface ChannelSender<Message> {
  /** Makes the messages of a micro-batch. Never rejects for the fault of one recipient. */
  compose(
    variant: CampaignVariant,
    recipients: readonly PermittedRecipient[],
  ): Promise<readonly ReadyMessage<Message>[]>;
  /** Resolves when a lane is free, so that no permit waits behind a full house. */
  whenFree(): Promise<void>;
  /** Hands one message over; redeems its permit at the last instant. Never rejects. */
  deliver(ready: Extract<ReadyMessage<Message>, { kind: "ready" }>): Promise<{
    readonly handOver: HandOver;
    /** The permit that was redeemed in the end: an inline screen may have replaced it. */
    readonly permit: PermittedRecipient["permit"];
  }>;
}

export interface SliceRun<Message> {
  readonly deps: FlowDeps;
  readonly workerSession: string;
  readonly sender: ChannelSender<Message>;
  readonly recorder: OutcomeRecorder;
  readonly watch: CampaignWatch;
  /** Aborted when the worker shuts down: no new hand-over is begun. */
  readonly signal: AbortSignal;
}

export interface SliceAsk {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly slice: number;
}

/**
 * Works through what is due in a slice: screen a micro-batch, compose it, hand it over at the campaign's shared
 * pace, and begin the next while the last is still on the wire. Leaves off when nothing is due, the campaign does
 * not send, or the worker shuts down; what is left stands in Postgres. People to be called are only asked about: their
 * numbers are for agents.
 * @throws when a step fails, after what was on the wire has ended and every permit not used was given back.
 */
export async function runSlice<Message>(run: SliceRun<Message>, ask: SliceAsk): Promise<void> {
  const campaign = await inWorkspace(run.deps.database, ask.workspaceId, (tx) =>
    readCampaign(tx, ask.campaignId),
  );
  if (campaign?.channel === "phone") return screenAhead(run.deps, ask, run.signal);
  const pending = new Set<Promise<void>>();
  const forget = run.watch.follow(ask.workspaceId, ask.campaignId);
  try {
    while (!run.signal.aborted && (await runBatch(run, ask, pending))) {
      // Each turn takes the next micro-batch.
    }
  } finally {
    forget();
    await Promise.all(pending);
  }
  await settle(run, ask);
}

/** One micro-batch. Returns false when nothing is left to do for now. */
async function runBatch<Message>(
  run: SliceRun<Message>,
  ask: SliceAsk,
  pending: Set<Promise<void>>,
): Promise<boolean> {
  const variant = await readVariant(run.deps, ask);
  if (variant === null) return false;
  const screened = await screenSlice(run.deps, run.workerSession, {
    ...ask,
    limit: batchLimit(variant.campaign.ratePerSecond),
  });
  if (screened.kind === "not-sending" || screened.taken === 0) return false;
  const unfed = new Set(screened.permitted.map((recipient) => recipient.permit));
  try {
    if (unfed.size === 0) return true;
    const messages = await run.sender.compose(variant, screened.permitted);
    await feed(run, ask, messages, variant.campaign.ratePerSecond, pending, unfed);
    return true;
  } catch (error) {
    // The recorder tries until the database is back; otherwise these recipients would wait for their permits to expire.
    for (const permit of unfed) pending.add(run.recorder.record(permit, { kind: "not-redeemed" }));
    throw error;
  }
}

const batchLimit = (ratePerSecond: number | null): number =>
  ratePerSecond === null
    ? BATCH_MAX
    : Math.max(1, Math.min(BATCH_MAX, Math.ceil((ratePerSecond * BATCH_SPAN_MS) / 1000)));

/** Feeds composed messages to the lanes at their reserved times; gives permits back when a stop comes first. */
async function feed<Message>(
  run: SliceRun<Message>,
  ask: SliceAsk,
  messages: readonly ReadyMessage<Message>[],
  ratePerSecond: number | null,
  pending: Set<Promise<void>>,
  unfed: Set<Permit>,
): Promise<void> {
  const spacingMs = ratePerSecond === null ? 0 : 1000 / ratePerSecond;
  const firstAtMs =
    performance.now() +
    (ratePerSecond === null
      ? 0
      : await inWorkspace(run.deps.database, ask.workspaceId, (tx) =>
          reservePace(tx, ask.campaignId, messages.length, ratePerSecond),
        ));
  for (const [place, ready] of messages.entries()) {
    await waitFor(run, ask.campaignId, firstAtMs + place * spacingMs);
    await run.sender.whenFree();
    if (run.signal.aborted || !run.watch.isSending(ask.campaignId)) {
      await giveBack(run, ask, messages.slice(place));
      return;
    }
    unfed.delete(ready.recipient.permit);
    const delivery = deliver(run, ready).finally(() => pending.delete(delivery));
    pending.add(delivery);
  }
}

/** Sleeps until a send time, in short steps, so that a pause or a shutdown is noticed at once. */
async function waitFor<Message>(run: SliceRun<Message>, campaignId: string, atMs: number): Promise<void> {
  for (;;) {
    const leftMs = atMs - performance.now();
    if (leftMs <= 1 || run.signal.aborted || !run.watch.isSending(campaignId)) return;
    await sleep(Math.min(leftMs, 100));
  }
}

async function deliver<Message>(run: SliceRun<Message>, ready: ReadyMessage<Message>): Promise<void> {
  if (ready.kind === "not-composed") {
    return run.recorder.record(ready.recipient.permit, { kind: "not-composed", reason: ready.reason });
  }
  const { handOver, permit } = await run.sender.deliver(ready);
  await run.recorder.record(permit, handOver);
}

async function giveBack<Message>(
  run: SliceRun<Message>,
  ask: SliceAsk,
  messages: readonly ReadyMessage<Message>[],
): Promise<void> {
  await inWorkspace(run.deps.database, ask.workspaceId, (tx) =>
    returnPermits(
      tx,
      messages.map((ready) => ready.recipient.permit),
      0,
    ),
  );
}

async function readVariant(deps: FlowDeps, ask: SliceAsk) {
  return inWorkspace(deps.database, ask.workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, ask.campaignId);
    // Calls have no content: nothing of theirs can be handed to a mail server.
    if (campaign === null || campaign.content === null) return null;
    const speaker = await readSpeaker(tx, campaign.senderId, campaign.purposeId);
    if (speaker === null) return null;
    const { id: campaignId, version, content } = campaign;
    return { campaignId, version, content, speaker, campaign };
  });
}

async function settle<Message>(run: SliceRun<Message>, ask: SliceAsk): Promise<void> {
  await inWorkspace(run.deps.database, ask.workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, ask.campaignId);
    if (campaign === null || campaign.month === null) return;
    const rest = await settleSlice(tx, ask.campaignId, campaign.month, ask.slice);
    if (rest.kind === "done") await finishIfDone(tx, ask.campaignId);
  });
}
