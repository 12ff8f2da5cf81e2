import { resolve } from "node:path";
import { type ConfigResult, readConfig } from "#flow/config";
import type { LocalSecrets } from "./secrets.ts";

/** Where the all-in-one keeps its data. */
export const dataDirectory = (): string => resolve(process.env["DATA_DIR"] ?? ".data");

/** The port asked for, before anything is started. */
export const wantedUrl = (): string => `http://127.0.0.1:${process.env["PORT"] ?? "8080"}`;

/** True when the environment brings its own database, or its own mail server. */
export const has = (name: "DATABASE_URL" | "SMTP_URL"): boolean =>
  (process.env[name] ?? "") !== "" || (process.env[`${name}_FILE`] ?? "") !== "";

/** The environment over what the all-in-one brings itself: its database, its mail capture and its secrets. */
export function localConfig(brought: {
  readonly databaseUrl: string;
  readonly smtpUrl: string;
  readonly secrets: LocalSecrets;
  readonly ledgerExportDir: string;
}): ConfigResult {
  const { secrets } = brought;
  return readConfig({
    DATABASE_URL: brought.databaseUrl,
    SMTP_URL: brought.smtpUrl,
    MASTER_KEY: JSON.stringify(secrets.master),
    INDEX_KEY: JSON.stringify(secrets.index),
    TOKEN_KEY: JSON.stringify(secrets.token),
    LEDGER_KEY: JSON.stringify(secrets.ledger),
    AUTH_SECRET: secrets.auth,
    BOOTSTRAP_API_KEY: secrets.apiKey,
    LOG_LEVEL: "warn",
    LEDGER_EXPORT_DIR: brought.ledgerExportDir,
    // An empty variable is an unset one and must not take away what we bring.
    ...Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== "")),
  });
}
