import type { BlockReason, Decision, DeferReason, RuleGroup } from "./decision.ts";
import type { Question } from "./facts.ts";
import { compareInstants } from "./instant.ts";
import { CONSENT_RULES } from "./rules/consent.ts";
import { FREQUENCY_RULES } from "./rules/frequency.ts";
import { MESSAGE_RULES } from "./rules/message.ts";
import { PERSON_RULES } from "./rules/person.ts";
import type { Finding, Rule } from "./rules/rule.ts";
import { SUPPRESSION_RULES } from "./rules/suppression.ts";
import { RULESET } from "./ruleset.ts";

/** All rules in the order that makes one failing rule decisive. @source rules.md 0.2 */
export const RULES: readonly Rule[] = [
  ...SUPPRESSION_RULES,
  ...PERSON_RULES,
  ...CONSENT_RULES,
  ...MESSAGE_RULES,
  ...FREQUENCY_RULES,
];

/** A deferral is followed this many times before it counts as one that never ends. */
const STEPS_MAX = 64;

const UNBUILT: Readonly<Record<"email" | "phone", readonly RuleGroup[]>> = {
  email: ["provenance", "privacy-signals", "authentication", "sector-bans"],
  phone: [
    "provenance",
    "privacy-signals",
    "registries",
    "reassigned-numbers",
    "caller-identity",
    "call-script",
    "abandonment",
    "sector-bans",
    "state-registration",
    "call-caps",
    "calling-hours",
  ],
};

/**
 * May this contact happen now, and if not, why and until when? Pure: the same question gives the same answer, and
 * nothing thrown escapes: a rule that throws blocks.
 */
export function decide(question: Question): Decision {
  const found = RULES.filter((rule) => isInForce(rule, question)).map((rule) => checked(rule, question));
  const common = { notChecked: notChecked(question), ruleset: RULESET };
  const blocks = found.filter((finding) => finding.kind === "block");
  const [block] = blocks;
  if (block !== undefined) {
    return Object.freeze({
      verdict: "block",
      reason: block.reason,
      failing: unique(blocks.map((finding) => finding.reason)),
      evidenceEventId: block.evidenceEventId ?? null,
      ...common,
    });
  }
  const defers = found.filter((finding) => finding.kind === "defer");
  const permission = found.find((finding) => finding.kind === "permission");
  const [defer] = defers;
  if (defer !== undefined) {
    return Object.freeze({
      verdict: "defer",
      reason: defer.reason,
      until: latest(defers.map((finding) => finding.until)),
      failing: unique<DeferReason>(defers.map((finding) => finding.reason)),
      evidenceEventId: permission?.evidenceEventId ?? null,
      ...common,
    });
  }
  if (permission === undefined) return blockedBecause("consent-missing", question);
  return Object.freeze({
    verdict: "allow",
    reason: permission.reason,
    failing: [] as const,
    evidenceEventId: permission.evidenceEventId ?? null,
    validUntil: permission.lapsesAt ?? null,
    ...common,
  });
}

/**
 * The decision, with deferrals followed to their end: one that does not end in an allow before `endsAt` (or within
 * 64 steps) is a block now, because waiting would not help. @param endsAt an instant, or null for no end.
 */
export function settle(question: Question, endsAt: string | null): Decision {
  const first = decide(question);
  if (first.verdict !== "defer") return first;
  let current = first;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (endsAt !== null && compareInstants(current.until, endsAt) >= 0) break;
    const next = decide({ ...question, now: current.until });
    if (next.verdict === "allow")
      return first.until === current.until ? first : { ...first, until: current.until };
    if (next.verdict === "block") return next;
    if (compareInstants(next.until, current.until) <= 0) break;
    current = next;
  }
  return blockedBecause(first.reason, question);
}

/** A block for one reason, outside the rules. */
function blockedBecause(reason: BlockReason, question: Question): Decision {
  return Object.freeze({
    verdict: "block",
    reason,
    failing: [reason],
    evidenceEventId: null,
    notChecked: notChecked(question),
    ruleset: RULESET,
  });
}

function isInForce(rule: Rule, question: Question): boolean {
  return (
    rule.channels.includes(question.channel) &&
    (rule.effectiveFrom === null || compareInstants(rule.effectiveFrom, question.now) <= 0) &&
    (rule.effectiveTo === null || compareInstants(question.now, rule.effectiveTo) < 0)
  );
}

function checked(rule: Rule, question: Question): Finding {
  try {
    return rule.check(question);
  } catch {
    // Fail closed: a rule that cannot be evaluated is a rule that blocks.
    return { kind: "block", reason: "rule-error" };
  }
}

/** The rule groups that had no part in the answer: not built, or about a group of facts that was not given. */
function notChecked(question: Question): readonly RuleGroup[] {
  const { facts } = question;
  return [
    ...UNBUILT[question.channel],
    ...(question.channel === "email" && facts.message === undefined ? (["message"] as const) : []),
    ...(question.channel === "phone" && facts.call === undefined ? (["call"] as const) : []),
    ...(question.channel === "phone" && facts.registrations === undefined
      ? (["registrations"] as const)
      : []),
  ];
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const latest = (instants: readonly string[]): string => [...instants].sort(compareInstants).at(-1) ?? "";
