import { inWorkspace, readClock } from "#db/database";
import { noteSlices, returnReserved, takeReserved } from "#db/queries/call-slices";
import { lockCall, moveCall, readCall } from "#db/queries/calls";
import { recordOutcomes } from "#db/queries/outcomes";
import type { FlowDeps } from "../deps.ts";
import type { CallAsk } from "./reveal-call.ts";

/** A person who was skipped is not the next one again. */
const SKIPPED_PAUSE_MS = 10 * 60_000;

export type HideAnswer =
  /** The number is off the desk and nobody was dialled. */
  | { readonly kind: "hidden" }
  | { readonly kind: "not-found" }
  /** Dialled, so that it needs a disposition. */
  | { readonly kind: "wrong-state"; readonly state: string };

/**
 * Puts a call back undialled: a reservation that is not wanted, or a number that had to go from the screen. With this
 * the desk acknowledges that it is hidden, and a waiting stop gets its answer. Again changes nothing.
 */
export async function hideCall(deps: FlowDeps, ask: CallAsk): Promise<HideAnswer> {
  return inWorkspace(deps.database, ask.workspaceId, async (tx): Promise<HideAnswer> => {
    const known = await readCall(tx, ask.callId);
    if (known === null || known.agent !== ask.agent) return { kind: "not-found" };
    if (known.state === "reserved") await takeReserved(tx, known.month, known.recipientId);
    const call = await lockCall(tx, ask.callId);
    if (call === null) return { kind: "not-found" };
    if (call.state === "ended" || call.state === "dialled") {
      return call.outcome === "hidden" || call.outcome === "skipped" || call.outcome === "expired"
        ? { kind: "hidden" }
        : { kind: "wrong-state", state: call.state };
    }
    const now = await readClock(tx);
    const wasShown = call.state === "revealed" && call.permitId !== null;
    const pauseMs = call.stopReason === null ? SKIPPED_PAUSE_MS : 0;
    if (wasShown) {
      await recordOutcomes(tx, [
        {
          month: call.month,
          recipientId: call.recipientId,
          permitId: call.permitId ?? "",
          from: "redeemed",
          // Deferred, so that the gate is asked about it again without an agent's having to ask.
          state: "deferred",
          reason: call.stopReason ?? "not-dialled",
          countsAttempt: false,
          countsAbort: false,
          backoffMs: pauseMs,
          reply: null,
          queueId: null,
        },
      ]);
    } else {
      await returnReserved(tx, call.month, call.recipientId, pauseMs, call.stopReason);
    }
    await moveCall(tx, call.id, ["reserved", "revealed"], {
      state: "ended",
      outcome: wasShown ? "hidden" : "skipped",
      isAttempt: false,
    });
    await noteSlices(tx, [
      { ...call, hasMoved: true, isResting: false, dueAt: new Date(now.getTime() + pauseMs) },
    ]);
    return { kind: "hidden" };
  });
}
