import type { AllowReason, BlockReason, DeferReason } from "../decision.ts";
import type { Channel, Question } from "../facts.ts";

/** What one rule says about one question. */
export type Finding =
  | { readonly kind: "pass" }
  | { readonly kind: "block"; readonly reason: BlockReason; readonly evidenceEventId?: string | undefined }
  | { readonly kind: "defer"; readonly reason: DeferReason; readonly until: string }
  | {
      readonly kind: "permission";
      readonly reason: AllowReason;
      readonly evidenceEventId?: string | undefined;
      /** When the fact this permission rests on lapses. */
      readonly lapsesAt?: string | undefined;
    };

/** A rule as data: where it comes from, and one pure function. */
export interface Rule {
  readonly id: string;
  readonly channels: readonly Channel[];
  /** `*`: everywhere. */
  readonly jurisdictions: readonly string[];
  readonly citation: string;
  readonly asOf: string;
  readonly confidence: "high" | "medium" | "low";
  readonly effectiveFrom: string | null;
  readonly effectiveTo: string | null;
  readonly check: (question: Question) => Finding;
}

export const PASS: Finding = { kind: "pass" };
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

/** Mixed content is marketing. @source 16 CFR 316.3 */
export const isMarketing = (question: Question): boolean => question.facts.campaign.kind !== "transactional";
