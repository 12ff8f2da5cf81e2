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
  const kept = JSON.parse(readFileSync(file, "utf8")) as Partial<LocalSecrets>;
  const secrets = { ...newSecrets(), ...kept };
  // A file of an earlier version lacks what came later.
  if (Object.keys(secrets).some((name) => !Object.hasOwn(kept, name)))
    writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

function newSecrets(): LocalSecrets {
  const keyring = () => ({ current: "k1", keys: { k1: randomBytes(32).toString("base64") } });
  return {
    master: keyring(),
    index: keyring(),
    token: keyring(),
    ledger: keyring(),
    auth: randomBytes(32).toString("hex"),
    demoPassword: randomBytes(9).toString("base64url"),
    apiKey: `ck_live_${randomBytes(8).toString("hex")}_${randomBytes(32).toString("base64url")}`,
  };
}
