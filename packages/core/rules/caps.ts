import { addLocalDays } from "../hours/local-day.ts";
import { DAY_MS, HOUR_MS, instantMs } from "../instant.ts";
import type { Place } from "../place/places.ts";
import type { Case } from "./case.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

/** At most `max` contacts in any window that ends when `leavesAtMs` of the oldest has passed. */
export function capped(
  asked: Case,
  max: number,
  leavesAtMs: (attemptMs: number) => number,
  attempts: readonly string[] = asked.facts.attempts ?? [],
): Finding {
  const leaving: number[] = [];
  for (const at of attempts) {
    const atMs = instantMs(at);
    // An attempt dated in the future is an error of somebody's clock; it counts as made now.
    const leaves = leavesAtMs(Math.min(atMs, asked.nowMs));
    // A window whose end cannot be worked out is one that the attempt has not left.
    if (!(leaves <= asked.nowMs)) leaving.push(leaves);
  }
  if (leaving.length < max) return PASS;
  leaving.sort((a, b) => a - b);
  // A cap of zero never frees a slot: there is no such attempt.
  const untilMs = leaving[leaving.length - max];
  return untilMs === undefined || !Number.isFinite(untilMs)
    ? { kind: "block", reason: "frequency-cap" }
    : { kind: "defer", reason: "frequency-cap", untilMs };
}

/** The sender's own cap, over elapsed time. */
function frequencyCap(asked: Case): Finding {
  const cap = asked.facts.campaign.frequencyCap;
  if (cap === undefined) return PASS;
  return capped(asked, cap.max, (atMs) => atMs + cap.windowHours * HOUR_MS);
}

const THREE_A_DAY: ReadonlySet<string> = new Set(["US-FL", "US-MD", "US-OK"]);

/** Three calls on the same subject in 24 hours; a US person whose state is unknown is protected by the strictest. */
function threeADay(asked: Case): Finding {
  if (!asked.isMarketing || !asked.places.some(isThreeADay)) return PASS;
  return capped(asked, 3, (atMs) => atMs + 24 * HOUR_MS);
}

const isThreeADay = (place: Place): boolean =>
  place.country === "US" && (place.region === null || THREE_A_DAY.has(place.region));

/** Four attempts in 30 calendar days on the person's own wall clock, unanswered ones included. */
function fourInThirtyDays(asked: Case): Finding {
  if (!asked.isMarketing || !asked.places.some((place) => place.country === "FR")) return PASS;
  const zones = asked.facts.tzCandidates ?? [];
  return capped(asked, 4, (atMs) =>
    zones.length === 0 ? atMs + 30 * DAY_MS : Math.max(...zones.map((zone) => addLocalDays(zone, atMs, 30))),
  );
}

export const CAP_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "frequency-cap",
    asks: "Has the person heard from the sender as often as it allows itself?",
    confidence: "policy",
    citation: "policy of the sender",
    reads: ["campaign.frequencyCap", "attempts"],
    check: frequencyCap,
  },
  {
    ...EVERYWHERE,
    id: "frequency-cap-three-a-day",
    asks: "Has the person been called three times in 24 hours on this subject?",
    channels: ["phone"],
    jurisdictions: ["US-FL", "US-MD", "US-OK"],
    citation: "Fla. Stat. 501.616(6)(b); Md. Com. Law 14-4504; 15 Okla. Stat. 775C.4",
    reads: ["attempts", "campaign.subject"],
    check: threeADay,
  },
  {
    ...EVERYWHERE,
    id: "frequency-cap-four-in-thirty-days",
    asks: "Has the person been called four times in 30 calendar days?",
    channels: ["phone"],
    jurisdictions: ["FR"],
    citation: "C. conso D.223-9; décret 2022-1313",
    reads: ["attempts"],
    check: fourInThirtyDays,
  },
];
