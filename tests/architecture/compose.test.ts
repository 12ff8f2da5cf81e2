import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { readConfig } from "#flow/config";
import { smtpTarget } from "../../apps/worker/email/smtp-target.ts";
import { variablesRead } from "./variables.ts";

const SERVICE = z.looseObject({
  image: z.string().optional(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  restart: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  deploy: z.strictObject({ replicas: z.number() }).optional(),
});
type Service = z.infer<typeof SERVICE>;
const COMPOSE = z.looseObject({
  services: z.record(z.string(), SERVICE),
  volumes: z.record(z.string(), z.unknown()),
});

const { services, volumes } = COMPOSE.parse(
  parse(readFileSync("docker-compose.yml", "utf8"), { merge: true }),
);
const named = (name: string): Service => {
  const service = services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
};
const ours = Object.entries(services).filter(([, service]) => service.build !== undefined);
const npmScripts = z
  .looseObject({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync("package.json", "utf8"))).scripts;

/** A line of the Dockerfile: its word, and what follows. */
interface Line {
  readonly word: string;
  readonly rest: string;
  readonly stage: number;
}

const lines: readonly Line[] = (() => {
  let stage = -1;
  return readFileSync("Dockerfile", "utf8")
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [word = "", ...rest] = line.split(/\s+/);
      if (word === "FROM") stage += 1;
      return { word, rest: rest.join(" "), stage };
    });
})();
const lastStage = Math.max(...lines.map((line) => line.stage));
const image = lines.filter((line) => line.stage === lastStage);

/** What compose makes of a value: `${NAME:?why}` fails when unset, `${NAME:-default}` has a default. */
function interpolated(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\{([A-Z_]+)(?:(:-|:\?)([^}]*))?\}/g,
    (_whole, name: string, sign: string, rest: string) => {
      const value = environment[name] ?? "";
      if (value === "" && sign === ":?") throw new Error(`${name} is required`);
      return value === "" && sign === ":-" ? rest : value;
    },
  );
}

const ring = JSON.stringify({ current: "k1", keys: { k1: Buffer.alloc(32, 7).toString("base64") } });
const OPERATOR = {
  POSTGRES_PASSWORD: "operators-own",
  PUBLIC_URL: "https://mail.example",
  MASTER_KEY: ring,
  INDEX_KEY: ring,
  TOKEN_KEY: ring,
  LEDGER_KEY: ring,
  AUTH_SECRET: "s".repeat(40),
};
const environmentOf = (service: Service, given: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(service.environment).map(([name, value]) => [name, interpolated(value, given)]),
  );

