import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { z } from "zod";
import type { Keyring } from "#db/vault/keyring";

/** How a process is set up. Read once at its start, validated whole, and passed on as an argument. */
export interface Config {
  /** The login that owns the schema; the application works under the role `consentry_app`. */
  readonly databaseUrl: string;
  /** Null: BullMQ keeps its jobs in Postgres. */
  readonly redisUrl: string | null;
  readonly smtpUrl: string;
  /** Where people reach us, without a trailing slash; unsubscribe links begin with it. */
  readonly publicUrl: string;
  readonly host: string;
  readonly port: number;
  readonly secrets: Secrets;
  /** A known first key for a first workspace, for automation. */
  readonly bootstrapApiKey: string | null;
  readonly demo: boolean;
  readonly logLevel: LogLevel;
  /** SMTP connections a worker holds open. */
  readonly workerLanes: number;
  readonly messageBytesMax: number;
  /** Where what must outlive the database is written; null: nothing is. */
  readonly ledgerExportDir: string | null;
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: BlockList;
  readonly ledger: LedgerConfig;
}

/** Who is told of the sealed ledger's checkpoints. */
export interface LedgerConfig {
  /** Takes each checkpoint by POST; null: nobody is told. */
  readonly webhookUrl: string | null;
  /** True: the webhook may lie in a private network. */
  readonly webhookMayBePrivate: boolean;
}

export interface Secrets {
  readonly master: Keyring;
  readonly index: Keyring;
  readonly token: Keyring;
  /** Ed25519 seeds: signs checkpoints, receipts and proof packs. */
  readonly ledger: Keyring;
  /** Signs console sessions. */
  readonly auth: string;
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type ConfigResult =
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

const KEYRING = z.strictObject({
  current: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/),
  keys: z.record(
    z.string().regex(/^[A-Za-z0-9_-]{1,32}$/),
    z.base64().refine((text) => Buffer.from(text, "base64").length === 32, "must be 32 bytes in base64"),
  ),
});

/**
 * Reads and checks the environment. Every problem is listed, not only the first. A secret may stand in a file named
 * by `<NAME>_FILE`.
 */
