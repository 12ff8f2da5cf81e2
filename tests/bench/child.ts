import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { SinkReport } from "./sink.main.ts";

/** Runs one of the programs beside this file, or of the product, with messages between the processes. */
export function runProgram(path: string, environment: Readonly<Record<string, string>> = {}): ChildProcess {
  return fork(new URL(path, import.meta.url), [], {
    execArgv: ["--import", "tsx"],
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // Keeps buffers what they are on the way.
    serialization: "advanced",
  });
}

export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** The largest resident memory of a running process so far, in bytes. */
export function peakRssOf(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

export interface Sink {
  readonly port: number;
  readonly pid: number;
  report(): Promise<SinkReport>;
  reset(): Promise<SinkReport>;
  /** Resolves when this many messages came. @throws when nothing moves for a minute. */
  until(count: number): Promise<SinkReport>;
  stop(): Promise<void>;
}

const STUCK_MS = 60_000;

export async function startSink(): Promise<Sink> {
  const child = runProgram("./sink.main.ts");
  const answer = async (): Promise<SinkReport> => {
    const [report] = await once(child, "message");
    return report as SinkReport;
  };
  const { port } = await answer();
  const ask = (wish: "report" | "reset") => {
    child.send(wish);
    return answer();
  };
  return {
    port,
    pid: child.pid ?? 0,
    report: () => ask("report"),
    reset: () => ask("reset"),
    until: async (count) => {
      let last = { count: -1, at: performance.now() };
      for (;;) {
        const report = await ask("report");
        if (report.count >= count) return report;
        if (report.count !== last.count) last = { count: report.count, at: performance.now() };
        if (performance.now() - last.at > STUCK_MS)
          throw new Error(`stuck at ${report.count} of ${count} messages`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    stop: () => endProgram(child),
  };
}
