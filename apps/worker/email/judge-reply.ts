import type { HandOver } from "#flow/send/hand-over";
import type { GuardedBody } from "./guarded-body.ts";

/** An error of nodemailer: `responseCode` is set when the server answered. */
export interface SmtpError extends Error {
  readonly code?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
}

/** How a transaction ended, as nodemailer tells it. */
export type Sent = { readonly error: SmtpError } | { readonly response: string };

/**
 * What a hand-over came to, by the phase of the body first and the reply second. Error codes alone do not tell: a
 * drop at RCPT and one after the final dot look the same.
 */
export function handOverOf(body: GuardedBody, sent: Sent): HandOver {
  if ("response" in sent) {
    return body.phase === "complete" && /^250/.test(sent.response)
      ? { kind: "accepted", reply: redacted(sent.response), queueId: queueIdOf(sent.response) }
      : { kind: "unclear", detail: "no clear reply" };
  }
  if (body.refused || (body.phase === "started" && !body.redeemed)) return { kind: "not-redeemed" };
  switch (body.phase) {
    case "pre":
      return beforeBody(sent.error);
    case "started":
      return { kind: "aborted", detail: sent.error.code ?? "closed" };
    case "complete":
      return afterBody(sent.error);
    default:
      return body.phase satisfies never;
  }
}

function beforeBody(error: SmtpError): HandOver {
  const code = error.responseCode ?? 0;
  const isAboutRecipient =
    error.command === "RCPT TO" || error.command === "MAIL FROM" || error.code === "EENVELOPE";
  if (!isAboutRecipient || code === 421 || code < 400)
    return { kind: "relay-fault", detail: error.code ?? "closed" };
  const reply = redacted(error.response ?? "");
  return code < 500
    ? { kind: "recipient-deferred", reply }
    : { kind: "recipient-refused", reply, status: enhancedStatus(error.response ?? "") };
}

function afterBody(error: SmtpError): HandOver {
  const code = error.responseCode ?? 0;
  // Only a reply to the final dot itself is clear; a farewell such as 421 may or may not follow an accepted message,
  // but as the reply to the dot it is a refusal for now (RFC 5321, 4.2.1).
  if (error.code !== "EMESSAGE" || code < 400) return { kind: "unclear", detail: error.code ?? "closed" };
  const reply = redacted(error.response ?? "");
  return code < 500
    ? { kind: "deferred-after-body", reply }
    : { kind: "refused-after-body", reply, status: enhancedStatus(error.response ?? "") };
}

/** The enhanced status code of a reply (RFC 2034), or null. */
export function enhancedStatus(reply: string): string | null {
  return /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] ?? null;
}

/**
 * The id under which the server took a message, where it says one; nodemailer does not find all spellings. An id has
 * a digit, which "message" in "OK: message queued" has not.
 */
export function queueIdOf(reply: string): string | null {
  return (
    /(?:queued as|id=|Ok:? )\s*<?(?=[A-Za-z._-]*[0-9])([A-Za-z0-9._-]{4,64})>?/i.exec(reply)?.[1] ?? null
  );
}

/** A server's reply may quote the address; it is kept, shown and logged without it. */
export function redacted(reply: string): string {
  return reply
    .replace(/[^\s<>"'@:]{1,64}@[^\s<>"'@:]{1,255}/g, "(address)")
    .replace(/[^\x20-\x7e]+/g, " ")
    .slice(0, 200);
}
