import { canonicalKey, isEmailAddress, isPhoneNumber } from "../canonical-key.ts";
import type { BlockReason } from "../decision.ts";
import type { SuppressionFact, SuppressionKind } from "../facts.ts";
import { DAY_MS, instantMs } from "../instant.ts";
import { type Case, isGiven } from "./case.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

const REASONS: Readonly<Record<SuppressionKind, BlockReason>> = {
  unsubscribe: "suppressed-unsubscribe",
  objection: "suppressed-objection",
  complaint: "suppressed-complaint",
  "hard-bounce": "suppressed-hard-bounce",
  "internal-dnc": "internal-dnc",
  erasure: "suppressed-erasure",
};

/** False for a kind the gate does not know: what such an entry forbids cannot be told. */
export const isKnownKind = (kind: string): boolean => Object.hasOwn(REASONS, kind);

/** These stop a transactional message too; the others are about marketing. */
const ALWAYS: ReadonlySet<SuppressionKind> = new Set(["erasure", "hard-bounce"]);

/** Permanent failures that say the mailbox is gone (RFC 3463). A policy rejection says nothing about the person. */
const PERMANENT_DSN: ReadonlySet<string> = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);
/** A mailbox that cannot take mail now; three times within 14 days it counts as gone. */
const isTransient = (dsn: string | undefined): boolean => dsn?.startsWith("4.") === true;
/** A status code at all; a text that is none tells nothing, and the bounce counts. */
const DSN = /^[245]\.[0-9]{1,3}\.[0-9]{1,3}$/;
const TRANSIENT_COUNT = 3;
const TRANSIENT_DAYS = 14;

function suppressedBy(kind: SuppressionKind): (asked: Case) => Finding {
  return (asked) => {
    if (!asked.isMarketing && !ALWAYS.has(kind)) return PASS;
    // The earliest entry is the evidence, whatever order they came in.
    let first: SuppressionFact | undefined;
    for (const each of asked.facts.suppressions ?? []) {
      if (each.kind !== kind || !binds(each, asked) || !isFinal(each, asked)) continue;
      if (first === undefined || isEarlier(each, first)) first = each;
    }
    if (first === undefined) return PASS;
    return { kind: "block", reason: REASONS[kind], evidenceEventId: first.eventId };
  };
}

/** Of two entries of one instant the one with the smaller event, so that order does not matter. */
function isEarlier(a: SuppressionFact, b: SuppressionFact): boolean {
  const difference = instantMs(a.at) - instantMs(b.at);
  return difference === 0 ? (a.eventId ?? "") < (b.eventId ?? "") : difference < 0;
}

function binds(entry: SuppressionFact, asked: Case): boolean {
  const { question } = asked;
  if (isGiven(entry.controller) && entry.controller !== question.facts.campaign.controller) return false;
  const own = canonicalKey(question.channel, question.facts.contactPoint);
  // A point that cannot be read cannot be cleared of the entry: the entry binds.
  if (own === null) return true;
  if (entry.kind === "erasure" && entry.key === `hmac(${question.channel}:${own})`) return true;
  if (isOfParty(entry, asked)) return true;
  const key = canonicalKey(question.channel, entry.key);
  // A key that is neither of this channel, nor of the other, nor a tombstone might be anybody's: the entry binds.
  return key === null ? !isOfOthers(entry.key) : key === own;
}