describe("docker-compose.yml", () => {
  test("runs PostgreSQL 18, a Redis that keeps everything, the API, two workers and a mail catcher", () => {
    expect(named("postgres").image).toMatch(/^postgres:18(\.\d+)?(-|$)/);
    // The image of PostgreSQL 18 keeps its data one folder higher than those before.
    expect(named("postgres").volumes).toEqual(["postgres:/var/lib/postgresql"]);
    const valkey = named("valkey");
    expect(valkey.image).toMatch(/^valkey\/valkey:\d/);
    const said = valkey.command?.join(" ");
    expect(said).toContain("--appendonly yes");
    expect(said).toContain("--maxmemory-policy noeviction");
    expect(valkey.volumes).toEqual(["valkey:/data"]);
    const workers = ours.filter(([, service]) =>
      service.command?.some((each) => each.includes("apps/worker/")),
    );
    expect(workers.reduce((sum, [, service]) => sum + (service.deploy?.replicas ?? 1), 0)).toBe(2);
    expect(named("api").command).toBeUndefined();
    expect(named("mail").image).toMatch(/mailpit/);
  });

  test("gives our processes only variables that they read", () => {
    const known = new Set(variablesRead().all);
    const unknown = ours.flatMap(([name, service]) =>
      Object.keys(service.environment)
        .filter((key) => !known.has(key.replace(/_FILE$/, "")))
        .map((key) => `${name}: ${key}`),
    );
    expect(unknown).toEqual([]);
    expect(ours.map(([name]) => name).sort()).toEqual(["api", "migrate", "worker"]);
  });

  test("makes configurations that our processes accept, once the operator has set the secrets", () => {
    for (const [name, service] of ours) {
      const read = readConfig(environmentOf(service, OPERATOR));
      expect(read, name).toMatchObject({ kind: "config" });
      if (read.kind !== "config") continue;
      expect(smtpTarget(read.config.smtpUrl), name).toMatchObject({ kind: "target" });
      for (const [url, port] of [
        [read.config.databaseUrl, "5432"],
        [read.config.redisUrl ?? "", "6379"],
        [read.config.smtpUrl, "1025"],
      ] as const) {
        expect(Object.keys(services)).toContain(new URL(url).hostname);
        expect(new URL(url).port).toBe(port);
      }
      expect(read.config.databaseUrl).toContain("operators-own");
    }
    const inDatabase = environmentOf(named("postgres"), OPERATOR);
    const url = new URL(environmentOf(named("api"), OPERATOR)["DATABASE_URL"] ?? "");
    expect([url.username, url.password, url.pathname]).toEqual([
      inDatabase["POSTGRES_USER"],
      inDatabase["POSTGRES_PASSWORD"],
      `/${inDatabase["POSTGRES_DB"]}`,
    ]);
  });

  test.each(Object.keys(OPERATOR))("does not start without %s, which has no default anywhere", (name) => {
    const without = { ...OPERATOR, [name]: "" };
    const usedBy = Object.values(services).filter((service) =>
      Object.values(service.environment).some((value) => value.includes(`\${${name}`)),
    );
    expect(usedBy.length).toBeGreaterThan(0);
    for (const service of usedBy)
      expect(() => environmentOf(service, without)).toThrow(`${name} is required`);
  });

  test("has no secret written into it: each is a variable or a file, and the rest of the secrets is empty", () => {
    const secrets = new Set([...variablesRead().secret, "POSTGRES_PASSWORD"]);
    const written: string[] = [];
    for (const [name, service] of Object.entries(services)) {
      for (const [key, value] of Object.entries(service.environment)) {
        if (!secrets.has(key.replace(/_FILE$/, "")) && !/KEY|SECRET|PASSWORD|TOKEN/.test(key)) continue;
        // What stands there when every variable that must be set is taken out.
        const rest = value
          .replaceAll(/\$\{[A-Z_]+:\?[^}]*\}/g, "")
          .replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, "$1");
        const url = URL.parse(rest);
        const isHarmless = url === null ? rest === "" : url.password === "";
        if (!isHarmless) written.push(`${name}: ${key}`);
      }
    }
    expect(written).toEqual([]);
  });

  test("opens ports on the loopback address alone, and none for the database, the queue or the workers", () => {
    const open = Object.entries(services).flatMap(([name, service]) =>
      service.ports.map((port) => ({ name, port })),
    );
    expect(open.filter(({ port }) => !port.startsWith("127.0.0.1:"))).toEqual([]);
    expect([...new Set(open.map(({ name }) => name))].sort()).toEqual(["api", "mail"]);
    const [, inside] = /:(\d+)$/.exec(named("api").ports[0] ?? "") ?? [];
    const read = readConfig(environmentOf(named("api"), OPERATOR));
    expect(read).toMatchObject({ kind: "config", config: { port: Number(inside), host: "0.0.0.0" } });
  });

  test("waits only for services that there are, in ways that these can fulfil", () => {
    for (const [name, service] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(service.depends_on)) {
        const awaited = named(other);
        if (condition === "service_healthy") expect(awaited.healthcheck, `${name} → ${other}`).toBeDefined();
        else if (condition === "service_completed_successfully")
          expect(awaited.restart, `${name} → ${other}`).toBe("no");
        else throw new Error(`${name} waits for ${other} to be ${condition}`);
      }
    }
    // Nothing of ours starts on a database without tables.
    expect(named("migrate").depends_on).toHaveProperty("postgres");
    expect(named("api").depends_on).toHaveProperty("migrate");
    expect(Object.keys(named("worker").depends_on).some((each) => each === "migrate" || each === "api")).toBe(
      true,
    );
    const probe = named("api").healthcheck?.test.join(" ") ?? "";
    const [, port, path] = /127\.0\.0\.1:(\d+)(\/[a-z]+)/.exec(probe) ?? [];
    expect(named("api").ports).toContain(`127.0.0.1:8080:${port}`);
    expect(readFileSync("apps/api/health.ts", "utf8")).toContain(`app.get("${path}"`);
  });

  test("mounts only volumes that it names, and no folder of the host", () => {
    const mounted = Object.values(services).flatMap((service) =>
      service.volumes.map((each) => each.split(":")[0]),
    );
    // The export of the ledger is shared: workers write it, the API and they read the journal of stops.
    expect([...new Set(mounted)].sort()).toEqual(Object.keys(volumes).sort());
    for (const [name, service] of Object.entries(services)) {
      for (const key of ["privileged", "network_mode", "pid", "cap_add", "user"])
        expect(service, name).not.toHaveProperty(key);
    }
  });
});

