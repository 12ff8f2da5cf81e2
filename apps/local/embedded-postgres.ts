import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresPlace, postgresPlace } from "./postgres-binaries.ts";

const START_MS_MAX = 60_000;

export interface EmbeddedPostgres {
  /** The owner's login. */
  readonly url: string;
  readonly clusterDirectory: string;
  readonly isElsewhere: boolean;
  /** Stops the server and starts it again on the same data and port. `immediate` is a crash. */
  restart(mode: "fast" | "immediate"): Promise<void>;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Where the data should lie; kept between starts. */
  readonly directory: string;
  /** False only where losing the data of a crash does not matter, as in tests. */
  readonly isDurable?: boolean;
}

/**
 * Runs PostgreSQL from its npm package, on this machine's loopback address only, with a password made at the first
 * start. A server left behind by a killed process is stopped first.
 * @throws with the server's own words when it does not come up.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = postgresPlace(options.directory);
  const password = passwordFor(options.directory);
  if (!existsSync(join(place.clusterDirectory, "PG_VERSION"))) initialise(place, password);
  stopLeftover(place);
  const port = await freePort();
  let server = await launch(place, port, options.isDurable ?? true);
  const end = async (signal: "SIGINT" | "SIGQUIT") => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.ref();
    server.kill(signal);
    await ended;
  };
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    clusterDirectory: place.clusterDirectory,
    isElsewhere: place.isElsewhere,
    restart: async (mode) => {
      await end(mode === "immediate" ? "SIGQUIT" : "SIGINT");
      server = await launch(place, port, options.isDurable ?? true);
    },
    stop: () => end("SIGINT"),
  };
}

/** The owner's password, made once and kept beside the data in a file only we can read. */
function passwordFor(directory: string): string {
  const file = join(directory, "password");
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("hex"), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

function identity(place: PostgresPlace) {
  return place.runAs === null ? {} : { uid: place.runAs.uid, gid: place.runAs.gid };
}

function initialise(place: PostgresPlace, password: string): void {
  const directory = mkdtempSync(join(tmpdir(), "consentry-"));
  const passwordFile = join(directory, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (place.runAs !== null) {
    chownSync(directory, place.runAs.uid, place.runAs.gid);
    chownSync(passwordFile, place.runAs.uid, place.runAs.gid);
  }
  mkdirSync(place.clusterDirectory, { recursive: true });
  try {
    execFileSync(
      join(place.binDirectory, "initdb"),
      [
        `--pgdata=${place.clusterDirectory}`,
        "--username=postgres",
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
      ],
      { ...identity(place), stdio: ["ignore", "ignore", "pipe"], cwd: "/" },
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A server whose parent was killed goes on; it must not hold the data when we start. */
function stopLeftover(place: PostgresPlace): void {
  if (!existsSync(join(place.clusterDirectory, "postmaster.pid"))) return;
  try {
    execFileSync(
      join(place.binDirectory, "pg_ctl"),
      ["stop", "-D", place.clusterDirectory, "-m", "fast", "-w", "-t", "20"],
      { ...identity(place), stdio: "ignore", cwd: "/" },
    );
  } catch {
    // Nothing runs: the file is of a crash, and the server removes it itself when it starts.
  }
}

function launch(place: PostgresPlace, port: number, isDurable: boolean): Promise<ChildProcess> {
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=120",
    "shared_buffers=256MB",
    "max_wal_size=2GB",
    "timezone=UTC",
    ...(isDurable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]),
  ];
  return new Promise((resolve, reject) => {
    const server = spawn(
      join(place.binDirectory, "postgres"),
      ["-D", place.clusterDirectory, ...settings.flatMap((setting) => ["-c", setting])],
      // A session of its own: Ctrl-C must reach us first, so that we stop what uses the database before it.
      { ...identity(place), stdio: ["ignore", "ignore", "pipe"], cwd: "/", detached: true },
    );
    let said = "";
    const timer = setTimeout(() => {
      server.kill("SIGQUIT");
      reject(new Error(`PostgreSQL did not start within ${START_MS_MAX / 1000} s:\n${said}`));
    }, START_MS_MAX);
    server.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
      if (!said.includes("ready to accept connections")) return;
      clearTimeout(timer);
      server.stderr.removeAllListeners("data");
      server.stderr.resume();
      resolve(server);
    });
    server.once("exit", () => {
      clearTimeout(timer);
      reject(new Error(`PostgreSQL ended while starting:\n${said}`));
    });
    server.unref();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no free port")),
      );
    });
  });
}
