import type { SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";

/** Where messages are handed over, and on what terms. */
export interface SmtpTarget {
  readonly connection: SMTPConnectionOptions;
  readonly credentials: { readonly user: string; readonly pass: string } | null;
}

export type SmtpTargetResult =
  | { readonly kind: "target"; readonly target: SmtpTarget }
  | { readonly kind: "problem"; readonly message: string };

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]|::1)$/;

export interface SmtpTimeouts {
  /** How long the answer to the final dot may take before the outcome counts as unclear. */
  readonly finalDotMs: number;
  readonly connectMs: number;
}

export const SMTP_TIMEOUTS: SmtpTimeouts = { finalDotMs: 600_000, connectMs: 30_000 };

/**
 * Reads `SMTP_URL`: `smtp://` (STARTTLS demanded unless the host is this machine) or `smtps://`, with
 * `?tls=require|none`. Credentials never go over a connection without TLS, except on this machine.
 */
export function smtpTarget(url: string, timeouts: SmtpTimeouts = SMTP_TIMEOUTS): SmtpTargetResult {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== "smtp:" && parsed.protocol !== "smtps:")) {
    return { kind: "problem", message: "SMTP_URL: must look like smtp://user:password@host:587" };
  }
  const isLocal = LOOPBACK.test(parsed.hostname);
  const wish = parsed.searchParams.get("tls") ?? (isLocal ? "none" : "require");
  if (wish !== "require" && wish !== "none") {
    return { kind: "problem", message: "SMTP_URL: tls must be require or none" };
  }
  const hasCredentials = parsed.username !== "";
  if (wish === "none" && hasCredentials && !isLocal && parsed.protocol === "smtp:") {
    return {
      kind: "problem",
      message: "SMTP_URL: a password must not travel without TLS; leave out tls=none",
    };
  }
  const secure = parsed.protocol === "smtps:";
  return {
    kind: "target",
    target: {
      connection: {
        host: parsed.hostname.replace(/^\[|\]$/g, ""),
        port: parsed.port === "" ? (secure ? 465 : 587) : Number(parsed.port),
        secure,
        requireTLS: !secure && wish === "require",
        ignoreTLS: !secure && wish === "none",
        connectionTimeout: timeouts.connectMs,
        greetingTimeout: timeouts.connectMs,
        socketTimeout: timeouts.finalDotMs,
        tls: { rejectUnauthorized: true, minVersion: "TLSv1.2" },
      },
      credentials: hasCredentials
        ? { user: decodeURIComponent(parsed.username), pass: decodeURIComponent(parsed.password) }
        : null,
    },
  };
}
