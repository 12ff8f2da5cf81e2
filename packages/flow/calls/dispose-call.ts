import { inWorkspace, readClock, type Tx } from "#db/database";
import { noteSlices, returnReserved, takeReserved } from "#db/queries/call-slices";
import { attemptsOf, type CallRow, lockCall, moveCall, readCall, recipientOfCall } from "#db/queries/calls";
import { readCampaign } from "#db/queries/campaign-state";
import { lockContacts } from "#db/queries/contact-write";
import { lockGates } from "#db/queries/gates";
import { recordLateContacts, recordOutcomes } from "#db/queries/outcomes";
import type { CallPlan } from "#db/schema/call";
import { recordConsent } from "../consent/record-consent.ts";
import type { FlowDeps } from "../deps.ts";
import { recordStopEvents, type StopRequest } from "../stops/stop-person.ts";
import { acknowledgeStops, type DisposeRequest, stopsOf } from "./call-stops.ts";
import { type CallOutcome, type Disposition, outcomeOfCall } from "./disposition.ts";

export type DisposeAnswer =
  | {
      readonly kind: "recorded";
      readonly state: string;
      readonly notBefore: Date | null;
      /** Null: nothing was stopped. 0: nothing more will reach the person. */
      readonly inFlight: number | null;
      /** What became of consent that was given; null: none was, or the call has recorded it already. */
      readonly consent: "given" | "renewed" | "requested" | null;
    }
  | { readonly kind: "not-found" }
  | { readonly kind: "wrong-state"; readonly state: string }
  /** The time is past, or after the end of the campaign. */
  | { readonly kind: "callback-out-of-range" }
  | { readonly kind: "unknown-notice" };

/** Of campaigns that were made without a plan of their own. */
const PLAN_DEFAULT: CallPlan = { attemptsMax: 3, spacingMinutes: 240, priority: 0 };

/** Said before anybody was called, these bind all the same. */
const BINDS_BEFORE_THE_CALL: ReadonlySet<string> = new Set(["do-not-call", "complaint"]);

/**
 * Records what a call came to: where the recipient goes, and what it does to consent. A stop is on the ledger in the
 * same transaction and answered after the barrier, so that no later screen of that number can miss it. The same
 * disposition again changes nothing.
 */
export async function disposeCall(deps: FlowDeps, request: DisposeRequest): Promise<DisposeAnswer> {
  const { workspaceId, disposition } = request;
  const call = await inWorkspace(deps.database, workspaceId, (tx) => readCall(tx, request.callId));
  if (call === null || call.agent !== request.agent) return { kind: "not-found" };
  const refusal = refusalOf(call, disposition);
  if (refusal !== null) return refusal;
  const isGrant = disposition.kind === "consent-given" && call.outcome !== "consent-given";
  const consent = isGrant ? await grant(deps, request, call, disposition) : null;
  if (consent === "unknown-notice") return { kind: "unknown-notice" };
  const recorded = await inWorkspace(deps.database, workspaceId, (tx) => record(tx, deps, request, call));
  if (recorded.kind !== "recorded") return recorded;
  const inFlight = await acknowledgeStops(deps, workspaceId, recorded.stops);
  const { state, notBefore } = recorded;
  return { kind: "recorded", state, notBefore, inFlight, consent };
}

function refusalOf(call: CallRow, disposition: Disposition): DisposeAnswer | null {
  if (call.state === "revealed" || call.state === "dialled") return null;
  if (call.state === "reserved" && BINDS_BEFORE_THE_CALL.has(disposition.kind)) return null;
  const isEvidence = call.outcome === "abandoned" || call.outcome === disposition.kind;
  return call.state === "ended" && isEvidence ? null : { kind: "wrong-state", state: call.state };
}

type Recorded =
  | {
      readonly kind: "recorded";
      readonly state: string;
      readonly notBefore: Date | null;
      readonly stops: readonly StopRequest[];
    }
  | Exclude<DisposeAnswer, { kind: "recorded" }>;

