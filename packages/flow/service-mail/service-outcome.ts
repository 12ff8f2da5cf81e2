import type { ServiceMessageOutcome } from "#db/queries/service-messages";
import type { HandOver } from "../send/hand-over.ts";

const RELAY_BACKOFF_MS = 5_000;
const ABORT_BACKOFF_MS = 10_000;
const RECIPIENT_BACKOFF_MS = 60_000;
/** A message that was not let go at the last instant (a freeze, a busy database) waits this long. */
const NOT_REDEEMED_BACKOFF_MS = 30_000;

/** The state a service message goes to after a hand-over: the same table as for recipients of campaigns. */
export function outcomeOfService(handOver: HandOver): ServiceMessageOutcome {
  const again = (backoffMs: number, countsAttempt: boolean, reason: string): ServiceMessageOutcome => ({
    state: "queued",
    reason,
    backoffMs,
    countsAttempt,
    queueId: null,
  });
  const over = (state: "failed" | "unconfirmed", reason: string): ServiceMessageOutcome => ({
    state,
    reason,
    backoffMs: 0,
    countsAttempt: false,
    queueId: null,
  });
  switch (handOver.kind) {
    case "relay-fault":
      return again(RELAY_BACKOFF_MS, false, "relay-fault");
    case "not-redeemed":
      return again(NOT_REDEEMED_BACKOFF_MS, false, "not-redeemed");
    case "recipient-deferred":
    case "deferred-after-body":
      return again(RECIPIENT_BACKOFF_MS, true, "recipient-deferred");
    case "aborted":
      return again(ABORT_BACKOFF_MS, true, "aborted");
    case "recipient-refused":
      return over("failed", "recipient-refused");
    case "refused-after-body":
      return over("failed", "message-refused");
    case "not-composed":
      return over("failed", handOver.reason);
    case "unclear":
      return over("unconfirmed", "no-clear-reply");
    case "accepted":
      return {
        state: "sent",
        reason: null,
        backoffMs: 0,
        countsAttempt: false,
        queueId: handOver.queueId,
      };
    default:
      return handOver satisfies never;
  }
}
