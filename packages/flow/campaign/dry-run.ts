import type { Decision } from "#core/decision";
import { RULESET } from "#core/ruleset";
import { inWorkspace, readClock, type Tx } from "#db/database";
import { compileAudience } from "#db/queries/audience";
import { type CampaignRow, readCampaign } from "#db/queries/campaign-state";
import { type CandidateRow, walkAudience } from "#db/queries/candidates";
import type { FlowDeps } from "../deps.ts";
import { campaignContext } from "../gate/campaign-context.ts";
import type { CampaignContext } from "../gate/candidate-facts.ts";
import { judge } from "../gate/judge.ts";
import { readFacts } from "../gate/read-facts.ts";

/** Small enough that what a batch needs is gone before the next garbage collection keeps it. */
const BATCH_SIZE = 250;
const SAMPLES_MAX = 5;

/** People who would get the same answer, with a few of them to look at. */
export interface DryRunGroup {
  readonly verdict: Decision["verdict"];
  readonly reason: string;
  readonly count: number;
  readonly samples: readonly { readonly contactId: string; readonly evidenceEventId: number | null }[];
}

export interface DryRun {
  readonly ruleset: string;
  readonly asOf: Date;
  /** What may permit contact for the campaign's sender: proved consent alone, or what the law of the place allows. */
  readonly legalBasis: "consent-only" | "law";
  /** Contact points on distinct keys; the others are duplicates and count once. */
  readonly people: number;
  readonly allowed: number;
  readonly blocked: number;
  readonly deferred: number;
  readonly duplicates: number;
  readonly groups: readonly DryRunGroup[];
  /** Deferred people by the day (UTC) on which they may be contacted. */
  readonly deferredByDay: Readonly<Record<string, number>>;
}

interface Tally {
  readonly groups: Map<
    string,
    { -readonly [K in keyof DryRunGroup]: DryRunGroup[K] } & { samples: DryRunGroup["samples"][number][] }
  >;
  readonly deferredByDay: Record<string, number>;
  people: number;
  duplicates: number;
  /** The key of the last point: points on one key come one after the other, however many people there are. */
  lastGateId: number | null;
}

/** Asks the real gate about everyone a campaign selects. Nobody is contacted and nothing is stored. */
export async function dryRun(
  deps: FlowDeps,
  request: { readonly workspaceId: string; readonly campaignId: string },
): Promise<DryRun | null> {
  return inWorkspace(deps.database, request.workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, request.campaignId);
    return campaign === null ? null : judgeAudience(tx, deps, campaign);
  });
}

async function judgeAudience(tx: Tx, deps: FlowDeps, campaign: CampaignRow): Promise<DryRun> {
  const context = await campaignContext(tx, campaign);
  const now = await readClock(tx);
  const tally: Tally = { groups: new Map(), deferredByDay: {}, people: 0, duplicates: 0, lastGateId: null };
  for await (const batch of walkAudience(
    tx,
    campaign.channel,
    compileAudience(campaign.audience),
    BATCH_SIZE,
  )) {
    await judgeBatch(tx, deps, context, campaign, firstOfEachGate(batch, tally), now, tally);
  }
  const groups = [...tally.groups.values()].sort((a, b) => b.count - a.count);
  const count = (verdict: Decision["verdict"]) =>
    groups.filter((group) => group.verdict === verdict).reduce((sum, group) => sum + group.count, 0);
  return {
    ruleset: RULESET,
    asOf: now,
    legalBasis: context.speaker.legalBasis,
    people: tally.people,
    allowed: count("allow"),
    blocked: count("block"),
    deferred: count("defer"),
    duplicates: tally.duplicates,
    groups,
    deferredByDay: tally.deferredByDay,
  };
}

/** Two people on one key count as one, as they will when the campaign is planned. */
function firstOfEachGate(batch: readonly CandidateRow[], tally: Tally): CandidateRow[] {
  return batch.filter((candidate) => {
    const isFirst = candidate.gateId !== tally.lastGateId;
    if (isFirst) tally.people += 1;
    else tally.duplicates += 1;
    tally.lastGateId = candidate.gateId;
    return isFirst;
  });
}

async function judgeBatch(
  tx: Tx,
  deps: FlowDeps,
  context: CampaignContext,
  campaign: CampaignRow,
  candidates: readonly CandidateRow[],
  now: Date,
  tally: Tally,
): Promise<void> {
  const read = await readFacts(tx, deps.keys.master, context, candidates, now);
  for (const entry of read) {
    const { decision } = judge(context, entry, now, campaign.endsAt);
    const candidate = entry.kind === "read" ? entry.facts.candidate : entry.candidate;
    const key = `${decision.verdict}:${decision.reason}`;
    const group = tally.groups.get(key) ?? {
      verdict: decision.verdict,
      reason: decision.reason,
      count: 0,
      samples: [],
    };
    group.count += 1;
    if (group.samples.length < SAMPLES_MAX) {
      const { evidenceEventId } = decision;
      group.samples.push({
        contactId: candidate.contactId,
        // The rules carry ids as text; ours are numbers, here as in every other answer.
        evidenceEventId: evidenceEventId === null ? null : Number(evidenceEventId),
      });
    }
    tally.groups.set(key, group);
    if (decision.verdict === "defer") {
      const day = decision.until.slice(0, 10);
      tally.deferredByDay[day] = (tally.deferredByDay[day] ?? 0) + 1;
    }
  }
}
