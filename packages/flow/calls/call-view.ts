import type { Tx } from "#db/database";
import { readScript } from "#db/queries/call-scripts";
import type { CallState } from "#db/queries/calls";
import { masked } from "../contacts/masked.ts";
import type { JudgedRow } from "../gate/judge-rows.ts";
import { spokenScript } from "./script.ts";

/** A call as its agent sees it. The number is masked: only the reveal shows it. */
export interface CallView {
  readonly callId: string;
  readonly state: CallState;
  readonly agent: string;
  readonly campaignId: string;
  readonly contactId: string;
  readonly person: {
    /** Null: not known. */
    readonly name: string | null;
    readonly maskedNumber: string;
    readonly country: string | null;
    readonly region: string | null;
    readonly language: string | null;
    /** Every clock the person may live by. */
    readonly timeZones: readonly string[];
  };
  readonly seller: string;
  readonly callerId: string | null;
  readonly purpose: string;
  /** Why the gate allows the call, and the event of the ledger it rests on. */
  readonly reason: string;
  readonly evidenceEventId: number | null;
  /** When the permission lapses or the calling hours end; null: neither in sight. */
  readonly windowClosesAt: string | null;
  readonly reservedUntil: string;
  readonly script: { readonly version: number; readonly text: string };
}

/** Scripts of the campaigns in one batch, each read once. */
export type Scripts = (campaignId: string, version: number) => Promise<string>;

export function scriptsOf(tx: Tx): Scripts {
  const known = new Map<string, Promise<string>>();
  return (campaignId, version) => {
    const key = `${campaignId} ${version}`;
    const found = known.get(key) ?? readScript(tx, campaignId, version).then((text) => text ?? "");
    known.set(key, found);
    return found;
  };
}

/** @throws when the person's record could not be read; the gate does not allow such a call. */
export async function callView(
  scripts: Scripts,
  judged: JudgedRow,
  call: {
    readonly id: string;
    readonly state: CallState;
    readonly agent: string;
    readonly agentName: string;
    readonly scriptVersion: number;
    readonly reservedUntil: string;
  },
): Promise<CallView> {
  const { row, entry, decision, question, context } = judged;
  if (entry.kind !== "read") throw new Error("a call is about a person whose record cannot be read");
  const { candidate, contactPoint } = entry.facts;
  const name = entry.identity.fullName ?? entry.identity.givenName ?? null;
  const { speaker } = context;
  const text = await scripts(row.campaignId, call.scriptVersion);
  return {
    callId: call.id,
    state: call.state,
    agent: call.agent,
    campaignId: row.campaignId,
    contactId: row.contactId,
    person: {
      name,
      maskedNumber: masked(contactPoint),
      country: question?.facts.country ?? candidate.country,
      region: candidate.region,
      language: candidate.language,
      timeZones: question?.facts.tzCandidates ?? [],
    },
    seller: speaker.senderName,
    callerId: speaker.callerId,
    purpose: speaker.purposeName,
    reason: decision.reason,
    evidenceEventId: decision.evidenceEventId === null ? null : Number(decision.evidenceEventId),
    windowClosesAt: decision.verdict === "allow" ? decision.validUntil : null,
    reservedUntil: call.reservedUntil,
    script: {
      version: call.scriptVersion,
      text: spokenScript(text, {
        agent: call.agentName,
        seller: speaker.senderName,
        purpose: speaker.purposeName,
        name,
      }),
    },
  };
}
