import { settle } from "#core/decide";
import type { Decision } from "#core/decision";
import type { Question } from "#core/facts";
import { RULESET } from "#core/ruleset";
import { assembleQuestion } from "./assemble-facts.ts";
import type { CampaignContext } from "./candidate-facts.ts";
import type { ReadCandidate } from "./read-facts.ts";

/** The gate's answer, and the question it answers; null where the facts could not be read. */
export interface Judgement {
  readonly decision: Decision;
  readonly question: Question | null;
}

/**
 * The gate's answer for one contact point: preview, dry run and screening all come through here.
 * @param endsAt a deferral that cannot end in an allow before this instant is a block.
 */
export function judge(
  context: CampaignContext,
  read: ReadCandidate,
  now: Date,
  endsAt: Date | null,
): Judgement {
  if (read.kind === "unreadable") {
    // An erased person is no fault of ours that could be mended: the recipient ends here.
    const isErased = read.candidate.erasedAt !== null;
    return { decision: blockedUnread(isErased ? "suppressed-erasure" : "facts-unreadable"), question: null };
  }
  const question = assembleQuestion(context, read.facts, now);
  return { decision: settle(question, endsAt?.toISOString() ?? null), question };
}

const blockedUnread = (reason: "suppressed-erasure" | "facts-unreadable"): Decision => ({
  verdict: "block",
  reason,
  failing: [reason],
  notChecked: [],
  ruleset: RULESET,
  evidenceEventId: null,
});

/** A list, an answer or a record of ours that is missing or old is for an operator to mend, not the person's no. */
const SYSTEM_FAULTS: ReadonlySet<string> = new Set([
  "facts-unreadable",
  "rule-error",
  "dnc-registry-stale",
  "reassigned-check-missing",
]);

/** Blocks that are the system's fault: they do not end a recipient, who is screened again later. */
export function isSystemFault(decision: { readonly verdict: string; readonly reason: string }): boolean {
  return decision.verdict === "block" && SYSTEM_FAULTS.has(decision.reason);
}
