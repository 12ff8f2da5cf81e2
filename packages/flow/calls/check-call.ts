import { inWorkspace, type Tx } from "#db/database";
import { type HeldLook, lookAtHeld, markStopped, relyOn } from "#db/queries/call-guard";
import { type CallRow, type CallState, readCall } from "#db/queries/calls";
import { readTaken } from "#db/queries/screening";
import type { FlowDeps } from "../deps.ts";
import { type JudgedRow, judgeRows } from "../gate/judge-rows.ts";
import { standstillOf } from "../gate/standstill.ts";
import type { CallAsk } from "./reveal-call.ts";

export type CheckAnswer =
  /** As it was; a shown number may be dialled before `dialBy`. */
  | { readonly kind: "holds"; readonly state: CallState; readonly dialBy: Date | null }
  /** Hide the number and acknowledge; until then a stop counts this call as on the wire. Or: nothing was shown. */
  | { readonly kind: "stopped"; readonly state: CallState; readonly reason: string }
  | { readonly kind: "ended"; readonly outcome: string | null }
  | { readonly kind: "not-found" };

/**
 * The desk's look at the call in hand, several times a second: whether anything moved that it relies on. Only then the
 * gate is asked again. It is also the desk's sign of life.
 */
export async function checkCall(deps: FlowDeps, ask: CallAsk): Promise<CheckAnswer> {
  return inWorkspace(deps.database, ask.workspaceId, async (tx): Promise<CheckAnswer> => {
    const call = await readCall(tx, ask.callId);
    if (call === null || call.agent !== ask.agent) return { kind: "not-found" };
    if (call.state === "ended") return { kind: "ended", outcome: call.outcome };
    const { state } = call;
    const reason = await stopReasonOf(tx, deps, call);
    return reason === null
      ? { kind: "holds", state, dialBy: call.dialBy }
      : { kind: "stopped", state, reason };
  });
}

/** Why this call must not be dialled any more; null: it may. Stored, so that a stop stays a stop. */
export async function stopReasonOf(tx: Tx, deps: FlowDeps, call: CallRow): Promise<string | null> {
  if (call.stopReason !== null) return call.stopReason;
  const look = await lookAtHeld(tx, call.id);
  if (look === null) return "campaign-ended";
  // Who is being talked to has been contacted: what moves now is for the next time.
  if (call.state === "dialled") return null;
  const reason = await reasonNow(tx, deps, call, look);
  if (reason !== null) await markStopped(tx, call.id, reason);
  return reason;
}

async function reasonNow(tx: Tx, deps: FlowDeps, call: CallRow, look: HeldLook): Promise<string | null> {
  const standstill = standstillOf({ state: look.campaignState, frozen: look.isFrozen });
  if (standstill !== null) return standstill;
  if (call.state === "revealed" && !look.isInTime) return "permit-expired";
  if (look.isCurrent) return null;
  const judged = await judgeHeld(tx, deps, call);
  if (judged === null) return "facts-unreadable";
  if (judged.decision.verdict !== "allow") return judged.decision.reason;
  // The versions were read before the facts, so that the call relies on nothing older than they are.
  await relyOn(tx, call.id, look);
  return null;
}

/** The gate's answer about a person in an agent's hands; the call itself is no earlier attempt. */
export async function judgeHeld(tx: Tx, deps: FlowDeps, call: CallRow): Promise<JudgedRow | null> {
  const [row] = await readTaken(tx, call.month, [call.recipientId]);
  if (row === undefined) return null;
  const [judged] = await judgeRows(tx, deps, call.campaignId, [row], call.attemptedAt);
  return judged ?? null;
}
