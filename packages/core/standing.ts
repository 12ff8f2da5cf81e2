import { checkRule } from "./decide.ts";
import type { AllowReason, BlockReason } from "./decision.ts";
import type { Question } from "./facts.ts";
import { instantText } from "./instant.ts";
import { permissionFor } from "./permission.ts";
import { type Case, openCase } from "./rules/case.ts";
import { RULES_BEFORE_PERMISSION } from "./rules/catalogue.ts";
import { WITHDRAWAL_RULES } from "./rules/consent.ts";
import type { Rule } from "./rules/rule.ts";
import { SUPPRESSION_RULES } from "./rules/suppression.ts";

/** What stands between a sender and a contact point for one purpose, apart from any message and moment. */
export type Standing =
  | {
      readonly kind: "permitted";
      readonly reason: AllowReason;
      readonly evidenceEventId: string | null;
      /** The instant from which it stands no more; null: nothing it rests on lapses. */
      readonly lapsesAt: string | null;
      /** What holds every message back although permission stands: a restriction, a source that nobody verified. */
      readonly heldBy: BlockReason | null;
    }
  | {
      readonly kind: "refused";
      /** Decisive first; never empty. */
      readonly reasons: readonly [BlockReason, ...BlockReason[]];
      readonly evidenceEventId: string | null;
    };

/** The rules that read the person's own word. */
const WORD: ReadonlySet<Rule> = new Set([...SUPPRESSION_RULES, ...WITHDRAWAL_RULES]);

/**
 * What the gate would say about permission, asked of the gate's own rules: the stops, the withdrawals and the legal
 * bases with their lifetimes, as the policy has them now. Pages, lists and receipts show this, so that none of them
 * says "on" where the gate blocks. What depends on one message or moment (its content, caps, breaks, lists, hours) is
 * left out. Nothing thrown escapes: what cannot be read is refused.
 */
export function standingOf(question: Question): Standing {
  let asked: Case;
  try {
    asked = openCase(question, null);
  } catch {
    return { kind: "refused", reasons: ["rule-error"], evidenceEventId: null };
  }
  let heldBy: BlockReason | null = null;
  for (const rule of RULES_BEFORE_PERMISSION) {
    if (!rule.channels.includes(asked.channel)) continue;
    const finding = checkRule(rule, asked);
    if (finding.kind !== "block") continue;
    if (WORD.has(rule)) {
      return {
        kind: "refused",
        reasons: [finding.reason],
        evidenceEventId: finding.evidenceEventId ?? null,
      };
    }
    heldBy ??= finding.reason;
  }
  const permission = permissionFor(asked);
  const { evidenceEventId } = permission;
  if (permission.kind === "refused") {
    const [first = "consent-missing", ...rest] = permission.reasons;
    return { kind: "refused", reasons: [first, ...rest], evidenceEventId };
  }
  const { lapsesAtMs } = permission;
  return {
    kind: "permitted",
    reason: permission.reason,
    evidenceEventId,
    lapsesAt: lapsesAtMs === Number.POSITIVE_INFINITY ? null : instantText(lapsesAtMs),
    heldBy,
  };
}
