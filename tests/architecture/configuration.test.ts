import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { readConfig } from "#flow/config";
import { startProgram } from "../support/process.ts";
import { startRedis } from "../support/redis-server.ts";
import { variablesRead } from "./variables.ts";

const PROGRAMS = ["apps/api/main.ts", "apps/worker/main.ts"] as const;
const ring = (byte: number) =>
  JSON.stringify({ current: "k1", keys: { k1: Buffer.alloc(32, byte).toString("base64") } });
const API_KEY = `ck_live_abcdefgh_${"x".repeat(43)}`;

/** Everything that has no default, as it should be. */
const GOOD = {
  DATABASE_URL: "postgres://owner@127.0.0.1:5432/consentry",
  SMTP_URL: "smtp://127.0.0.1:2525",
  MASTER_KEY: ring(1),
  INDEX_KEY: ring(2),
  TOKEN_KEY: ring(3),
  LEDGER_KEY: ring(4),
  AUTH_SECRET: "s".repeat(32),
};

/** Lets a program run to its end: its exit code and what it said. One that goes on instead is ended after 30 s. */
async function ran(program: string, environment: Readonly<Record<string, string>>) {
  const child = startProgram(program, environment);
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const code = await child.ended;
  clearTimeout(timer);
  return { code, output: child.output() };
}

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "consentry-configuration-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function fileOf(name: string, content: string): string {
  const file = join(directory, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

const problemsOf = (environment: Readonly<Record<string, string>>): readonly string[] => {
  const read = readConfig(environment);
  return read.kind === "problems" ? read.problems : [];
};
const namesOf = (problems: readonly string[]): string[] =>
  problems.map((problem) => problem.slice(0, problem.indexOf(":")));

/** Every variable at once, each wrong in its own way. */
const ALL_WRONG = {
  DATABASE_URL: "mysql://127.0.0.1/consentry",
  REDIS_URL: "http://127.0.0.1:6379",
  SMTP_URL: "mailto:a@example.com",
  PUBLIC_URL: "ftp://mail.example",
  PORT: "eighty",
  MASTER_KEY: "not json",
  INDEX_KEY: JSON.stringify({ current: "k2", keys: { k1: Buffer.alloc(32).toString("base64") } }),
  TOKEN_KEY: JSON.stringify({ current: "k1", keys: { k1: Buffer.alloc(31).toString("base64") } }),
  AUTH_SECRET: "too short",
  BOOTSTRAP_API_KEY: "secret",
  DEMO: "yes",
  LOG_LEVEL: "loud",
  WORKER_LANES: "0",
  LEDGER_KEY: JSON.stringify({ current: "k1", keys: { k1: Buffer.alloc(33).toString("base64") } }),
  LEDGER_WEBHOOK_URL: "file:///tmp/checkpoints",
  LEDGER_WEBHOOK_PRIVATE: "no",
  MESSAGE_BYTES_MAX: "1.5",
  TRUSTED_PROXIES: "everybody",
};

describe.each(PROGRAMS)("%s", (program) => {
  test("lists every problem at once, one a line, and ends with status 1", async () => {
    const { code, output } = await ran(program, ALL_WRONG);
    expect(code).toBe(1);
    const lines = output.trim().split("\n");
    expect(namesOf(lines).sort()).toEqual(Object.keys(ALL_WRONG).sort());
    // The values may be secrets that were only mistyped.
    for (const value of ["too short", "not json", Buffer.alloc(31).toString("base64")])
      expect(output).not.toContain(value);
  });

  test("names everything that has no default when nothing is set", async () => {
    const { code, output } = await ran(program, {});
    expect(code).toBe(1);
    expect(output.trim().split("\n").sort()).toEqual(
      Object.keys(GOOD)
        .sort()
        .map((name) => `${name}: is not set`),
    );
  });

  test("refuses a Redis that may throw rings away, in one line", async () => {
    const redis = await startRedis(directory, "allkeys-lru");
    try {
      const { code, output } = await ran(program, {
        ...GOOD,
        DATABASE_URL: inject("postgresUrl"),
        REDIS_URL: redis.url,
      });
      expect(code).toBe(1);
      expect(output).toBe(
        "REDIS_URL: the server's maxmemory-policy is allkeys-lru; it must be noeviction, else rings are lost\n",
      );
    } finally {
      await redis.stop();
    }
  });

  test("says in one line that its Redis does not answer", async () => {
    const { code, output } = await ran(program, { ...GOOD, REDIS_URL: "redis://127.0.0.1:1" });
    expect(code).toBe(1);
    expect(output).toMatch(/^REDIS_URL: the server does not answer \([^\n]+\)\n$/);
  });
});

describe("each variable", () => {
  test("is right in the configuration that the others are tried against", () => {
    expect(readConfig(GOOD).kind).toBe("config");
  });

  test.each([
    ["DATABASE_URL", "127.0.0.1:5432"],
    ["REDIS_URL", "127.0.0.1"],
    ["SMTP_URL", "http://127.0.0.1"],
    ["PUBLIC_URL", "mail.example"],
    ["PORT", "-1"],
    ["PORT", "65536"],
    ["PORT", "80a"],
    ["AUTH_SECRET", "s".repeat(31)],
    ["MASTER_KEY", "[]"],
    ["INDEX_KEY", JSON.stringify({ current: "k1", keys: {} })],
    ["TOKEN_KEY", JSON.stringify({ current: "k1", keys: { k1: "" } })],
    ["MASTER_KEY", JSON.stringify({ ...JSON.parse(ring(1)), note: "unknown field" })],
    ["BOOTSTRAP_API_KEY", `ck_live_abcdefgh_${"x".repeat(31)}`],
    ["DEMO", "true"],
    ["LOG_LEVEL", "INFO"],
    ["WORKER_LANES", "501"],
    ["MESSAGE_BYTES_MAX", "1023"],
    ["LEDGER_KEY", JSON.stringify({ current: "k1", keys: { k1: "short" } })],
    ["LEDGER_WEBHOOK_URL", "checkpoints.example"],
    ["LEDGER_WEBHOOK_PRIVATE", "true"],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "10.0.0.1, proxy.example"],
  ])("%s is refused as %s, and nothing else is complained about", (name, value) => {
    const problems = problemsOf({ ...GOOD, [name]: value });
    expect(new Set(namesOf(problems))).toEqual(new Set([name]));
  });

  test("counts as unset when it is empty", () => {
    const read = readConfig({ ...GOOD, REDIS_URL: "", PORT: "", LOG_LEVEL: "", DEMO: "", PUBLIC_URL: "" });
    expect(read).toMatchObject({
      kind: "config",
      config: { redisUrl: null, port: 8080, logLevel: "info", publicUrl: "http://127.0.0.1:8080" },
    });
    expect(namesOf(problemsOf({ ...GOOD, AUTH_SECRET: "" }))).toEqual(["AUTH_SECRET"]);
  });
});

