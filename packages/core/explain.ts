import { checkRule, settle } from "./decide.ts";
import type { AllowReason, BlockReason, Decision, DeferReason } from "./decision.ts";
import type { Question } from "./facts.ts";
import { instantText } from "./instant.ts";
import { checkBasis, isTried } from "./permission.ts";
import { type Case, openCase } from "./rules/case.ts";
import { BASES, RULES_AFTER_PERMISSION, RULES_BEFORE_PERMISSION } from "./rules/catalogue.ts";
import { isInForce } from "./rules/in-force.ts";
import type { Basis, Rule } from "./rules/rule.ts";

/** What became of one rule in one decision. */
export type Outcome =
  | "passed"
  | "blocked"
  | "deferred"
  /** A basis that permits. */
  | "permits"
  /** A basis that is claimed and does not hold. */
  | "refused"
  /** A basis that nothing claims. */
  | "not-claimed"
  /** Of another time: not yet law, or no longer. */
  | "not-in-force"
  /** Only the policy `law` lets it count. */
  | "law-only";

/** One rule that was considered, with what it saw. */
export interface Considered {
  readonly id: string;
  readonly asks: string;
  readonly citation: string;
  readonly confidence: Rule["confidence"];
  readonly asOf: string;
  readonly outcome: Outcome;
  readonly reason: AllowReason | BlockReason | DeferReason | null;
  /** When a deferral of this rule alone ends. */
  readonly until: string | null;
  /** The facts it looked at, by path; null: not given. */
  readonly saw: Readonly<Record<string, unknown>>;
}

export interface Explanation {
  readonly decision: Decision;
  readonly considered: readonly Considered[];
}

/**
 * The decision with every rule of the channel, in the order they were asked. The same functions as `settle`; nothing
 * is decided here. @param endsAt as for `settle`.
 */
export function explain(question: Question, endsAt: string | null): Explanation {
  const decision = settle(question, endsAt);
  let asked: Case;
  try {
    asked = openCase(question, null);
  } catch {
    return { decision, considered: [] };
  }
  const ofChannel = (rule: Rule | Basis) => rule.channels.includes(asked.channel);
  return {
    decision,
    considered: [
      ...RULES_BEFORE_PERMISSION.filter(ofChannel).map((rule) => consideredRule(rule, asked)),
      ...BASES.filter(ofChannel).map((basis) => consideredBasis(basis, asked)),
      ...RULES_AFTER_PERMISSION.filter(ofChannel).map((rule) => consideredRule(rule, asked)),
    ],
  };
}

function consideredRule(rule: Rule, asked: Case): Considered {
  const card = cardOf(rule, asked);
  if (!isInForce(rule, asked.nowMs)) return { ...card, outcome: "not-in-force", reason: null, until: null };
  const finding = checkRule(rule, asked);
  switch (finding.kind) {
    case "pass":
      return { ...card, outcome: "passed", reason: null, until: null };
    case "block":
      return { ...card, outcome: "blocked", reason: finding.reason, until: null };
    case "defer":
      return { ...card, outcome: "deferred", reason: finding.reason, until: instantText(finding.untilMs) };
    default:
      return finding satisfies never;
  }
}

/** A basis is told for the first place that it does not permit in, else for the first place. */
function consideredBasis(basis: Basis, asked: Case): Considered {
  const card = cardOf(basis, asked);
  if (!isInForce(basis, asked.nowMs)) return { ...card, outcome: "not-in-force", reason: null, until: null };
  if (!isTried(basis, asked)) return { ...card, outcome: "law-only", reason: null, until: null };
  const findings = asked.places.map((place) => checkBasis(basis, asked, place));
  const finding = findings.find((each) => each.kind !== "permits") ?? findings[0];
  switch (finding?.kind) {
    case "permits":
      return { ...card, outcome: "permits", reason: finding.reason, until: null };
    case "refuses":
      return { ...card, outcome: "refused", reason: finding.reason, until: null };
    default:
      return { ...card, outcome: "not-claimed", reason: null, until: null };
  }
}

function cardOf(rule: Rule | Basis, asked: Case) {
  return {
    id: rule.id,
    asks: rule.asks,
    citation: rule.citation,
    confidence: rule.confidence,
    asOf: rule.asOf,
    saw: Object.fromEntries(rule.reads.map((path) => [path, factAt(asked.facts, path)])),
  };
}

/** The fact at a dotted path, own properties only; null where there is none. */
function factAt(facts: object, path: string): unknown {
  let value: unknown = facts;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return null;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}
