import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { findProgram } from "./programs.ts";

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** A Redis of our own on a free loopback port, set up as production must be: no eviction, append-only file. */
export async function startRedis(directory: string, policy = "noeviction"): Promise<RedisServer> {
  const port = await freePort();
  const server = spawn(
    findProgram("redis-server"),
    [
      ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"],
      ...["--maxmemory-policy", policy, "--dir", mkdtempSync(join(directory, "redis-"))],
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  await new Promise<void>((resolve, reject) => {
    server.stdout.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("Ready to accept connections")) resolve();
    });
    server.once("exit", () => reject(new Error("redis-server ended while starting")));
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: async () => {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
    },
  };
}

export function freePort(): Promise<number> {
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
