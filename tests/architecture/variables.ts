import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readConfig } from "#flow/config";

export interface VariablesRead {
  /** Every variable the product looks at, without the `_FILE` forms. */
  readonly all: readonly string[];
  /** Those whose value may stand in a file: the secrets. */
  readonly secret: readonly string[];
}

/** The variables that the code reads: found by letting it read, and in the few files that may name `process.env`. */
export function variablesRead(): VariablesRead {
  const seen = new Set<string>();
  readConfig(
    new Proxy(
      {},
      {
        get: (_target, name) => {
          seen.add(String(name));
          return undefined;
        },
      },
    ),
  );
  const files = execFileSync("git", ["ls-files", "apps/**/config.ts", "packages/**/config.ts"], {
    encoding: "utf8",
  });
  for (const file of files.split("\n").filter((each) => each !== "")) {
    for (const [, name] of readFileSync(file, "utf8").matchAll(/process\.env\["([A-Z_]+)"\]/g)) {
      if (name !== undefined) seen.add(name);
    }
  }
  const names = [...seen].sort();
  return {
    all: names.filter((name) => !name.endsWith("_FILE")),
    secret: names.filter((name) => name.endsWith("_FILE")).map((name) => name.slice(0, -"_FILE".length)),
  };
}
