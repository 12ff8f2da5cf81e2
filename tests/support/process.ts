import { type ChildProcess, spawn } from "node:child_process";

export interface RunningProgram {
  readonly pid: number;
  /** Everything it has printed so far, on both outputs. */
  output(): string;
  /** Resolves when it has printed this; rejects with its output when it ends or takes too long. */
  untilPrinted(text: string, timeoutMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** What of our own environment a program needs to run at all; nothing that would configure it. */
const PASSED_ON = ["PATH", "HOME", "TMPDIR", "LANG", "USER"];

/** Programs that run now: none outlives us, whatever ends us. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a program of the project as a process of its own, with exactly this configuration. */
export function startProgram(
  file: string,
  environment: Readonly<Record<string, string>>,
  options: { readonly isGroup?: boolean; readonly words?: readonly string[] } = {},
): RunningProgram {
  const own = Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", file, ...(options.words ?? [])], {
    env: { ...own, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own can be sent a signal as a terminal does it: all processes in it at once.
    detached: options.isGroup ?? false,
  });
  let output = "";
  const listeners = new Set<() => void>();
  const hear = (chunk: Buffer) => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  running.add(child);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  void ended.then(() => running.delete(child));
  const pid = child.pid ?? -1;
  return {
    pid,
    output: () => output,
    untilPrinted: (text, timeoutMs = 60_000) =>
      new Promise((resolve, reject) => {
        const settle = (error: Error | null) => {
          listeners.delete(look);
          clearTimeout(timer);
          if (error === null) resolve();
          else reject(error);
        };
        const look = () => {
          if (output.includes(text)) settle(null);
        };
        const timer = setTimeout(
          () => settle(new Error(`${file} did not print ${text}:\n${output}`)),
          timeoutMs,
        );
        listeners.add(look);
        void ended.then((code) => settle(new Error(`${file} ended with ${code}:\n${output}`)));
        look();
      }),
    kill: (signal) => {
      if (options.isGroup === true) process.kill(-pid, signal);
      else child.kill(signal);
    },
    ended,
  };
}
