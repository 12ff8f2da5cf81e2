import { checkRule, follow } from "./decide.ts";
import type { AllowReason, BlockReason, Decision, DeferReason } from "./decision.ts";
import { decisiveRule } from "./decisive-rule.ts";
import type { Question } from "./facts.ts";
import { instantMs, instantText } from "./instant.ts";
import { checkBasis, isTried } from "./permission.ts";
import type { Place } from "./place/places.ts";
import { type Case, openCase } from "./rules/case.ts";
import { BASES, RULES_AFTER_PERMISSION, RULES_BEFORE_PERMISSION } from "./rules/catalogue.ts";
import { isInForce } from "./rules/in-force.ts";
import type { Basis, BasisFinding, Rule } from "./rules/rule.ts";

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
  /** The instant it was asked for: later than the question's for what a wait would run into. */
  readonly at: string;
  /** The place a basis is told for (ISO 3166, or `unknown`); null for a rule, which is about all places. */
  readonly place: string | null;
  /** The consent event or entry that made it so, when there is one. */
  readonly evidenceEventId: string | null;
  /** True for the one rule that gave the decision its reason. */
  readonly decisive: boolean;
  /** The facts it looked at, by path; null: not given. */
  readonly saw: Readonly<Record<string, unknown>>;
}

export interface Explanation {
  readonly decision: Decision;
  readonly considered: readonly Considered[];
}

/**
 * The decision with every rule of the channel, in the order they were asked, and after them, where a wait would run
 * into a block, the rules that block then. The same functions as `settle`; nothing is decided here.
 * @param endsAt as for `settle`.
 */
export function explain(question: Question, endsAt: string | null): Explanation {
  const settled = follow(question, endsAt);
  let asked: Case;
  try {
    asked = openCase(question, null);
  } catch {
    return { decision: settled.decision, considered: [] };
  }
  const decisiveId = decisiveRule(question, settled)?.id;
  const isLater = settled.at !== question.now;
  const now = considerAll(asked, question.now).map((row) => ({
    ...row,
    decisive: !isLater && row.id === decisiveId,
  }));
  const then = isLater
    ? considerAll(openCase({ ...question, now: settled.at }, instantMs(question.now)), settled.at)
        .map((row) => ({ ...row, decisive: row.id === decisiveId }))
        .filter((row) => row.decisive || row.outcome === "blocked" || row.outcome === "refused")
    : [];
  return { decision: settled.decision, considered: [...now, ...then] };
}

type Row = Omit<Considered, "decisive">;
type Told = Pick<Row, "outcome" | "reason" | "until" | "place" | "evidenceEventId">;

function considerAll(asked: Case, at: string): Row[] {
  const ofChannel = (rule: Rule | Basis) => rule.channels.includes(asked.channel);
  const open = unpermittedPlaces(asked);
  const rules = (all: readonly Rule[]) =>
    all.filter(ofChannel).map((rule) => ({ ...cardOf(rule, asked), at, ...toldOfRule(rule, asked) }));
  return [
    ...rules(RULES_BEFORE_PERMISSION),
    ...BASES.filter(ofChannel).map((basis) => ({
      ...cardOf(basis, asked),
      at,
      ...toldOfBasis(basis, asked, open),
    })),
    ...rules(RULES_AFTER_PERMISSION),
  ];
}

const NOTHING: Omit<Told, "outcome"> = { reason: null, until: null, place: null, evidenceEventId: null };

function toldOfRule(rule: Rule, asked: Case): Told {
  if (!isInForce(rule, asked.nowMs)) return { ...NOTHING, outcome: "not-in-force" };
  const finding = checkRule(rule, asked);
  switch (finding.kind) {
    case "pass":
      return { ...NOTHING, outcome: "passed" };
    case "block":
      return {
        ...NOTHING,
        outcome: "blocked",
        reason: finding.reason,
        evidenceEventId: finding.evidenceEventId ?? null,
      };
    case "defer":
      return {
        ...NOTHING,
        outcome: "deferred",
        reason: finding.reason,
        until: instantText(finding.untilMs),
      };
    default:
      return finding satisfies never;
  }
}

/** The places in which nothing permits the contact: what keeps it from being made. */
const unpermittedPlaces = (asked: Case): readonly Place[] =>
  asked.places.filter(
    (place) =>
      !BASES.some((basis) => isTried(basis, asked) && checkBasis(basis, asked, place).kind === "permits"),
  );

/**
 * A basis is told for the first place in which nothing permits; where something does in every place, for the first in
 * which it permits itself, or is at least claimed.
 */
function toldOfBasis(basis: Basis, asked: Case, unpermitted: readonly Place[]): Told {
  if (!isInForce(basis, asked.nowMs)) return { ...NOTHING, outcome: "not-in-force" };
  if (!isTried(basis, asked)) return { ...NOTHING, outcome: "law-only" };
  const places = unpermitted.length > 0 ? unpermitted : asked.places;
  const found = places.map((place) => ({ place, finding: checkBasis(basis, asked, place) }));
  const told =
    found.find(({ finding }) => finding.kind === "permits") ??
    found.find(({ finding }) => finding.kind === "refuses") ??
    found[0];
  return told === undefined
    ? { ...NOTHING, outcome: "not-claimed" }
    : { ...toldOfFinding(told.finding), place: told.place.region ?? told.place.country ?? "unknown" };
}

function toldOfFinding(finding: BasisFinding): Told {
  if (finding.kind === "silent") return { ...NOTHING, outcome: "not-claimed" };
  return {
    ...NOTHING,
    outcome: finding.kind === "permits" ? "permits" : "refused",
    reason: finding.reason,
    evidenceEventId: finding.evidenceEventId ?? null,
  };
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
