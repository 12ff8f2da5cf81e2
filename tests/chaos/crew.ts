import { setTimeout as sleep } from "node:timers/promises";
import { processEnvironment } from "../bench/sending.ts";
import { type RunningProgram, startProgram } from "../support/process.ts";
import { type LostPermit, lostPermits } from "./evidence.ts";
import { type Dot, type Moment, type WatchedSink, watchedSink } from "./moments.ts";

/** The end of a worker process: by us, or by itself. Times are milliseconds since 1970. */
export interface WorkerEnd {
  readonly at: number;
  readonly place: number;
  /** Null when it ended before it was ready. */
  readonly session: string | null;
  readonly cause: "killed" | "ended-itself" | "stopped";
  readonly moment: Moment | null;
  /** The recipient whose hand-over the kill was aimed at, where the mail server knew it. */
  readonly recipientId: number | null;
  /** What it still had on the wire a moment later; read before the sweeper may touch it. */
  readonly lost: readonly LostPermit[];
  /** Its last words, when it ended by itself. */
  readonly output: string;
}

export interface CrewOptions {
  readonly workers: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly lanes: number;
  /** What the mail servers wait before 354 and before the reply to a dot, so that much is on the wire at any time. */
  readonly replyDelayMs: number;
  /** Called whenever a body is announced, `replyDelayMs` before its 354. */
  readonly onDataAsked?: (to: string) => void;
}

/** Worker processes that are started again whenever they end, as a supervisor would; each has its own mail server. */
export interface Crew {
  readonly dots: readonly Dot[];
  readonly ends: readonly WorkerEnd[];
  /** Errors that workers which have ended had logged, by code; they carried on after each. */
  errors(): string;
  /** Resolves when every worker is ready. @throws when that takes longer than three minutes. */
  untilReady(): Promise<void>;
  /**
   * Kills the worker at this place at the next such moment. Resolves when it is dead; false when no such moment came
   * in time, and nobody was killed.
   */
  kill(place: number, moment: Moment, timeoutMs: number): Promise<boolean>;
  /** Ends all workers by SIGTERM and the mail servers with them; once. @throws when a worker does not end within 30 s. */
  stop(): Promise<void>;
}

const READY = "the worker is ready";
const START_PAUSE_MS = 100;
const READY_MS_MAX = 180_000;
const STOP_MS_MAX = 30_000;
/** A statement that was under way when its worker died is done by then. */
const SETTLED_MS = 1_000;
const OUTPUT_KEPT = 4_000;

interface Post {
  readonly place: number;
  readonly sink: WatchedSink;
  program: RunningProgram | null;
  isReady: boolean;
  readonly errors: string[];
  /** Set while our signal is under way: what the process dies of next is ours. */
  killing: { readonly moment: Moment; readonly recipientId: number | null } | null;
}

export async function startCrew(options: CrewOptions): Promise<Crew> {
  const dots: Dot[] = [];
  const ends: WorkerEnd[] = [];
  const reading = new Set<Promise<void>>();
  let stopping = false;
  const posts: Post[] = [];
  for (let place = 0; place < options.workers; place += 1) {
    const sink = await watchedSink(place, options.replyDelayMs, (dot) => dots.push(dot), options.onDataAsked);
    posts.push({ place, sink, program: null, isReady: false, errors: [], killing: null });
  }
  const keep = async (post: Post) => {
    while (!stopping) {
      const ended = await runOnce(post, options);
      const cause = stopping && ended.cause === "ended-itself" ? "stopped" : ended.cause;
      const read = readLost(options.databaseUrl, ended.session).then((lost) => {
        ends.push({ ...ended, cause, lost });
        reading.delete(read);
      });
      reading.add(read);
      if (!stopping) await sleep(START_PAUSE_MS);
    }
  };
  const keeping = posts.map(keep);
  return {
    dots,
    ends,
    errors: () => tally(posts.flatMap((post) => post.errors)),
    untilReady: async () => {
      const deadline = performance.now() + READY_MS_MAX;
      while (!posts.every((post) => post.isReady)) {
        if (performance.now() > deadline) throw new Error("the workers do not get ready");
        await sleep(50);
      }
    },
    kill: async (place, moment, timeoutMs) => {
      const post = posts[place];
      return post === undefined ? false : killAt(post, moment, timeoutMs);
    },
    stop: async () => {
      if (stopping) return;
      stopping = true;
      for (const post of posts) post.program?.kill("SIGTERM");
      const outcome = await Promise.race([Promise.all(keeping), sleep(STOP_MS_MAX, "late" as const)]);
      for (const post of posts) if (outcome === "late") post.program?.kill("SIGKILL");
      await Promise.all(keeping);
      await Promise.all(reading);
      await Promise.all(posts.map((post) => post.sink.stop()));
      if (outcome === "late")
        throw new Error(`a worker did not end within ${STOP_MS_MAX / 1000} s of SIGTERM`);
    },
  };
}

/** One life of the worker at a post, from its start to its end. */
async function runOnce(post: Post, options: CrewOptions): Promise<Omit<WorkerEnd, "lost">> {
  const program = startProgram("apps/worker/main.ts", {
    ...processEnvironment(options.databaseUrl, post.sink.port),
    REDIS_URL: options.redisUrl,
    WORKER_LANES: String(options.lanes),
    LOG_LEVEL: "info",
  });
  post.program = program;
  program.untilPrinted(READY, READY_MS_MAX).then(
    () => {
      post.isReady = post.program === program;
    },
    // It ended before it was ready; its end is reported below.
    () => undefined,
  );
  await program.ended;
  const at = Date.now();
  const output = program.output();
  const { killing } = post;
  post.program = null;
  post.isReady = false;
  post.killing = null;
  post.sink.aim(null);
  for (const [line] of output.matchAll(/^.*"level":50.*$/gm)) post.errors.push(codeIn(line));
  return {
    at,
    place: post.place,
    session: /"workerSession":"([0-9a-f-]{36})"/.exec(output)?.[1] ?? null,
    cause: killing === null ? "ended-itself" : "killed",
    moment: killing?.moment ?? null,
    recipientId: killing?.recipientId ?? null,
    output: killing === null ? output.slice(-OUTPUT_KEPT) : "",
  };
}

const codeIn = (line: string): string => /"code":"([^"]+)"/.exec(line)?.[1] ?? "no code";

function tally(codes: readonly string[]): string {
  const counts = Object.entries(Object.groupBy(codes, (code) => code));
  return counts.length === 0
    ? "none"
    : counts.map(([code, each]) => `${each?.length ?? 0} ${code}`).join(", ");
}

async function readLost(databaseUrl: string, session: string | null): Promise<LostPermit[]> {
  if (session === null) return [];
  await sleep(SETTLED_MS);
  return lostPermits(databaseUrl, session);
}

async function killAt(post: Post, moment: Moment, timeoutMs: number): Promise<boolean> {
  const { program } = post;
  if (program === null || !post.isReady) return false;
  const strike = (recipientId: number | null) => {
    // The signal goes out in the same turn of the loop in which the moment was seen.
    program.kill("SIGKILL");
    post.killing = { moment, recipientId };
  };
  if (moment === "any") strike(null);
  else post.sink.aim({ moment, fire: strike });
  const patience = sleep(timeoutMs, "late" as const);
  const outcome = await Promise.race([program.ended, patience]);
  if (outcome !== "late") return true;
  post.sink.aim(null);
  if (post.killing === null) return false;
  // The moment came with the last tick of our patience.
  await program.ended;
  return true;
}