/** A program's arguments inside the image, as the sources they are compiled from. */
function sourceOf(command: readonly string[]): string {
  const file = command.at(-1) ?? "";
  return file.replace(/^dist\//, "").replace(/\.js$/, ".ts");
}

describe("Dockerfile", () => {
  test("ends as a user that is not root, set after everything that needed root", () => {
    const user = image.findLast((line) => line.word === "USER");
    expect(user?.rest).toMatch(/^(?!root|0)[a-z0-9]+$/);
    const after = image.slice(image.findLastIndex((line) => line.word === "USER") + 1);
    expect(after.map((line) => line.word)).toEqual(["CMD"]);
  });

  test("copies only what there is, and only from stages that there are", () => {
    const stages = lines
      .filter((line) => line.word === "FROM")
      .map((line) => / as (\S+)$/i.exec(line.rest)?.[1] ?? "");
    const copies = lines.filter((line) => line.word === "COPY");
    expect(copies.length).toBeGreaterThan(3);
    const ignored = readFileSync(".dockerignore", "utf8").split("\n").filter(Boolean);
    for (const { rest } of copies) {
      const [, from] = /--from=(\S+)/.exec(rest) ?? [];
      const sources = rest
        .split(" ")
        .filter((part) => !part.startsWith("--"))
        .slice(0, -1);
      expect(sources.length, rest).toBeGreaterThan(0);
      if (from !== undefined) expect(stages).toContain(from);
      else {
        for (const source of sources) {
          expect(existsSync(source), source).toBe(true);
          expect(ignored).not.toContain(source.replace(/^\.\//, ""));
        }
      }
    }
  });

  test("copies the folder that the build script writes, and runs npm scripts that there are", () => {
    expect(npmScripts["build"]).toContain("--outDir dist");
    expect(image.some((line) => line.word === "COPY" && line.rest === "--from=build /app/dist ./dist")).toBe(
      true,
    );
    const asked = lines
      .filter((line) => line.word === "RUN")
      .flatMap((line) => [...line.rest.matchAll(/npm run (\S+)/g)].map(([, name]) => name ?? ""));
    expect(asked).toEqual(["build"]);
    expect(asked.filter((name) => npmScripts[name] === undefined)).toEqual([]);
  });

  test("starts programs whose sources there are, here and in docker-compose.yml", () => {
    const cmd = z
      .array(z.string())
      .parse(JSON.parse(image.find((line) => line.word === "CMD")?.rest ?? "null"));
    const commands = [
      cmd,
      ...ours.flatMap(([, service]) => (service.command === undefined ? [] : [service.command])),
    ];
    expect(commands.map(sourceOf).sort()).toEqual([
      "apps/api/main.ts",
      "apps/worker/main.ts",
      "packages/db/migrate.main.ts",
    ]);
    for (const command of commands) {
      expect(command.slice(0, 2)).toEqual(["node", "--conditions=compiled"]);
      expect(existsSync(sourceOf(command)), sourceOf(command)).toBe(true);
    }
  });

  test("takes the Node that the project is tested on, and sees no secrets, data or packages of this machine", () => {
    const { devDependencies } = z
      .looseObject({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync("package.json", "utf8")));
    const major = devDependencies["node"]?.split(".")[0];
    for (const line of lines.filter((each) => each.word === "FROM"))
      expect(line.rest).toMatch(new RegExp(`^node:${major}-`));
    const ignored = readFileSync(".dockerignore", "utf8").split("\n");
    // What git leaves out because it is secret or made must not get into a layer of an image either.
    const unsafe = [".env", ".data", "node_modules", "dist", ".git"].filter(
      (each) => !ignored.includes(each),
    );
    expect(unsafe).toEqual([]);
  });

  test("leaves no file out that compiled code reads beside itself", () => {
    const copied = image
      .filter((line) => line.word === "COPY" && !line.rest.startsWith("--from"))
      .flatMap((line) => line.rest.split(" ").slice(0, -1));
    const folders = globSync(["apps/**/*.{css,svg}", "packages/**/*.sql"]).map((file) =>
      file.slice(0, file.lastIndexOf("/")),
    );
    expect(folders.length).toBeGreaterThan(3);
    expect([...new Set(folders)].filter((folder) => !copied.includes(folder))).toEqual([]);
  });
});