export function readConfig(environment: Environment): ConfigResult {
  const problems: string[] = [];
  const value = (name: string): string | undefined => {
    const text = environment[name];
    return text === undefined || text === "" ? undefined : text;
  };
  const secret = (name: string): string | undefined => {
    const file = value(`${name}_FILE`);
    if (file === undefined) return value(name);
    try {
      const text = readFileSync(file, "utf8").trim();
      return text === "" ? undefined : text;
    } catch {
      problems.push(`${name}_FILE: the file ${file} cannot be read`);
      return undefined;
    }
  };
  const required = (name: string, text: string | undefined): string => {
    if (text === undefined && !problems.some((problem) => problem.startsWith(`${name}_FILE:`))) {
      problems.push(`${name}: is not set`);
    }
    return text ?? "";
  };
  const url = (name: string, text: string, schemes: readonly string[]): string => {
    const parsed = URL.parse(text);
    if (text !== "" && (parsed === null || !schemes.includes(parsed.protocol))) {
      problems.push(`${name}: must be a URL that begins with ${schemes.join(" or ")}//`);
    }
    return text;
  };
  const whole = (name: string, fallback: number, least: number, most: number): number => {
    const text = value(name);
    const number = text === undefined ? fallback : Number(text);
    if (!Number.isInteger(number) || number < least || number > most) {
      problems.push(`${name}: must be a whole number from ${least} to ${most}`);
      return fallback;
    }
    return number;
  };
  const keyring = (name: string): Keyring => readKeyring(name, required(name, secret(name)), problems);

  const logLevel = LOG_LEVELS.find((level) => level === (value("LOG_LEVEL") ?? "info"));
  if (logLevel === undefined) problems.push(`LOG_LEVEL: must be one of ${LOG_LEVELS.join(", ")}`);
  const demo = value("DEMO") ?? "1";
  if (demo !== "0" && demo !== "1") problems.push("DEMO: must be 0 or 1");
  const mayBePrivate = value("LEDGER_WEBHOOK_PRIVATE") ?? "0";
  if (mayBePrivate !== "0" && mayBePrivate !== "1") problems.push("LEDGER_WEBHOOK_PRIVATE: must be 0 or 1");
  const webhookUrl = value("LEDGER_WEBHOOK_URL");
  const port = whole("PORT", 8080, 0, 65_535);
  const auth = required("AUTH_SECRET", secret("AUTH_SECRET"));
  if (auth !== "" && auth.length < 32) problems.push("AUTH_SECRET: must be at least 32 characters");
  const redisUrl = secret("REDIS_URL");
  const bootstrapApiKey = secret("BOOTSTRAP_API_KEY") ?? null;
  if (bootstrapApiKey !== null && !API_KEY.test(bootstrapApiKey)) {
    problems.push(
      "BOOTSTRAP_API_KEY: must look like ck_live_<8 to 32 letters or digits>_<at least 32 characters>",
    );
  }
  const config: Config = {
    databaseUrl: url("DATABASE_URL", required("DATABASE_URL", secret("DATABASE_URL")), [
      "postgres:",
      "postgresql:",
    ]),
    redisUrl: redisUrl === undefined ? null : url("REDIS_URL", redisUrl, ["redis:", "rediss:"]),
    smtpUrl: url("SMTP_URL", required("SMTP_URL", secret("SMTP_URL")), ["smtp:", "smtps:"]),
    publicUrl: url("PUBLIC_URL", value("PUBLIC_URL") ?? `http://127.0.0.1:${port}`, [
      "http:",
      "https:",
    ]).replace(/\/+$/, ""),
    host: value("HOST") ?? "127.0.0.1",
    port,
    secrets: {
      master: keyring("MASTER_KEY"),
      index: keyring("INDEX_KEY"),
      token: keyring("TOKEN_KEY"),
      ledger: keyring("LEDGER_KEY"),
      auth,
    },
    bootstrapApiKey,
    demo: demo === "1",
    logLevel: logLevel ?? "info",
    workerLanes: whole("WORKER_LANES", 20, 1, 500),
    messageBytesMax: whole("MESSAGE_BYTES_MAX", 256 * 1024, 1024, 25 * 1024 * 1024),
    ledgerExportDir: value("LEDGER_EXPORT_DIR") ?? null,
    trustedProxies: readNetworks("TRUSTED_PROXIES", value("TRUSTED_PROXIES") ?? "", problems),
    ledger: {
      webhookUrl:
        webhookUrl === undefined ? null : url("LEDGER_WEBHOOK_URL", webhookUrl, ["http:", "https:"]),
      webhookMayBePrivate: mayBePrivate === "1",
    },
  };
  return problems.length === 0 ? { kind: "config", config } : { kind: "problems", problems };
}

/** `ck_live_<id>_<secret>`: the id is public and names the key, the secret is at least 32 characters. */
export const API_KEY = /^ck_(live|test)_([A-Za-z0-9]{8,32})_([A-Za-z0-9_-]{32,128})$/;

/** Addresses and networks (`10.0.0.0/8`), with commas between them. */
function readNetworks(name: string, text: string, problems: string[]): BlockList {
  const networks = new BlockList();
  for (const entry of text.split(",").map((each) => each.trim())) {
    if (entry === "") continue;
    const [, address = "", bits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(entry) ?? [];
    const family = isIP(address);
    const longest = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? longest : Number(bits);
    if (family === 0 || prefix > longest) {
      problems.push(`${name}: must be addresses or networks such as 10.0.0.0/8, with commas between them`);
      break;
    }
    networks.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  }
  return networks;
}

function readKeyring(name: string, text: string, problems: string[]): Keyring {
  const empty: Keyring = { current: "", keys: {} };
  if (text === "") return empty;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    problems.push(`${name}: must be JSON like {"current":"k1","keys":{"k1":"<32 bytes in base64>"}}`);
    return empty;
  }
  const checked = KEYRING.safeParse(parsed);
  if (!checked.success) {
    for (const issue of checked.error.issues) {
      problems.push(`${name}: ${issue.path.join(".") || "the key ring"} ${issue.message}`);
    }
    return empty;
  }
  if (!Object.hasOwn(checked.data.keys, checked.data.current)) {
    problems.push(`${name}: the current key ${checked.data.current} is not among its keys`);
  }
  return checked.data;
}
