import { type Logger, pino } from "pino";
import type { LogLevel } from "./config.ts";

/**
 * A structured log on standard output. It carries ids and counts; fields that could hold personal data or secrets
 * are cut out should one ever be passed.
 */
export function startLog(process: string, level: LogLevel): Logger {
  return pino({
    level,
    base: { process },
    redact: {
      paths: [
        "*.email",
        "*.to",
        "*.address",
        "*.phone",
        "*.token",
        "*.authorization",
        "*.cookie",
        "*.password",
      ],
      censor: "(cut)",
    },
    serializers: {
      // Messages of drivers may quote values of a row: only kind and code of an error are written.
      err: (error: unknown) => ({
        name: error instanceof Error ? error.name : typeof error,
        code: codeOf(error),
        cause: error instanceof Error ? codeOf(error.cause) : undefined,
        stack: error instanceof Error ? frames(error) : undefined,
      }),
    },
  });
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return String(error.code);
}

/** Where it happened, without the message. */
const frames = (error: Error): string[] =>
  (error.stack ?? "")
    .split("\n")
    .filter((line) => line.trimStart().startsWith("at "))
    .slice(0, 6)
    .map((line) => line.trim());
