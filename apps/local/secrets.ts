import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Secrets } from "#flow/config";

/** What this machine's copy of the product keeps to itself. Made at the first start, never a default. */
export interface LocalSecrets extends Secrets {
  readonly demoPassword: string;
  readonly apiKey: string;
}

/** Reads the secrets of a data directory, or makes them: one file that only its owner can read (mode 0600). */
export function localSecrets(directory: string): LocalSecrets {
  const file = join(directory, "secrets.json");
  if (!existsSync(file)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, `${JSON.stringify(newSecrets(), null, 2)}\n`, { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8")) as LocalSecrets;
}

function newSecrets(): LocalSecrets {
  const keyring = () => ({ current: "k1", keys: { k1: randomBytes(32).toString("base64") } });
  return {
    master: keyring(),
    index: keyring(),
    token: keyring(),
    auth: randomBytes(32).toString("hex"),
    demoPassword: randomBytes(9).toString("base64url"),
    apiKey: `ck_live_${randomBytes(8).toString("hex")}_${randomBytes(32).toString("base64url")}`,
  };
}
