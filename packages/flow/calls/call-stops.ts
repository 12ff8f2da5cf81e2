import { inWorkspace, type Tx } from "#db/database";
import type { CallRow } from "#db/queries/calls";
import { readContacts } from "#db/queries/contact-write";
import { recordStop } from "#db/queries/stops";
import type { FlowDeps } from "../deps.ts";
import { waitForInFlight } from "../stops/barrier.ts";
import { type StopRequest, stopKind } from "../stops/stop-person.ts";
import type { Disposition } from "./disposition.ts";
import type { CallAsk } from "./reveal-call.ts";

export type DisposeRequest = CallAsk & {
  readonly actor: string;
  readonly disposition: Disposition;
  readonly requestedAt: Date;
};

/** What the person stopped with what they said. */
export async function stopsOf(
  tx: Tx,
  request: DisposeRequest,
  call: CallRow,
  purposeId: string,
  senderId: string,
): Promise<StopRequest[]> {
  const { disposition, workspaceId, actor, requestedAt } = request;
  const base = {
    workspaceId,
    contactId: call.contactId,
    method: "phone-call",
    actor,
    claimed: true,
    campaignId: call.campaignId,
    evidence: { callId: call.id, disposition: disposition.kind, agent: call.agent },
    offersUndo: false,
    requestedAt,
  };
  const number = { ...base, gateId: call.gateId, channel: "phone" as const };
  switch (disposition.kind) {
    case "refused-this":
      return [{ ...number, target: { kind: "topic", purposeId, senderId } }];
    case "wrong-number":
      // Who answers there agreed to nothing, and nobody can say for whom else the number stands.
      return [{ ...number, target: { kind: "everything" }, suppression: "internal-dnc" }];
    case "do-not-call":
    case "complaint":
      return [
        { ...number, target: { kind: "everything" }, suppression: "internal-dnc" },
        ...(disposition.stopsEmail ? await emailGates(tx, call.contactId) : []).map(
          (gateId): StopRequest => ({ ...base, gateId, channel: "email", target: { kind: "everything" } }),
        ),
      ];
    default:
      return [];
  }
}

async function emailGates(tx: Tx, contactId: string): Promise<number[]> {
  const [contact] = await readContacts(tx, [contactId]);
  return (contact?.points ?? []).filter((point) => point.channel === "email").map((point) => point.gateId);
}

/** Waits until nothing is on the wire for the keys that were stopped, and records how long that took. */
export async function acknowledgeStops(
  deps: FlowDeps,
  workspaceId: string,
  stops: readonly StopRequest[],
): Promise<number | null> {
  if (stops.length === 0) return null;
  const startedAt = performance.now();
  const gateIds = [...new Set(stops.map((stop) => stop.gateId))];
  const barrier = await waitForInFlight(deps.database, workspaceId, { kind: "gates", gateIds });
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    for (const stop of stops) {
      await recordStop(tx, workspaceId, {
        kind: stopKind(stop),
        gateId: stop.gateId,
        contactId: stop.contactId,
        campaignId: stop.campaignId,
        purposeId: stop.target.kind === "topic" ? stop.target.purposeId : null,
        requestedAt: stop.requestedAt,
        waitedMs: performance.now() - startedAt,
        barrierWaitedMs: barrier.didWait ? barrier.waitedMs : 0,
        inFlight: barrier.inFlight,
      });
    }
  });
  return barrier.inFlight;
}