describe("a secret in a file", () => {
  const secrets = { ...GOOD, BOOTSTRAP_API_KEY: API_KEY, REDIS_URL: "redis://:password@127.0.0.1:6379" };

  test("is read like the variable, its last line break left out; every secret has that form", () => {
    const files = Object.fromEntries(
      Object.entries(secrets).map(([name, value]) => [`${name}_FILE`, fileOf(name, `${value}\n`)]),
    );
    expect(readConfig(files)).toEqual(readConfig(secrets));
    expect([...variablesRead().secret]).toEqual(Object.keys(secrets).sort());
  });

  test("that cannot be read is one problem, which names the variable and the file", () => {
    const { MASTER_KEY: _left, ...rest } = GOOD;
    const missing = join(directory, "missing");
    expect(problemsOf({ ...rest, MASTER_KEY_FILE: missing })).toEqual([
      `MASTER_KEY_FILE: the file ${missing} cannot be read`,
    ]);
  });

  test("that is empty is a secret that is not set", () => {
    const { AUTH_SECRET: _left, ...rest } = GOOD;
    expect(problemsOf({ ...rest, AUTH_SECRET_FILE: fileOf("empty", "\n") })).toEqual([
      "AUTH_SECRET: is not set",
    ]);
  });

  test("starts a program as the variable does", async () => {
    const { AUTH_SECRET: _left, ...rest } = GOOD;
    const { code, output } = await ran("apps/worker/main.ts", {
      ...rest,
      AUTH_SECRET_FILE: fileOf("auth", "too short\n"),
    });
    expect(code).toBe(1);
    expect(output).toBe("AUTH_SECRET: must be at least 32 characters\n");
  });
});

/** The rows of the README's table: the names in the first column, and the last column. */
function documented(): ReadonlyMap<string, string> {
  const section = /## Configuration\n(.*?)\n## /s.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
  const rows = section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  return new Map(
    rows.flatMap(([, first = "", , last = ""]) => {
      const names = [...first.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name ?? "");
      const defaults = last.split(", ");
      return names.map((name, place): [string, string] => [
        name,
        (defaults.length === names.length ? defaults[place] : last)?.replaceAll("`", "") ?? "",
      ]);
    }),
  );
}

describe("the README's table", () => {
  test("lists exactly the variables that the code reads", () => {
    expect([...documented().keys()].sort()).toEqual([...variablesRead().all]);
  });

  test("gives the defaults that are in force", () => {
    const read = readConfig(GOOD);
    if (read.kind !== "config") throw new Error("the good configuration is not one");
    const { config } = read;
    const said = documented();
    expect(said.get("HOST")).toBe(config.host);
    expect(said.get("PORT")).toBe(String(config.port));
    expect(said.get("PUBLIC_URL")).toBe(config.publicUrl.replace(String(config.port), "PORT"));
    expect(said.get("WORKER_LANES")).toBe(String(config.workerLanes));
    expect(said.get("MESSAGE_BYTES_MAX")).toBe(String(config.messageBytesMax));
    expect(said.get("DEMO")).toBe(config.demo ? "1" : "0");
    expect(said.get("LOG_LEVEL")?.startsWith(config.logLevel)).toBe(true);
    expect(said.get("REDIS_URL")).toBe("unset");
    expect(config.redisUrl).toBeNull();
    expect(said.get("LEDGER_EXPORT_DIR")?.startsWith("unset")).toBe(true);
    expect(said.get("LEDGER_WEBHOOK_URL")).toBe("unset");
    expect(said.get("LEDGER_WEBHOOK_PRIVATE")).toBe("0");
    expect(config.ledger).toEqual({ webhookUrl: null, webhookMayBePrivate: false });
  });
});