const isOfOthers = (key: string): boolean => /^hmac\(/.test(key) || isEmailAddress(key) || isPhoneNumber(key);

/** Washington: "do not call" covers every number of the party that said so. @source RCW 80.36.390 */
const isOfParty = (entry: SuppressionFact, asked: Case): boolean =>
  entry.kind === "internal-dnc" &&
  entry.contactId !== undefined &&
  entry.contactId === asked.facts.contactId &&
  asked.places.some((place) => place.region === "US-WA");

/** False for a bounce that does not say the mailbox is gone; several transient ones in a fortnight do. */
function isFinal(entry: SuppressionFact, asked: Case): boolean {
  if (entry.kind !== "hard-bounce" || !isGiven(entry.dsn)) return true;
  if (PERMANENT_DSN.has(entry.dsn) || !DSN.test(entry.dsn)) return true;
  if (!isTransient(entry.dsn)) return false;
  const firstMs = instantMs(entry.at);
  const within = (asked.facts.suppressions ?? []).filter((each) => {
    if (each.kind !== "hard-bounce" || !isTransient(each.dsn) || !binds(each, asked)) return false;
    const laterMs = instantMs(each.at) - firstMs;
    return laterMs >= 0 && laterMs <= TRANSIENT_DAYS * DAY_MS;
  });
  return within.length >= TRANSIENT_COUNT;
}

/**
 * A signal that arrived but is not folded into the ledger yet still counts. A GET never does: scanners fetch links.
 * A stop word by text ends calls as well (47 CFR 64.1200(a)(10)).
 */
function rawStop(asked: Case): Finding {
  if (!asked.isMarketing) return PASS;
  let stop: "suppressed-unsubscribe" | "consent-withdrawn" | null = null;
  for (const event of asked.facts.events ?? []) {
    if (instantMs(event.at) > asked.nowMs) continue;
    if (event.type === "http-post-one-click") return { kind: "block", reason: "suppressed-unsubscribe" };
    if (event.type === "sms-keyword" && isStopWord(event.text ?? event.body ?? ""))
      stop = "consent-withdrawn";
  }
  return stop === null ? PASS : { kind: "block", reason: stop };
}

const STOP_WORDS: ReadonlySet<string> = new Set([
  "stop",
  "quit",
  "end",
  "revoke",
  "opt out",
  "cancel",
  "unsubscribe",
]);
/** Punctuation and repeated spaces do not hide a stop: "STOP!" is one. */
const isStopWord = (text: string): boolean =>
  STOP_WORDS.has(
    text
      .replace(/[^\p{L}]+/gu, " ")
      .trim()
      .toLowerCase(),
  );

export const SUPPRESSION_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "suppressed-erasure",
    asks: "Did the person ask to be erased?",
    reads: ["suppressions"],
    citation: "GDPR 17(3)(b),(e), 21(3), 5(2)",
    check: suppressedBy("erasure"),
  },
  {
    ...EVERYWHERE,
    id: "suppressed-objection",
    asks: "Did the person object to marketing?",
    reads: ["suppressions"],
    citation: "GDPR 21(2)-(3)",
    check: suppressedBy("objection"),
  },
  {
    ...EVERYWHERE,
    id: "suppressed-unsubscribe",
    asks: "Did the person opt out?",
    reads: ["suppressions"],
    citation: "GDPR 7(3), 21(3); CAN-SPAM 7704(a)(4); CASL 11(3); Spam Act s16",
    check: suppressedBy("unsubscribe"),
  },
  {
    ...EVERYWHERE,
    id: "suppressed-unsubscribe-signal",
    asks: "Has a stop arrived that is not on the ledger yet?",
    reads: ["events"],
    citation: "RFC 8058; 47 CFR 64.1200(a)(10)",
    check: rawStop,
  },
  {
    ...EVERYWHERE,
    id: "internal-dnc",
    asks: "Did anybody on this number ask not to be called?",
    reads: ["suppressions"],
    channels: ["phone"],
    citation: "47 CFR 64.1200(d)(3),(6); CRTC UTR; RCW 80.36.390",
    check: suppressedBy("internal-dnc"),
  },
  {
    ...EVERYWHERE,
    id: "suppressed-complaint",
    asks: "Did the person report a message as spam?",
    reads: ["suppressions"],
    channels: ["email"],
    citation: "RFC 5965 (policy: permanent)",
    check: suppressedBy("complaint"),
  },
  {
    ...EVERYWHERE,
    id: "suppressed-hard-bounce",
    asks: "Does the mailbox exist?",
    reads: ["suppressions"],
    channels: ["email"],
    citation: "RFC 3463, RFC 3464; Spam Act 2003 s16(6)",
    check: suppressedBy("hard-bounce"),
  },
];
