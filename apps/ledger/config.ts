import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ConfigResult, readConfig } from "#flow/config";

/** Where `npm start` keeps its data: what it brought itself lies there. */
const dataDirectory = (): string => resolve(process.env["DATA_DIR"] || ".data");

/** The export to read: the environment's, else that of `npm start`. */
export const exportDirectory = (): string =>
  resolve(process.env["LEDGER_EXPORT_DIR"] || join(dataDirectory(), "ledger"));

/** The database's address: from the environment, else what a running `npm start` left; null when there is none. */
export function databaseUrl(): string | null {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "") return given;
  const file = process.env["DATABASE_URL_FILE"];
  return textOf(file === undefined || file === "" ? join(dataDirectory(), "database.url") : file);
}

/**
 * The configuration with its keys, for proofs. What `npm start` brought counts where the environment says nothing; what a
 * proof has no use for needs no value.
 */
export function configuration(): ConfigResult {
  const brought = JSON.parse(textOf(join(dataDirectory(), "secrets.json")) ?? "{}") as Record<
    string,
    unknown
  >;
  const ring = (name: string) => (brought[name] === undefined ? undefined : JSON.stringify(brought[name]));
  return readConfig({
    SMTP_URL: "smtp://127.0.0.1",
    AUTH_SECRET: "-".repeat(32),
    TOKEN_KEY: ring("token"),
    MASTER_KEY: ring("master"),
    INDEX_KEY: ring("index"),
    LEDGER_KEY: ring("ledger"),
    DATABASE_URL: databaseUrl() ?? undefined,
    ...Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== "")),
  });
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return null;
  }
}
