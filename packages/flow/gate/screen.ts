import { randomUUID } from "node:crypto";
import type { AllowReason } from "#core/decision";
import { inWorkspace, readClock, type Tx } from "#db/database";
import { type CampaignRow, readCampaign } from "#db/queries/campaign-state";
import { readCandidates, readSpeaker } from "#db/queries/candidates";
import type { CapReach } from "#db/queries/redeem";
import {
  campaignVersions,
  type ScreenedRow,
  type ScreeningResult,
  storeScreening,
  takeDueRecipients,
  takePermitted,
} from "#db/queries/screening";
import { touchSlice } from "#db/queries/slices";
import { factsHash } from "#db/vault/facts-hash";
import type { Identity } from "#db/vault/person";
import type { FlowDeps } from "../deps.ts";
import { issuePermit, type Permit } from "../permit.ts";
import type { CampaignContext } from "./candidate-facts.ts";
import { isSystemFault, judge } from "./judge.ts";
import { oncePerPerson, type ScreeningDecision } from "./once-per-person.ts";
import { hasOwnCap } from "./person-facts.ts";
import { type ReadCandidate, readFacts } from "./read-facts.ts";

const EMAIL_PERMIT_MS = 30_000;
const PHONE_PERMIT_MS = 15_000;
/** A recipient blocked through the system's fault is screened again after this long. */
const SYSTEM_FAULT_RETRY_MS = 60_000;

/** An allowed recipient: the permit, and what the message needs. */
export interface PermittedRecipient {
  readonly permit: Permit;
  readonly to: string;
  readonly identity: Identity;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly language: string | null;
  /** What permits the message. */
  readonly reason: AllowReason;
  readonly cap: CapReach;
}

export type ScreenAnswer =
  | { readonly kind: "not-sending" }
  | { readonly kind: "screened"; readonly taken: number; readonly permitted: readonly PermittedRecipient[] };

/**
 * Screens due recipients of a slice: facts read now, every decision stored, rows moved, in one transaction.
 * @param limit at most what the campaign's rate can send in 10 s, so that permits do not grow old in the queue.
 */
export async function screenSlice(
  deps: FlowDeps,
  workerSession: string,
  ask: {
    readonly workspaceId: string;
    readonly campaignId: string;
    readonly slice: number;
    readonly limit: number;
  },
): Promise<ScreenAnswer> {
  return inWorkspace(deps.database, ask.workspaceId, async (tx) => {
    const versions = await campaignVersions(tx, ask.campaignId);
    if (versions === null || versions.state !== "sending" || versions.frozen) return { kind: "not-sending" };
    const taken = await takeDueRecipients(tx, ask.campaignId, ask.slice, ask.limit);
    if (taken.length > 0) await touchSlice(tx, ask.campaignId, ask.slice);
    const permitted = await screenRows(
      tx,
      deps,
      workerSession,
      ask.workspaceId,
      ask.campaignId,
      taken,
      false,
    );
    return { kind: "screened", taken: taken.length, permitted };
  });
}

/** Screens recipients again whose permits went stale while the mail server waits. Same function, same storage. */
export async function screenAgain(
  deps: FlowDeps,
  workerSession: string,
  permits: readonly Permit[],
): Promise<ReadonlyMap<number, PermittedRecipient>> {
  const [first] = permits;
  if (first === undefined) return new Map();
  return inWorkspace(deps.database, first.workspaceId, async (tx) => {
    const versions = await campaignVersions(tx, first.campaignId);
    if (versions === null || versions.state !== "sending" || versions.frozen) return new Map();
    const held = await takePermitted(tx, permits);
    const permitted = await screenRows(
      tx,
      deps,
      workerSession,
      first.workspaceId,
      first.campaignId,
      held,
      true,
    );
    return new Map(permitted.map((entry) => [entry.permit.recipientId, entry]));
  });
}

