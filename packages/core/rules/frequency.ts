import type { Question } from "../facts.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

const HOUR_MS = 3_600_000;

/** The sender's own cap: at most `max` contacts in any rolling window; the next is free when the oldest leaves it. */
function frequencyCap(question: Question): Finding {
  const cap = question.facts.campaign.frequencyCap;
  if (cap === undefined) return PASS;
  const nowMs = Temporal.Instant.from(question.now).epochMilliseconds;
  const windowMs = cap.windowHours * HOUR_MS;
  const inWindow = (question.facts.attempts ?? [])
    .map((at) => Temporal.Instant.from(at).epochMilliseconds)
    .filter((atMs) => atMs > nowMs - windowMs && atMs <= nowMs)
    .sort((a, b) => a - b);
  if (inWindow.length < cap.max) return PASS;
  // A cap of zero never frees a slot.
  const freeing = inWindow[inWindow.length - cap.max];
  if (cap.max < 1 || freeing === undefined) return { kind: "block", reason: "frequency-cap" };
  const until = Temporal.Instant.fromEpochMilliseconds(freeing + windowMs);
  return { kind: "defer", reason: "frequency-cap", until: until.toString({ fractionalSecondDigits: 3 }) };
}

export const FREQUENCY_RULES: readonly Rule[] = [
  { ...EVERYWHERE, id: "frequency-cap", citation: "policy of the sender", check: frequencyCap },
];
