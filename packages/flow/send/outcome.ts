import type { OutcomeDraft } from "#db/queries/outcomes";
import type { Permit } from "../permit.ts";
import type { HandOver } from "./hand-over.ts";

const RELAY_BACKOFF_MS = 5_000;
const ABORT_BACKOFF_MS = 10_000;
/** A recipient whose server said "later" waits this long, doubled with every attempt of ours by the caller's policy. */
const RECIPIENT_BACKOFF_MS = 60_000;
const REPLY_LENGTH_MAX = 200;

/** The state a recipient goes to after a hand-over: the outcome table of docs/sending.md, one line per case. */
export function outcomeOf(permit: Permit, handOver: HandOver): OutcomeDraft {
  const base = {
    month: permit.month,
    recipientId: permit.recipientId,
    permitId: permit.permitId,
    reason: null,
    countsAttempt: false,
    countsAbort: false,
    backoffMs: null,
    reply: null,
    queueId: null,
  };
  switch (handOver.kind) {
    case "relay-fault":
      return { ...base, from: "permitted", state: "planned", backoffMs: RELAY_BACKOFF_MS };
    case "not-redeemed":
      // The socket is ours and the final dot was never sent: whatever the database did meanwhile, nobody was contacted.
      return { ...base, from: "either", state: "planned", backoffMs: 0 };
    case "recipient-deferred":
      return {
        ...base,
        from: "permitted",
        state: "deferred",
        reason: "recipient-deferred",
        countsAttempt: true,
        backoffMs: RECIPIENT_BACKOFF_MS,
        reply: cut(handOver.reply),
      };
    case "recipient-refused":
      return {
        ...base,
        from: "permitted",
        state: "failed",
        reason: "recipient-refused",
        reply: cut(handOver.reply),
      };
    case "not-composed":
      return { ...base, from: "permitted", state: "failed", reason: handOver.reason };
    case "aborted":
      return {
        ...base,
        from: "redeemed",
        state: "planned",
        countsAttempt: true,
        countsAbort: true,
        backoffMs: ABORT_BACKOFF_MS,
      };
    case "accepted":
      return {
        ...base,
        from: "redeemed",
        state: "contacted",
        reply: cut(handOver.reply),
        queueId: handOver.queueId,
      };
    case "deferred-after-body":
      return {
        ...base,
        from: "redeemed",
        state: "deferred",
        reason: "recipient-deferred",
        countsAttempt: true,
        backoffMs: RECIPIENT_BACKOFF_MS,
        reply: cut(handOver.reply),
      };
    case "refused-after-body":
      return {
        ...base,
        from: "redeemed",
        state: "failed",
        reason: "message-refused",
        reply: cut(handOver.reply),
      };
    case "unclear":
      return { ...base, from: "redeemed", state: "unconfirmed", reason: "no-clear-reply" };
    default:
      return handOver satisfies never;
  }
}

/**
 * True when a refusal says that the mailbox does not exist, so that the address is suppressed as a hard bounce:
 * 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10 and 5.2.1 (RFC 3463). A policy rejection (5.7.x) is about us, not the person.
 */
export function isHardBounce(handOver: HandOver): boolean {
  if (handOver.kind !== "recipient-refused" && handOver.kind !== "refused-after-body") return false;
  return handOver.status !== null && /^5\.(1\.(1|2|3|6|10)|2\.1)$/.test(handOver.status);
}

const cut = (reply: string): string => reply.slice(0, REPLY_LENGTH_MAX);
