import { isEmailAddress } from "../canonical-key.ts";
import type { BlockReason } from "../decision.ts";
import type { Facts } from "../facts.ts";
import { DAY_MS } from "../instant.ts";
import { type Case, isPerhaps } from "./case.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

type Message = NonNullable<Facts["message"]>;

/** A rule about the message; where no message was given it was not asked about. */
const aboutMessage =
  (reason: BlockReason, isSound: (message: Message, asked: Case) => boolean) =>
  (asked: Case): Finding =>
    asked.facts.message === undefined || isSound(asked.facts.message, asked)
      ? PASS
      : { kind: "block", reason };

const hasAddress = (message: Message): boolean => (message.postalAddress ?? "").trim() !== "";

const hasWayOut = (message: Message, asked: Case): boolean =>
  !asked.isMarketing || (message.bodyUnsubscribe === true && !isPerhaps(message.unsubscribeRequiresLogin));

/** A subject that pretends to answer something, in the words of several languages. */
const FEIGNED_REPLY = /^\s*(re|fw|fwd|aw|wg|antw|tr|rv|rif|res|sv|vs)\s*:/iu;

/** The address in `Name <address>`, or the whole text. */
const addressOf = (from: string): string => /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from;

const isHonest = (message: Message, asked: Case): boolean =>
  (message.from === undefined || isEmailAddress(addressOf(message.from))) &&
  !(asked.isMarketing && message.subject !== undefined && FEIGNED_REPLY.test(message.subject));

/** Rules of mailbox providers bind bulk marketing. */
const isBulk = (asked: Case): boolean => asked.isMarketing && isPerhaps(asked.facts.bulkSenderToProvider);

const isOneClickSigned = (message: Message, asked: Case): boolean => {
  if (!isBulk(asked)) return true;
  const signed = new Set((message.dkimSignedHeaders ?? []).map((header) => header.toLowerCase()));
  return (
    hasOneHttps(message.listUnsubscribe ?? "") &&
    message.listUnsubscribePost === true &&
    signed.has("list-unsubscribe") &&
    signed.has("list-unsubscribe-post")
  );
};

/** Exactly one HTTPS URI; a mailto may stand beside it. Angle brackets as in the header, or the bare URIs. */
function hasOneHttps(header: string): boolean {
  const uris = header.split(",").map((uri) => uri.replace(/^[\s<]+|[\s>]+$/g, ""));
  const secure = uris.filter((uri) => /^https(:|$)/iu.test(uri));
  return secure.length === 1 && uris.every((uri) => secure.includes(uri) || /^mailto:/iu.test(uri));
}

const isAligned = (message: Message, asked: Case): boolean => !isBulk(asked) || message.dmarcAligned === true;

function spamRate(asked: Case): Finding {
  const rate = asked.facts.spamRate7d;
  return rate !== undefined && isBulk(asked) && !(rate < asked.policy.spamRateCeiling)
    ? { kind: "block", reason: "spam-rate-ceiling" }
    : PASS;
}

/** Between throttle and ceiling a provider's people are spread over so many days. */
const THROTTLED_DAYS = 4;

/**
 * Fewer messages a day where the rate is high: each person waits for their own day of four, so that a quarter is
 * written to on each. Whose day it is follows from the address, the same whenever and wherever it is asked.
 */
function spamThrottle(asked: Case): Finding {
  const rate = asked.facts.spamRate7d;
  if (rate === undefined || !isBulk(asked) || rate < asked.policy.spamRateThrottle) return PASS;
  const today = Math.floor(asked.nowMs / DAY_MS);
  const daysLeft =
    (((shareOf(asked.facts.contactPoint) - today) % THROTTLED_DAYS) + THROTTLED_DAYS) % THROTTLED_DAYS;
  return daysLeft === 0
    ? { kind: "pass", lapsesAtMs: (today + 1) * DAY_MS }
    : { kind: "defer", reason: "spam-rate-ceiling", untilMs: (today + daysLeft) * DAY_MS };
}

/** A number of the address, from 0 to 3, spread evenly enough (FNV-1a). */
function shareOf(contactPoint: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < contactPoint.length; place += 1)
    hash = Math.imul(hash ^ contactPoint.charCodeAt(place), 0x01000193);
  return (hash >>> 16) % THROTTLED_DAYS;
}

const email = { ...EVERYWHERE, channels: ["email"] } as const;

export const MESSAGE_RULES: readonly Rule[] = [
  {
    ...email,
    id: "sender-identity-missing",
    asks: "Does the message say who sends it, with a postal address?",
    citation: "15 USC 7704(a)(5); PECR 23; Spam Act s17; SOR/2012-36 s2",
    reads: ["message.postalAddress"],
    check: aboutMessage("sender-identity-missing", hasAddress),
  },
  {
    ...email,
    id: "unsubscribe-mechanism-invalid",
    asks: "Can the person get out on one page, without a login?",
    citation: "16 CFR 316.5; CASL 11; Spam Act s18",
    reads: ["message.bodyUnsubscribe", "message.unsubscribeRequiresLogin"],
    check: aboutMessage("unsubscribe-mechanism-invalid", hasWayOut),
  },
  {
    ...email,
    id: "misleading-header-subject",
    asks: "Are sender and subject what they seem?",
    citation: "15 USC 7704(a)(1)-(2); ePrivacy 13(4)",
    reads: ["message.from", "message.subject"],
    check: aboutMessage("misleading-header-subject", isHonest),
  },
  {
    ...email,
    id: "one-click-unsigned",
    asks: "Is the one-click unsubscribe there, and under the signature?",
    citation: "RFC 8058 3.1, 4; Gmail and Yahoo bulk sender rules",
    reads: ["bulkSenderToProvider", "message.listUnsubscribe", "message.dkimSignedHeaders"],
    check: aboutMessage("one-click-unsigned", isOneClickSigned),
  },
  {
    ...email,
    id: "auth-not-aligned",
    asks: "Is the From domain aligned with what signs the message?",
    citation: "RFC 7489; Gmail, Yahoo and Outlook bulk sender rules",
    reads: ["bulkSenderToProvider", "message.dmarcAligned"],
    check: aboutMessage("auth-not-aligned", isAligned),
  },
  {
    ...email,
    id: "spam-rate-ceiling",
    asks: "Do too many people at this provider report the sender's messages as spam?",
    confidence: "policy",
    citation: "Gmail bulk sender rules (0.3 %); ceiling: policy",
    reads: ["spamRate7d"],
    check: spamRate,
  },
  {
    ...email,
    id: "spam-rate-throttle",
    asks: "Do so many people report the messages that only a quarter of them may be written to today?",
    confidence: "policy",
    citation: "Gmail bulk sender rules (0.1 %); throttle: policy",
    reads: ["spamRate7d"],
    check: spamThrottle,
  },
];
