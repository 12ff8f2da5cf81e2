import { randomUUID } from "node:crypto";
import type { Question } from "#core/facts";
import { readClock, type Tx } from "#db/database";
import { type CampaignRow, readCampaign } from "#db/queries/campaign-state";
import { readCandidates } from "#db/queries/candidates";
import { campaignVersions, type ScreenedRow, type ScreeningResult } from "#db/queries/screening";
import { factsHash } from "#db/vault/facts-hash";
import type { FlowDeps } from "../deps.ts";
import { campaignContext } from "./campaign-context.ts";
import type { CampaignContext } from "./candidate-facts.ts";
import { isSystemFault, judge } from "./judge.ts";
import { oncePerPerson, type ScreeningDecision } from "./once-per-person.ts";
import { type ReadCandidate, readFacts } from "./read-facts.ts";

const EMAIL_PERMIT_MS = 30_000;
const PHONE_PERMIT_MS = 15_000;
/** A recipient blocked through the system's fault is screened again after this long. */
const SYSTEM_FAULT_RETRY_MS = 60_000;

/** The gate's answer about one recipient, with what it was given on. Nothing is stored yet. */
export interface JudgedRow {
  readonly row: ScreenedRow;
  readonly entry: ReadCandidate;
  readonly decision: ScreeningDecision;
  readonly question: Question | null;
  readonly campaign: CampaignRow;
  readonly context: CampaignContext;
  readonly versions: { readonly version: number; readonly policyEpoch: number };
  readonly now: Date;
}

/**
 * Asks the gate about recipients of a campaign whose rows this transaction holds: facts read now, set-based. Who waits
 * for another address or number of the same person is not among the answers.
 * @param ownAttemptAt a call that is under way is no earlier attempt: it does not count towards its own caps.
 * @throws when the campaign or a contact point does not exist.
 */
export async function judgeRows(
  tx: Tx,
  deps: FlowDeps,
  campaignId: string,
  taken: readonly ScreenedRow[],
  ownAttemptAt: Date | null = null,
): Promise<JudgedRow[]> {
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
  return left.map((row) => {
    const found = byPoint.get(row.contactPointId);
    if (found === undefined) throw new Error("a recipient's contact point does not exist");
    const entry = ownAttemptAt === null ? found : withoutAttempt(found, ownAttemptAt);
    const reached = duplicate(row);
    const answer =
      reached === null ? judge(context, entry, now, campaign.endsAt) : { decision: reached, question: null };
    return { row, entry, ...answer, campaign, context, versions, now };
  });
}

function withoutAttempt(entry: ReadCandidate, at: Date): ReadCandidate {
  if (entry.kind !== "read") return entry;
  const isOther = (attempt: Date) => attempt.getTime() !== at.getTime();
  const { attempts, contactedAt } = entry.facts;
  return {
    ...entry,
    facts: {
      ...entry.facts,
      attempts: attempts.filter(isOther),
      contactedAt: contactedAt.filter(isOther),
    },
  };
}

const candidateOf = (read: ReadCandidate) => (read.kind === "read" ? read.facts.candidate : read.candidate);

/** What is stored of an answer: the decision, and where the recipient goes. An allow carries a permit. */
export function screeningResult(deps: FlowDeps, workspaceId: string, judged: JudgedRow): ScreeningResult {
  const { row, decision, question, versions, now, campaign } = judged;
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
    factsHash:
      question === null ? null : factsHash(deps.keys.master, workspaceId, question).toString("base64"),
    state: permitted ? "permitted" : faulty || decision.verdict === "defer" ? "deferred" : "blocked",
    permitId: permitted ? randomUUID() : null,
    permitExpiresAt: permitted ? permitExpiry(decision.validUntil, now, campaign.channel) : null,
  };
}

/** The same where nobody is to be contacted yet: who may be stays `planned`, with that answer on record. */
export const withoutPermit = (result: ScreeningResult): ScreeningResult =>
  result.state === "permitted"
    ? { ...result, state: "planned", permitId: null, permitExpiresAt: null }
    : result;

/** The earliest of the permit's lifetime and the instant a fact it relies on lapses. */
function permitExpiry(validUntil: string | null, now: Date, channel: "email" | "phone"): string {
  const lifetimeMs = channel === "email" ? EMAIL_PERMIT_MS : PHONE_PERMIT_MS;
  const longest = new Date(now.getTime() + lifetimeMs);
  const lapse = validUntil === null ? longest : new Date(validUntil);
  return (lapse < longest ? lapse : longest).toISOString();
}
