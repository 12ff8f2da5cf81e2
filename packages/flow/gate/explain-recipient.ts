import { type Explanation, explain } from "#core/explain";
import { inWorkspace, readClock } from "#db/database";
import { readCampaign } from "#db/queries/campaign-state";
import { readCandidates } from "#db/queries/candidates";
import { type RecipientDecision, readRecipientDecision } from "#db/read-models/recipient-decision";
import { haveHash } from "#db/vault/facts-hash";
import type { FlowDeps } from "../deps.ts";
import { assembleQuestion } from "./assemble-facts.ts";
import { campaignContext } from "./campaign-context.ts";
import { readFacts } from "./read-facts.ts";

/**
 * Facts that are kept without their history: an answer as of a past instant reads them as they are today. The ledger
 * (consent, opt-outs, do-not-contact entries) and earlier contacts are read as they stood.
 */
const WITHOUT_HISTORY = [
  "country, region, party, age and restriction of the contact",
  "source and relationship",
  "do-not-call lists and reassignment answers",
  "sender, policy and campaign",
] as const;

export interface RecipientExplanation {
  readonly recipient: RecipientDecision;
  /** The instant the question is asked for. */
  readonly at: Date;
  /** Null: the person's record cannot be read any more (erased), so nothing can be asked anew. */
  readonly explanation: Explanation | null;
  readonly readAsOfNow: readonly string[];
  /** Whether the facts are those of the stored decision; null: another moment was asked for, or nothing to compare. */
  readonly isOfStoredFacts: boolean | null;
}

/**
 * Why a recipient was contacted, or not: every rule with what it saw, asked by the same function as the sending gate.
 * @param at the instant to ask for; null: when the stored decision was made, or now where there is none.
 * @returns null when this workspace has no such recipient.
 */
export async function explainRecipient(
  deps: FlowDeps,
  ask: { readonly workspaceId: string; readonly recipientId: number; readonly at: Date | null },
): Promise<RecipientExplanation | null> {
  return inWorkspace(deps.database, ask.workspaceId, async (tx) => {
    const recipient = await readRecipientDecision(tx, ask.recipientId);
    if (recipient === null) return null;
    const now = await readClock(tx);
    const decidedAt = recipient.decision === null ? now : new Date(recipient.decision.decidedAt);
    const at = ask.at ?? decidedAt;
    const asOf = at < now ? at : null;
    const campaign = await readCampaign(tx, recipient.campaignId);
    if (campaign === null) throw new Error("the campaign of a recipient does not exist");
    const context = await campaignContext(tx, campaign);
    const candidates = await readCandidates(tx, [recipient.contactPointId]);
    const [read] = await readFacts(tx, deps.keys.master, context, candidates, at, asOf);
    const question = read?.kind === "read" ? assembleQuestion(context, read.facts, at) : null;
    const hash = ask.at === null ? (recipient.decision?.factsHash ?? null) : null;
    return {
      recipient,
      at,
      explanation: question === null ? null : explain(question, campaign.endsAt?.toISOString() ?? null),
      readAsOfNow: asOf === null ? [] : WITHOUT_HISTORY,
      isOfStoredFacts:
        question === null || hash === null
          ? null
          : haveHash(deps.keys.master, ask.workspaceId, question, Buffer.from(hash, "hex")),
    };
  });
}
