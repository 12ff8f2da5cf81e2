import { setTimeout as sleep } from "node:timers/promises";
import { inWorkspace } from "#db/database";
import { noteSlices, returnReserved, takeReserved } from "#db/queries/call-slices";
import { type CallRow, lockCall, moveCall, readCall, recipientOfCall } from "#db/queries/calls";
import { redeem } from "#db/queries/redeem";
import { readTaken, returnPermits } from "#db/queries/screening";
import type { FlowDeps } from "../deps.ts";
import { type PermittedRecipient, screenAgain, screenRows } from "../gate/screen.ts";
import { readStandstill } from "../gate/standstill.ts";

const BUSY_TRIES_MAX = 40;
const BUSY_PAUSE_MS = 5;
const STALE_TRIES_MAX = 3;

/** Whose call it is and which. */
export interface CallAsk {
  readonly workspaceId: string;
  readonly callId: string;
  readonly agent: string;
}

export type RevealAnswer =
  /** The number, and until when the dial has to start. From here on the call is on the wire. */
  | { readonly kind: "revealed"; readonly number: string; readonly dialBy: Date }
  /** The gate no longer allows it; the call is over and nothing was shown. */
  | { readonly kind: "refused"; readonly reason: string }
  /** No such call of this agent. */
  | { readonly kind: "not-found" }
  /** Shown already, ended, or the reservation ran out. */
  | { readonly kind: "wrong-state"; readonly state: string };

/**
 * Shows a reserved person's number: screened again and redeemed at this instant, by the same statement as a message.
 * The number leaves this function only after the redeem has committed. How it is dialled is the caller's business.
 */
export async function revealCall(deps: FlowDeps, ask: CallAsk): Promise<RevealAnswer> {
  const screened = await screenReserved(deps, ask);
  if (screened.kind !== "permitted") return screened;
  const { call } = screened;
  let { recipient } = screened;
  let stale = 0;
  for (let busy = 0; busy < BUSY_TRIES_MAX; ) {
    const answers = await redeem(deps.database, {
      workspaceId: ask.workspaceId,
      workerSession: call.id,
      asks: [recipient.permit],
      // An attempt counts towards caps wherever the person lives: no two calls to one key at once.
      cap: recipient.cap === "person" ? "person" : "key",
      callId: call.id,
    });
    const answer = answers.get(recipient.permit.permitId);
    if (answer === "redeemed") {
      return { kind: "revealed", number: recipient.to, dialBy: recipient.permit.expiresAt };
    }
    if (answer === "busy") {
      busy += 1;
      await sleep(BUSY_PAUSE_MS);
      continue;
    }
    stale += 1;
    const again =
      answer === "stale" && stale <= STALE_TRIES_MAX
        ? (await screenAgain(deps, call.id, [recipient.permit])).get(recipient.permit.recipientId)
        : undefined;
    if (again === undefined) return refuse(deps, ask, call, recipient, answer === "stopping");
    recipient = again;
  }
  return refuse(deps, ask, call, recipient, false);
}

type Screened =
  | { readonly kind: "permitted"; readonly call: CallRow; readonly recipient: PermittedRecipient }
  | Exclude<RevealAnswer, { kind: "revealed" }>;

/** The recipient is locked before the call, as the redeem does. */
async function screenReserved(deps: FlowDeps, ask: CallAsk): Promise<Screened> {
  return inWorkspace(deps.database, ask.workspaceId, async (tx): Promise<Screened> => {
    const known = await readCall(tx, ask.callId);
    if (known === null || known.agent !== ask.agent) return { kind: "not-found" };
    const ids = await takeReserved(tx, known.month, known.recipientId);
    const call = await lockCall(tx, ask.callId);
    if (call === null) return { kind: "not-found" };
    if (call.state !== "reserved") return { kind: "wrong-state", state: call.state };
    const standstill = await readStandstill(tx, call.campaignId);
    if (standstill !== null || ids.length === 0) {
      const reason = standstill ?? "campaign-ended";
      await returnReserved(tx, call.month, call.recipientId, 0, reason);
      await moveCall(tx, call.id, ["reserved"], { state: "ended", outcome: "refused", stopReason: reason });
      return { kind: "refused", reason };
    }
    const rows = await readTaken(tx, call.month, ids);
    const [recipient] = await screenRows(tx, deps, call.id, ask.workspaceId, call.campaignId, rows, true);
    await noteSlices(tx, [{ ...call, hasMoved: true, isResting: false, dueAt: null }]);
    if (recipient !== undefined) return { kind: "permitted", call, recipient };
    const reason = (await recipientOfCall(tx, call))?.reason ?? "facts-unreadable";
    await moveCall(tx, call.id, ["reserved"], { state: "ended", outcome: "refused", stopReason: reason });
    return { kind: "refused", reason };
  });
}

/** Nothing was shown: the permit goes back, unless the second look has ended the recipient already. */
async function refuse(
  deps: FlowDeps,
  ask: CallAsk,
  call: CallRow,
  recipient: PermittedRecipient,
  isStopping: boolean,
): Promise<RevealAnswer> {
  return inWorkspace(deps.database, ask.workspaceId, async (tx) => {
    await returnPermits(tx, [recipient.permit], 0);
    const reason =
      (await readStandstill(tx, call.campaignId)) ??
      (isStopping ? "campaign-stopping" : (await recipientOfCall(tx, call))?.reason) ??
      "gate-busy";
    await moveCall(tx, call.id, ["reserved"], { state: "ended", outcome: "refused", stopReason: reason });
    return { kind: "refused", reason };
  });
}
