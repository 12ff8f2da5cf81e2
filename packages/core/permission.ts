import type { AllowReason, BlockReason } from "./decision.ts";
import type { Place } from "./place/places.ts";
import type { Case } from "./rules/case.ts";
import { BASES } from "./rules/catalogue.ts";
import { isInForce } from "./rules/in-force.ts";
import type { Basis, BasisFinding } from "./rules/rule.ts";

export type Permission =
  | {
      readonly kind: "permitted";
      readonly reason: AllowReason;
      readonly evidenceEventId: string | null;
      /** Infinity: nothing it rests on lapses. */
      readonly lapsesAtMs: number;
    }
  | {
      readonly kind: "refused";
      /** Decisive first. */
      readonly reasons: readonly BlockReason[];
      readonly evidenceEventId: string | null;
    };

/**
 * Whether anything permits this contact: one legal basis in every place whose law has to be kept. The first place is
 * the one the answer names.
 */
export function permissionFor(asked: Case): Permission {
  let answer: Permission | undefined;
  for (const place of asked.places) {
    const here = permissionIn(asked, place);
    if (answer === undefined || here.kind === "refused") {
      answer =
        answer?.kind === "refused" && here.kind === "refused"
          ? { ...answer, reasons: [...answer.reasons, ...here.reasons] }
          : here;
    } else if (answer.kind === "permitted") {
      answer = { ...answer, lapsesAtMs: Math.min(answer.lapsesAtMs, here.lapsesAtMs) };
    }
  }
  return answer ?? { kind: "refused", reasons: ["consent-missing"], evidenceEventId: null };
}

function permissionIn(asked: Case, place: Place): Permission {
  const reasons: BlockReason[] = [];
  let evidenceEventId: string | null = null;
  for (const basis of BASES) {
    if (!isTried(basis, asked)) continue;
    const finding = checkBasis(basis, asked, place);
    if (finding.kind === "permits") {
      return {
        kind: "permitted",
        reason: finding.reason,
        evidenceEventId: finding.evidenceEventId ?? null,
        lapsesAtMs: finding.lapsesAtMs ?? Number.POSITIVE_INFINITY,
      };
    }
    if (finding.kind === "refuses") {
      reasons.push(finding.reason);
      evidenceEventId ??= finding.evidenceEventId ?? null;
    }
  }
  return { kind: "refused", reasons: decisiveFirst(reasons), evidenceEventId };
}

/** True when the basis is in force, is about this channel, and the sender's policy lets it count. */
export const isTried = (basis: Basis, asked: Case): boolean =>
  basis.channels.includes(asked.channel) &&
  (!basis.needsLaw || asked.policy.legalBasis === "law") &&
  isInForce(basis, asked.nowMs);

/** Fail closed: a basis that cannot be evaluated permits nothing. */
export function checkBasis(basis: Basis, asked: Case, place: Place): BasisFinding {
  try {
    return basis.check(asked, place);
  } catch {
    return { kind: "refuses", reason: "rule-error" };
  }
}

/** "Never agreed" says least: any other reason comes before it. */
function decisiveFirst(found: readonly BlockReason[]): readonly BlockReason[] {
  const telling = found.filter((reason) => reason !== "consent-missing");
  return telling.length > 0 ? telling : ["consent-missing"];
}
