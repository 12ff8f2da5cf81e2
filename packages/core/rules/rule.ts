import type { AllowReason, BlockReason, DeferReason } from "../decision.ts";
import type { Channel } from "../facts.ts";
import type { Place } from "../place/places.ts";
import type { Case } from "./case.ts";

/** What one rule says about one case. */
export type Finding =
  | {
      readonly kind: "pass";
      /** When what let it pass lapses or closes; milliseconds since 1970. */
      readonly lapsesAtMs?: number | undefined;
    }
  | { readonly kind: "block"; readonly reason: BlockReason; readonly evidenceEventId?: string | undefined }
  | { readonly kind: "defer"; readonly reason: DeferReason; readonly untilMs: number };

/** What one legal basis says about one case in one place. */
export type BasisFinding =
  | {
      readonly kind: "permits";
      readonly reason: AllowReason;
      readonly evidenceEventId?: string | undefined;
      readonly lapsesAtMs?: number | undefined;
    }
  /** Claimed and found wanting: the reason a marketer can act on. */
  | { readonly kind: "refuses"; readonly reason: BlockReason; readonly evidenceEventId?: string | undefined }
  /** Nothing claims this basis. */
  | { readonly kind: "silent" };

/** What a rule is, apart from its function: rows of docs/rules.md. */
interface RuleCard {
  readonly id: string;
  /** The question it asks, for people. */
  readonly asks: string;
  readonly channels: readonly Channel[];
  /** ISO codes, `EEA`, or `*`: everywhere. */
  readonly jurisdictions: readonly string[];
  readonly citation: string;
  readonly asOf: string;
  readonly confidence: "high" | "medium" | "low" | "policy";
  /** Instants; from inclusive, to exclusive. */
  readonly effectiveFrom: string | null;
  readonly effectiveTo: string | null;
  /** Paths of the facts it looks at, for the explanation. */
  readonly reads: readonly string[];
}

/** A rule as data: where it comes from, and one pure function. */
export interface Rule extends RuleCard {
  readonly check: (asked: Case) => Finding;
}

/** A ground on which contact may rest, as data. The first that permits in a place is used. */
export interface Basis extends RuleCard {
  /** True: counts only where the sender's policy is `law`. */
  readonly needsLaw: boolean;
  readonly check: (asked: Case, place: Place) => BasisFinding;
}

export const PASS: Finding = { kind: "pass" };
export const SILENT: BasisFinding = { kind: "silent" };
export const BOTH_CHANNELS: readonly Channel[] = ["email", "phone"];

/** What most rules have in common; a row overrides what differs. */
export const EVERYWHERE = {
  channels: BOTH_CHANNELS,
  jurisdictions: ["*"],
  asOf: "2026-11-23",
  confidence: "high",
  effectiveFrom: null,
  effectiveTo: null,
} as const;