async function screenRows(
  tx: Tx,
  deps: FlowDeps,
  workerSession: string,
  workspaceId: string,
  campaignId: string,
  taken: readonly ScreenedRow[],
  inline: boolean,
): Promise<PermittedRecipient[]> {
  if (taken.length === 0) return [];
  // The versions are read before the facts: a permit may rely on facts newer than its versions, never on older.
  const versions = await campaignVersions(tx, campaignId);
  const campaign = await readCampaign(tx, campaignId);
  if (versions === null || campaign === null) throw new Error("the campaign of a recipient does not exist");
  const context = await campaignContext(tx, campaign);
  const now = await readClock(tx);
  const candidates = await readCandidates(
    tx,
    taken.map((row) => row.contactPointId),
  );
  const { left, duplicate } = await oncePerPerson(tx, taken, candidates);
  const read = await readFacts(tx, deps.keys.master, context, candidates, now);
  const byPoint = new Map(read.map((entry) => [candidateOf(entry).contactPointId, entry]));
  const screened = left.map((row) => {
    const entry = byPoint.get(row.contactPointId);
    if (entry === undefined) throw new Error("a recipient's contact point does not exist");
    const reached = duplicate(row);
    const { decision, question } =
      reached === null ? judge(context, entry, now, campaign.endsAt) : { decision: reached, question: null };
    const result = {
      ...screeningResult(row, decision, versions, now, campaign.channel),
      factsHash:
        question === null ? null : factsHash(deps.keys.master, workspaceId, question).toString("base64"),
    };
    return { row, entry, decision, result };
  });
  await storeScreening(
    tx,
    workspaceId,
    workerSession,
    screened.map((entry) => entry.result),
    inline,
  );
  return screened.flatMap(({ row, entry, decision, result }) => {
    if (entry.kind !== "read" || decision.verdict !== "allow") return [];
    if (result.permitId === null || result.permitExpiresAt === null) return [];
    return [
      {
        permit: issuePermit({
          permitId: result.permitId,
          workspaceId,
          campaignId,
          month: row.month,
          recipientId: row.id,
          gateId: row.gateId,
          // Who the point is of now: a merge may have moved it since the campaign was planned.
          contactId: entry.facts.candidate.contactId,
          expiresAt: new Date(result.permitExpiresAt),
        }),
        to: entry.facts.contactPoint,
        identity: entry.identity,
        attributes: entry.facts.candidate.attributes,
        language: entry.facts.candidate.language,
        reason: decision.reason,
        cap: hasOwnCap(entry.facts.pace) ? "person" : context.frequencyCap === null ? "none" : "key",
      },
    ];
  });
}

const candidateOf = (read: ReadCandidate) => (read.kind === "read" ? read.facts.candidate : read.candidate);

function screeningResult(
  row: ScreenedRow,
  decision: ScreeningDecision,
  versions: { readonly version: number; readonly policyEpoch: number },
  now: Date,
  channel: "email" | "phone",
): Omit<ScreeningResult, "factsHash"> {
  const permitted = decision.verdict === "allow";
  const faulty = isSystemFault(decision);
  return {
    month: row.month,
    recipientId: row.id,
    campaignId: row.campaignId,
    gateId: row.gateId,
    gateVersion: row.gateVersion,
    policyEpoch: versions.policyEpoch,
    campaignVersion: versions.version,
    verdict: decision.verdict,
    reason: decision.reason,
    until: faulty
      ? new Date(now.getTime() + SYSTEM_FAULT_RETRY_MS).toISOString()
      : decision.verdict === "defer"
        ? decision.until
        : null,
    failing: decision.failing,
    notChecked: decision.notChecked,
    ruleset: decision.ruleset,
    evidenceEventId: decision.evidenceEventId === null ? null : Number(decision.evidenceEventId),
    state: permitted ? "permitted" : faulty || decision.verdict === "defer" ? "deferred" : "blocked",
    permitId: permitted ? randomUUID() : null,
    permitExpiresAt: permitted ? permitExpiry(decision.validUntil, now, channel) : null,
  };
}

/** The earliest of the permit's lifetime and the instant a fact it relies on lapses. */
function permitExpiry(validUntil: string | null, now: Date, channel: "email" | "phone"): string {
  const lifetimeMs = channel === "email" ? EMAIL_PERMIT_MS : PHONE_PERMIT_MS;
  const longest = new Date(now.getTime() + lifetimeMs);
  const lapse = validUntil === null ? longest : new Date(validUntil);
  return (lapse < longest ? lapse : longest).toISOString();
}

/** What is the same for all recipients of a campaign. @throws when sender and purpose do not belong together. */
export async function campaignContext(tx: Tx, campaign: CampaignRow): Promise<CampaignContext> {
  const speaker = await readSpeaker(tx, campaign.senderId, campaign.purposeId);
  if (speaker === null) throw new Error("the campaign's purpose does not belong to its sender");
  return {
    speaker,
    channel: campaign.channel,
    subject: campaign.content.subject,
    circumstances: campaign.circumstances,
    frequencyCap:
      campaign.frequencyCapMax === null || campaign.frequencyCapWindowHours === null
        ? null
        : { max: campaign.frequencyCapMax, windowHours: campaign.frequencyCapWindowHours },
  };
}
