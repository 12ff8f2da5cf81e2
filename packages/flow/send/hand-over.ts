/**
 * How one hand-over to a mail server ended, judged by how far the body got and not by error codes: a connection
 * dropped at RCPT and one dropped after the final dot report the same error.
 */
export type HandOver =
  /** Connect, TLS, AUTH or 421: the relay's fault, nothing about this recipient. Nothing was spent. */
  | { readonly kind: "relay-fault"; readonly detail: string }
  /** The gate refused at the last instant, or a stop is coming. The server never saw the final dot. */
  | { readonly kind: "not-redeemed" }
  /** MAIL or RCPT answered 4xx: this recipient, later. */
  | { readonly kind: "recipient-deferred"; readonly reply: string }
  /** MAIL or RCPT answered 5xx. `status` is the enhanced status code, when there was one. */
  | { readonly kind: "recipient-refused"; readonly reply: string; readonly status: string | null }
  /** The body was begun and not ended: the receiver must discard it (RFC 5321). */
  | { readonly kind: "aborted"; readonly detail: string }
  /** 250 after the final dot. */
  | { readonly kind: "accepted"; readonly reply: string; readonly queueId: string | null }
  /** 4xx after the final dot. */
  | { readonly kind: "deferred-after-body"; readonly reply: string }
  /** 5xx after the final dot. */
  | { readonly kind: "refused-after-body"; readonly reply: string; readonly status: string | null }
  /** The whole body went out and no clear reply came: whether it arrived is not known, and it is never resent. */
  | { readonly kind: "unclear"; readonly detail: string }
  /** The message could not be made for this recipient (a template error, too large). Nothing was sent. */
  | { readonly kind: "not-composed"; readonly reason: string };
