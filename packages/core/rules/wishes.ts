import { HOUR_MS, instantMs } from "../instant.ts";
import { capped } from "./caps.ts";
import type { Case } from "./case.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

/** The person asked for a break; consent stands and is used again afterwards. An unreadable end is no end. */
function paused(asked: Case): Finding {
  const until = asked.facts.wishes?.pausedUntil;
  if (until === undefined || !asked.isMarketing) return PASS;
  const untilMs = instantMs(until);
  return untilMs <= asked.nowMs ? PASS : { kind: "defer", reason: "paused-by-person", untilMs };
}

/** The person's own cap, over every sender, channel and contact point of theirs. */
function ownCap(asked: Case): Finding {
  const { frequencyCap, contactedAt } = asked.facts.wishes ?? {};
  if (frequencyCap === undefined || !asked.isMarketing) return PASS;
  return capped(
    asked,
    frequencyCap.max,
    (atMs) => atMs + frequencyCap.windowHours * HOUR_MS,
    contactedAt ?? [],
  );
}

const wish = {
  ...EVERYWHERE,
  confidence: "policy",
  citation: "the person's own wish",
} as const;

export const WISH_RULES: readonly Rule[] = [
  {
    ...wish,
    id: "paused-by-person",
    asks: "Did the person ask for a break that is not over?",
    reads: ["wishes.pausedUntil"],
    check: paused,
  },
  {
    ...wish,
    id: "frequency-cap-of-person",
    asks: "Has the person heard as often as they want to?",
    reads: ["wishes.frequencyCap", "wishes.contactedAt"],
    check: ownCap,
  },
];
