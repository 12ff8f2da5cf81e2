import { decide } from "#core/decide";
import type { Question } from "#core/facts";
import { inWorkspace, readClock } from "#db/database";
import { compileAudience } from "#db/queries/audience";
import { readCampaign } from "#db/queries/campaign-state";
import { type CandidateRow, walkAudience } from "#db/queries/candidates";
import { assembleQuestion } from "#flow/gate/assemble-facts";
import { campaignContext } from "#flow/gate/campaign-context";
import { readFacts } from "#flow/gate/read-facts";
import { createCampaign, type TestWorkspace } from "../support/product.ts";
import { phoneQuestions } from "./questions.ts";

export interface GateBench {
  /** Decisions in a second of processor time of one core. */
  readonly email: number;
  readonly phone: number;
  /** The same by the clock on the wall, to be held against the facts. */
  readonly emailByClock: number;
  readonly phoneByClock: number;
  /** People whose facts the fact query reads in a second, by the clock. */
  readonly facts: number;
}

const BATCH_SIZE = 1_000;
/** Long enough for the compiler to have done its work. */
const WARM_UP_MS = 2_000;
const MEASURED_MS = 4_000;

/**
 * The gate alone, on the very people whose facts the fact query has just read, and on as many calls. One process, one
 * after the other.
 */
export async function benchGate(workspace: TestWorkspace): Promise<GateBench> {
  const { questions, perSecond: facts } = await readAll(workspace);
  const email = decisionRate(questions);
  const phone = decisionRate(phoneQuestions(questions.length));
  return {
    facts,
    email: email.perCoreSecond,
    phone: phone.perCoreSecond,
    emailByClock: email.perSecond,
    phoneByClock: phone.perSecond,
  };
}

async function readAll(workspace: TestWorkspace): Promise<{ questions: Question[]; perSecond: number }> {
  const campaignId = await createCampaign(workspace);
  return inWorkspace(workspace.database, workspace.workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, campaignId);
    if (campaign === null) throw new Error("the campaign is gone");
    const context = await campaignContext(tx, campaign);
    const now = await readClock(tx);
    const batches: CandidateRow[][] = [];
    for await (const batch of walkAudience(
      tx,
      campaign.channel,
      compileAudience(campaign.audience),
      BATCH_SIZE,
    ))
      batches.push([...batch]);
    const questions: Question[] = [];
    // The first round warms the database and the statements.
    let elapsedMs = 0;
    for (const isMeasured of [false, true]) {
      for (const batch of batches) {
        const startedAt = performance.now();
        const read = await readFacts(tx, workspace.deps.keys.master, context, batch, now);
        if (!isMeasured) continue;
        elapsedMs += performance.now() - startedAt;
        for (const each of read) {
          if (each.kind === "read") questions.push(assembleQuestion(context, each.facts, now));
        }
      }
    }
    const people = batches.reduce((sum, batch) => sum + batch.length, 0);
    if (questions.length !== people || people === 0) throw new Error("some facts could not be read");
    return { questions, perSecond: (people * 1000) / elapsedMs };
  });
}

function decisionRate(questions: readonly Question[]): { perSecond: number; perCoreSecond: number } {
  const allowed = questions.filter((question) => decide(question).verdict === "allow").length;
  if (allowed === 0) throw new Error("nobody is allowed: the questions measure the wrong thing");
  decideFor(WARM_UP_MS, questions);
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const decided = decideFor(MEASURED_MS, questions);
  const elapsedMs = performance.now() - startedAt;
  const used = process.cpuUsage(before);
  return {
    perSecond: (decided * 1000) / elapsedMs,
    perCoreSecond: (decided * 1_000_000) / (used.user + used.system),
  };
}

/** Asks every question again and again for so long; how many answers there were. */
function decideFor(milliseconds: number, questions: readonly Question[]): number {
  const startedAt = performance.now();
  let decided = 0;
  while (performance.now() - startedAt < milliseconds) {
    for (const question of questions) decide(question);
    decided += questions.length;
  }
  return decided;
}
