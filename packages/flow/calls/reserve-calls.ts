import { randomUUIDv7 } from "node:crypto";
import { inWorkspace, type Tx } from "#db/database";
import { nextDueCall, noteSlices, type SliceNote, slicesToCall } from "#db/queries/call-slices";
import { readCallingPolicy } from "#db/queries/calling-policy";
import { type CallDraft, insertCalls, readCall, standingOfAgents } from "#db/queries/calls";
import { readTaken, storeScreening, takeDueRecipients } from "#db/queries/screening";
import type { FlowDeps } from "../deps.ts";
import { type JudgedRow, judgeRows, screeningResult, withoutPermit } from "../gate/judge-rows.ts";
import { type CallView, callView, type Scripts, scriptsOf } from "./call-view.ts";

/** How long an agent may look at a person before showing the number; then the recipient is anybody's again. */
const RESERVATION_MS = 3 * 60_000;
/** People screened beyond those that are asked for, so that one who may not be called costs no second look. */
const SPARE = 3;

/** One agent who asks for the next call. */
export interface NextAsk {
  /** Whose call it will be: stored, audited, and never handed to anybody else. */
  readonly agent: string;
  /** What the agent is called in the script. */
  readonly agentName: string;
}

export type NextAnswer =
  | { readonly kind: "call"; readonly call: CallView }
  /** No written do-not-call policy: nobody calls. */
  | { readonly kind: "policy-missing" }
  /** This agent has not acknowledged the version in force. */
  | { readonly kind: "policy-not-acknowledged"; readonly version: number }
  /** Nobody may be called now. */
  | { readonly kind: "nobody-due"; readonly nextAt: Date | null };

/**
 * Reserves a recipient each for these agents, in one transaction: screened now, the number masked, the row skipped by
 * everybody else. An agent who has a call in hand gets that one again. Who may not be called is stored as blocked or
 * deferred on the way, with the reason.
 */
export async function reserveCalls(
  deps: FlowDeps,
  workspaceId: string,
  campaignId: string | null,
  asks: readonly NextAsk[],
): Promise<Map<string, NextAnswer>> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const answers = new Map<string, NextAnswer>();
    const policy = await readCallingPolicy(tx);
    if (policy === null)
      return new Map(asks.map(({ agent }) => [agent, { kind: "policy-missing" } as const]));
    const standing = new Map(
      (
        await standingOfAgents(
          tx,
          asks.map((ask) => ask.agent),
          policy.version,
        )
      ).map((each) => [each.agent, each]),
    );
    const scripts = scriptsOf(tx);
    const waiting: NextAsk[] = [];
    for (const ask of asks) {
      const each = standing.get(ask.agent);
      if (each?.hasAcknowledged !== true) {
        answers.set(ask.agent, { kind: "policy-not-acknowledged", version: policy.version });
      } else if (each.openCallId !== null) {
        const call = await callInHand(tx, deps, scripts, each.openCallId, ask);
        if (call === null) waiting.push(ask);
        else answers.set(ask.agent, { kind: "call", call });
      } else waiting.push(ask);
    }
    await serve(tx, deps, scripts, { workspaceId, campaignId, waiting, answers });
    const without = asks.filter((ask) => !answers.has(ask.agent));
    const nextAt = without.length === 0 ? null : await nextDueCall(tx, campaignId);
    for (const { agent } of without) answers.set(agent, { kind: "nobody-due", nextAt });
    return answers;
  });
}

/** The call an agent has already; null when it is over. */
async function callInHand(
  tx: Tx,
  deps: FlowDeps,
  scripts: Scripts,
  callId: string,
  ask: NextAsk,
): Promise<CallView | null> {
  const call = await readCall(tx, callId);
  if (call === null || call.state === "ended") return null;
  const [row] = await readTaken(tx, call.month, [call.recipientId]);
  const [judged] = row === undefined ? [] : await judgeRows(tx, deps, call.campaignId, [row]);
  if (judged?.entry.kind !== "read") return null;
  return callView(scripts, judged, {
    ...call,
    agentName: ask.agentName,
    reservedUntil: call.reservedUntil.toISOString(),
  });
}

interface Serving {
  readonly workspaceId: string;
  readonly campaignId: string | null;
  /** Agents without a call; those who get one leave the list. */
  readonly waiting: NextAsk[];
  readonly answers: Map<string, NextAnswer>;
}

/** Looks into one slice after the other until everybody has a call or nobody is due. */
async function serve(tx: Tx, deps: FlowDeps, scripts: Scripts, serving: Serving): Promise<void> {
  const { waiting, campaignId } = serving;
  if (waiting.length === 0) return;
  const notes: SliceNote[] = [];
  for (const slice of await slicesToCall(tx, campaignId)) {
    const note = { ...slice, hasMoved: false, isResting: false, dueAt: null as Date | null };
    while (waiting.length > 0 && !note.isResting) {
      const limit = waiting.length + SPARE;
      const taken = await takeDueRecipients(tx, slice.campaignId, slice.slice, limit);
      note.isResting = taken.length === 0;
      if (note.isResting) break;
      note.hasMoved = true;
      const judged = await judgeRows(tx, deps, slice.campaignId, taken);
      for (const each of await reserve(tx, deps, serving, judged)) {
        note.dueAt = each.until;
        const { ask, draft } = each;
        const call = await callView(scripts, each.judged, {
          ...draft,
          state: "reserved",
          agentName: ask.agentName,
        });
        serving.answers.set(ask.agent, { kind: "call", call });
      }
    }
    if (note.hasMoved || note.isResting) notes.push(note);
    if (waiting.length === 0) break;
  }
  await noteSlices(tx, notes);
}

interface Reserved {
  readonly judged: JudgedRow;
  readonly ask: NextAsk;
  readonly draft: CallDraft;
  readonly until: Date;
}

/** Stores who may not be called, and gives those who may to the agents who wait, in order. */
async function reserve(
  tx: Tx,
  deps: FlowDeps,
  { workspaceId, waiting }: Serving,
  judged: readonly JudgedRow[],
): Promise<Reserved[]> {
  const reserved: Reserved[] = [];
  const results = judged.flatMap((each) => {
    const result = screeningResult(deps, workspaceId, each);
    if (result.state !== "permitted") return [result];
    const ask = waiting.shift();
    if (ask === undefined) return [];
    const until = new Date(each.now.getTime() + RESERVATION_MS);
    reserved.push({ judged: each, ask, until, draft: draftOf(each, ask, until) });
    return [{ ...withoutPermit(result), until: until.toISOString() }];
  });
  await storeScreening(tx, workspaceId, null, results, false);
  const made = await insertCalls(
    tx,
    workspaceId,
    reserved.map((each) => each.draft),
  );
  return reserved.filter((each) => made.has(each.draft.id));
}

const draftOf = ({ row, campaign }: JudgedRow, ask: NextAsk, until: Date): CallDraft => ({
  id: randomUUIDv7(),
  campaignId: row.campaignId,
  month: row.month,
  recipientId: row.id,
  gateId: row.gateId,
  contactId: row.contactId,
  agent: ask.agent,
  scriptVersion: campaign.scriptVersion ?? 0,
  reservedUntil: until.toISOString(),
});