/** One transaction. Locks in the order of all others: contact, gate rows, then the call and its recipient. */
async function record(tx: Tx, deps: FlowDeps, request: DisposeRequest, known: CallRow): Promise<Recorded> {
  const { disposition } = request;
  const campaign = await readCampaign(tx, known.campaignId);
  if (campaign === null) return { kind: "not-found" };
  const now = await readClock(tx);
  if (disposition.kind === "callback") {
    const isOpen = campaign.endsAt === null || disposition.at < campaign.endsAt;
    if (disposition.at <= now || !isOpen) return { kind: "callback-out-of-range" };
  }
  const stops = await stopsOf(tx, request, known, campaign.purposeId, campaign.senderId);
  if (stops.length > 0) {
    await lockContacts(tx, [known.contactId]);
    await lockGates(tx, [...new Set(stops.map((stop) => stop.gateId))]);
  }
  if (known.state === "reserved") await takeReserved(tx, known.month, known.recipientId);
  const call = await lockCall(tx, request.callId);
  if (call === null) return { kind: "not-found" };
  const refusal = refusalOf(call, disposition);
  if (refusal?.kind === "wrong-state") return refusal;
  for (const stop of stops) await recordStopEvents(tx, deps, stop);
  if (call.state === "ended" && call.outcome !== "abandoned") {
    const recipient = await recipientOfCall(tx, call);
    if (recipient === null) return { kind: "not-found" };
    return { kind: "recorded", state: recipient.state, notBefore: recipient.notBefore, stops };
  }
  const attempts = await attemptsOf(tx, call.recipientId);
  const outcome = outcomeOfCall(disposition, campaign.callPlan ?? PLAN_DEFAULT, attempts, now);
  const state = await moveRecipient(tx, request, call, outcome, now);
  if (state === null) return { kind: "wrong-state", state: call.state };
  await moveCall(tx, call.id, ["reserved", "revealed", "dialled", "ended"], {
    state: "ended",
    outcome: disposition.kind,
    callbackAt: disposition.kind === "callback" ? disposition.at : null,
  });
  await noteSlices(tx, [{ ...call, hasMoved: true, isResting: false, dueAt: outcome.notBefore }]);
  return { kind: "recorded", state, notBefore: state === "deferred" ? outcome.notBefore : null, stops };
}

/** Where the recipient goes. Null: it is somewhere that this cannot change any more. */
async function moveRecipient(
  tx: Tx,
  request: DisposeRequest,
  call: CallRow,
  outcome: CallOutcome,
  now: Date,
): Promise<string | null> {
  // Nothing was shown: the next screen finds the stop. A stop edits no recipient.
  if (call.state === "reserved") {
    await returnReserved(tx, call.month, call.recipientId, 0, outcome.reason);
    return "deferred";
  }
  if (call.permitId === null) return null;
  // Whether a desk that was thought abandoned had called is known now; nobody is called again on the strength of it.
  const isLate = call.outcome === "abandoned" && outcome.state === "deferred";
  const recorded = await recordOutcomes(tx, [
    {
      month: call.month,
      recipientId: call.recipientId,
      permitId: call.permitId,
      from: "redeemed",
      state: isLate ? "failed" : outcome.state,
      reason: outcome.reason,
      countsAttempt: false,
      countsAbort: false,
      backoffMs: outcome.notBefore === null ? null : Math.max(0, outcome.notBefore.getTime() - now.getTime()),
      reply: null,
      queueId: null,
    },
  ]);
  const [moved] = recorded;
  if (moved === undefined) return null;
  if (moved.state === "contacted") await recordLateContacts(tx, request.workspaceId, recorded);
  return moved.state;
}

/** Consent given on the phone, by the one door: what stands against it makes it a request. */
async function grant(
  deps: FlowDeps,
  request: DisposeRequest,
  call: CallRow,
  disposition: Extract<Disposition, { kind: "consent-given" }>,
): Promise<"given" | "renewed" | "requested" | "unknown-notice"> {
  const { workspaceId, actor } = request;
  const { purposeId, now } = await inWorkspace(deps.database, workspaceId, async (tx) => ({
    purposeId: (await readCampaign(tx, call.campaignId))?.purposeId ?? "",
    now: await readClock(tx),
  }));
  const result = await recordConsent(deps, {
    workspaceId,
    contactPointId: call.contactPointId,
    purposeId,
    act: "grant",
    occurredAt: now,
    method: "phone-call",
    evidence: {
      callId: call.id,
      agent: call.agent,
      scriptVersion: call.scriptVersion,
      ...(disposition.recording === null ? {} : { recording: disposition.recording }),
    },
    noticeId: disposition.noticeId,
    actor,
    claimed: true,
    byThePerson: false,
  });
  if (result.kind !== "recorded") return "unknown-notice";
  return result.state === "withdrawn" || result.state === "refused" ? "requested" : result.state;
}
