import type { BlockReason, Decision, DeferReason, FactGroup } from "./decision.ts";
import type { Channel, Facts, Question } from "./facts.ts";
import { instantMs, instantText } from "./instant.ts";
import { permissionFor } from "./permission.ts";
import { type Case, openCase } from "./rules/case.ts";
import { RULES_AFTER_PERMISSION, RULES_BEFORE_PERMISSION } from "./rules/catalogue.ts";
import { isInForce } from "./rules/in-force.ts";
import type { Finding, Rule } from "./rules/rule.ts";
import { RULESET } from "./ruleset.ts";

/** A deferral is followed this many times before it counts as one that never ends. */
const STEPS_MAX = 64;

interface Rules {
  readonly before: readonly Rule[];
  readonly after: readonly Rule[];
}

const rulesFor = (channel: Channel): Rules => ({
  before: RULES_BEFORE_PERMISSION.filter((rule) => rule.channels.includes(channel)),
  after: RULES_AFTER_PERMISSION.filter((rule) => rule.channels.includes(channel)),
});
const EMAIL = rulesFor("email");
const PHONE = rulesFor("phone");
const NONE: Rules = { before: [], after: [] };

/** Compared, not looked up: a text that came from a database as a key makes the engine throw its fast code away. */
const rulesOf = (channel: string): Rules =>
  channel === "email" ? EMAIL : channel === "phone" ? PHONE : NONE;

/** What the rules of one case said, gathered: the first block is decisive. */
interface Tally {
  readonly blocks: BlockReason[];
  readonly defers: DeferReason[];
  deferReason: DeferReason | null;
  untilMs: number;
  lapsesAtMs: number;
  evidenceEventId: string | null;
}

/**
 * May this contact happen now, and if not, why and until when? Pure: the same question gives the same answer, and
 * nothing thrown escapes: a rule that throws blocks.
 */
export function decide(question: Question): Decision {
  return decideAsOf(question, null);
}

function decideAsOf(question: Question, askedAtMs: number | null): Decision {
  let asked: Case;
  try {
    asked = openCase(question, askedAtMs);
  } catch {
    return blocked(["rule-error"], null, question);
  }
  const tally: Tally = {
    blocks: [],
    defers: [],
    deferReason: null,
    untilMs: Number.NEGATIVE_INFINITY,
    lapsesAtMs: Number.POSITIVE_INFINITY,
    evidenceEventId: null,
  };
  const { before, after } = rulesOf(asked.channel);
  for (const rule of before) count(tally, checkRule(rule, asked));
  const permission = permissionFor(asked);
  if (permission.kind === "refused") {
    if (tally.blocks.length === 0) tally.evidenceEventId = permission.evidenceEventId;
    tally.blocks.push(...permission.reasons);
  } else tally.lapsesAtMs = Math.min(tally.lapsesAtMs, permission.lapsesAtMs);
  for (const rule of after) count(tally, checkRule(rule, asked));

  const [block] = tally.blocks;
  if (block !== undefined) {
    return blocked(unique([...tally.blocks, ...tally.defers]), tally.evidenceEventId, question);
  }
  const evidenceEventId = permission.evidenceEventId;
  const common = { evidenceEventId, notChecked: notChecked(question), ruleset: RULESET };
  if (tally.deferReason !== null) {
    return Object.freeze({
      verdict: "defer",
      reason: tally.deferReason,
      until: instantText(tally.untilMs),
      failing: unique(tally.defers),
      ...common,
    });
  }
  if (permission.kind === "refused") return blocked(["consent-missing"], null, question);
  return Object.freeze({
    verdict: "allow",
    reason: permission.reason,
    failing: [] as const,
    validUntil: tally.lapsesAtMs === Number.POSITIVE_INFINITY ? null : instantText(tally.lapsesAtMs),
    ...common,
  });
}

/** What one rule says, or a pass where it is not in force. Fail closed: a rule that throws is a rule that blocks. */
export function checkRule(rule: Rule, asked: Case): Finding {
  try {
    return isInForce(rule, asked.nowMs) ? rule.check(asked) : { kind: "pass" };
  } catch {
    return { kind: "block", reason: "rule-error" };
  }
}

function count(tally: Tally, finding: Finding): void {
  switch (finding.kind) {
    case "pass":
      if (finding.lapsesAtMs !== undefined) tally.lapsesAtMs = Math.min(tally.lapsesAtMs, finding.lapsesAtMs);
      return;
    case "block":
      if (tally.blocks.length === 0) tally.evidenceEventId = finding.evidenceEventId ?? null;
      tally.blocks.push(finding.reason);
      return;
    case "defer":
      tally.deferReason ??= finding.reason;
      tally.defers.push(finding.reason);
      tally.untilMs = Math.max(tally.untilMs, finding.untilMs);
      return;
    default:
      finding satisfies never;
  }
}

/** A decision, and the instant whose rules made it: later than the question's where a wait would run into a block. */
export interface Settled {
  readonly decision: Decision;
  readonly at: string;
}

/**
 * The decision, with deferrals followed to their end: one that does not end in an allow before `endsAt` (or within
 * 64 steps) is a block now, because waiting would not help. Facts that will be fetched anew by then (registries,
 * reassignment, spam rate) are judged as of the question's own instant.
 * @param endsAt an instant, or null for no end.
 */
export const settle = (question: Question, endsAt: string | null): Decision =>
  follow(question, endsAt).decision;

/** The same, with the instant at which the answer was found. */
export function follow(question: Question, endsAt: string | null): Settled {
  const first = decide(question);
  if (first.verdict !== "defer") return { decision: first, at: question?.now };
  const askedAtMs = instantMs(question.now);
  const endMs = endsAt === null ? Number.POSITIVE_INFINITY : instantMs(endsAt);
  let current = first;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (instantMs(current.until) >= endMs) break;
    const next = decideAsOf({ ...question, now: current.until }, askedAtMs);
    if (next.verdict === "allow") return { decision: { ...first, until: current.until }, at: question.now };
    if (next.verdict === "block") return { decision: next, at: current.until };
    if (instantMs(next.until) <= instantMs(current.until)) break;
    current = next;
  }
  return { decision: blocked(first.failing, first.evidenceEventId, question), at: question.now };
}

/** A block; the first reason is decisive. */
function blocked(
  reasons: readonly BlockReason[],
  evidenceEventId: string | null,
  question: Question,
): Decision {
  return Object.freeze({
    verdict: "block",
    reason: reasons[0] ?? "rule-error",
    failing: reasons,
    evidenceEventId,
    notChecked: notChecked(question),
    ruleset: RULESET,
  });
}

/** Groups of facts that were not given, and so were not asked about; and what the policy leaves out. */
function notChecked(question: Question): readonly FactGroup[] {
  // Also of a question that has no shape: what is said about it must not throw either.
  const asked: Partial<Question> | null | undefined = question;
  const facts: Partial<Facts> | null | undefined = asked?.facts;
  if (asked?.channel === "email") return facts?.message === undefined ? ["message"] : [];
  const groups: FactGroup[] = facts?.call === undefined ? ["call"] : [];
  if (facts?.registrations === undefined || facts.policy?.requiresStateRegistrations !== true)
    groups.push("registrations");
  return groups;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
