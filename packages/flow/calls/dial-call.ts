import { inWorkspace } from "#db/database";
import { markStopped, startDial } from "#db/queries/call-guard";
import { lockCall } from "#db/queries/calls";
import type { FlowDeps } from "../deps.ts";
import { stopReasonOf } from "./check-call.ts";
import type { CallAsk } from "./reveal-call.ts";

const STALE_TRIES_MAX = 3;

export type DialResult =
  /** The dial starts now; the call is off the wire. */
  | { readonly kind: "dialled" }
  /** Do not dial: hide the number and say so. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "not-found" }
  | { readonly kind: "wrong-state"; readonly state: string };

/**
 * Starts the dial of a number that was shown, or refuses it: a stop, the end of the calling hours or of the permit
 * since the reveal. Again, after it has started, changes nothing.
 */
export async function dialCall(deps: FlowDeps, ask: CallAsk): Promise<DialResult> {
  for (let tries = 0; tries <= STALE_TRIES_MAX; tries += 1) {
    const looked = await inWorkspace(deps.database, ask.workspaceId, async (tx) => {
      const call = await lockCall(tx, ask.callId);
      if (call === null || call.agent !== ask.agent) return { kind: "not-found" } as const;
      if (call.state === "dialled") return { kind: "dialled" } as const;
      if (call.state !== "revealed" || call.permitId === null) {
        return { kind: "wrong-state", state: call.state } as const;
      }
      // The statement below is the check; only what it found moved is asked about anew.
      const reason = tries === 0 ? call.stopReason : await stopReasonOf(tx, deps, call);
      if (reason !== null) return { kind: "refused", reason } as const;
      return { kind: "held", call: { ...call, permitId: call.permitId } } as const;
    });
    if (looked.kind !== "held") return looked;
    const answer = await startDial(deps.database, ask.workspaceId, looked.call);
    if (answer === "dialled") return { kind: "dialled" };
    if (answer === "stopping") return refuse(deps, ask, "campaign-stopping");
  }
  return refuse(deps, ask, "gate-busy");
}

async function refuse(deps: FlowDeps, ask: CallAsk, reason: string): Promise<DialResult> {
  await inWorkspace(deps.database, ask.workspaceId, (tx) => markStopped(tx, ask.callId, reason));
  return { kind: "refused", reason };
}
