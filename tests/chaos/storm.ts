import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { EmbeddedPostgres } from "../../apps/local/embedded-postgres.ts";
import type { Crew } from "./crew.ts";
import type { Moment } from "./moments.ts";

/** A restart of PostgreSQL as after a crash. Times are milliseconds since 1970. */
export interface Restart {
  readonly downAt: number;
  readonly upAt: number;
  /** From the server's return to the next message; null: none came within a minute. */
  readonly sendingAfterMs: number | null;
  /** From the server's return to the API's own word that it can work; null: not within a minute. */
  readonly readyAfterMs: number | null;
}

/** An emptied Redis, while messages were being sent. */
export interface Flush {
  readonly at: number;
  /** Keys that were lost. */
  readonly keys: number;
}

export interface Storm {
  readonly restarts: readonly Restart[];
  readonly flushes: readonly Flush[];
  readonly misses: number;
}

export interface StormPlan {
  readonly workers: number;
  readonly kills: number;
  readonly killsAfterDot: number;
  readonly restarts: number;
  readonly flushes: number;
  /** The storm ends then, whatever it came to. */
  readonly longestMs: number;
}

/** Of ten kills: four after the final dot, and every other moment. */
const MOMENTS: readonly Moment[] = [
  "after-dot",
  "any",
  "after-354",
  "after-dot",
  "after-reply",
  "at-rcpt",
  "after-dot",
  "in-body",
  "any",
  "after-dot",
];
const AIM_MS_MAX = 6_000;
const LIFE_MS_MAX = 6_000;
const RESTART_EVERY_MS = 38_000;
const FLUSH_EVERY_MS = 50_000;
/** Messages this recent mean that sending is under way. */
const SENDING_MS = 2_000;
const RECOVERY_MS_MAX = 60_000;

/** Kills workers, crashes PostgreSQL and empties Redis, all at once, until the plan is fulfilled. */
export async function runStorm(
  plan: StormPlan,
  crew: Crew,
  servers: { readonly postgres: EmbeddedPostgres; readonly redisUrl: string; readonly apiUrl: string },
): Promise<Storm> {
  const restarts: Restart[] = [];
  const flushes: Flush[] = [];
  let misses = 0;
  let shots = 0;
  const deadline = performance.now() + plan.longestMs;
  const killed = (moment: Moment | null) =>
    crew.ends.filter((end) => end.cause === "killed" && (moment === null || end.moment === moment)).length;
  const isFulfilled = () =>
    killed(null) >= plan.kills &&
    killed("after-dot") >= plan.killsAfterDot &&
    restarts.length >= plan.restarts &&
    flushes.length >= plan.flushes;
  const isOver = () => isFulfilled() || performance.now() > deadline;

  const shoot = async (place: number) => {
    while (!isOver()) {
      await sleep(Math.random() * LIFE_MS_MAX);
      const moment = MOMENTS[shots % MOMENTS.length] ?? "any";
      shots += 1;
      if (!(await crew.kill(place, moment, AIM_MS_MAX))) misses += 1;
    }
  };
  const crash = async () => {
    while (!isOver()) {
      await sleep(RESTART_EVERY_MS * (0.5 + Math.random() / 2));
      if (await whileSending(crew, isOver))
        restarts.push(await restart(servers.postgres, servers.apiUrl, crew));
    }
  };
  const empty = async () => {
    const redis = new Redis(servers.redisUrl);
    while (!isOver()) {
      await sleep(FLUSH_EVERY_MS * (0.5 + Math.random() / 2));
      if (!(await whileSending(crew, isOver))) break;
      flushes.push({ at: Date.now(), keys: await redis.dbsize() });
      await redis.flushall();
    }
    redis.disconnect();
  };
  await Promise.all([crash(), empty(), ...Array.from({ length: plan.workers }, (_, place) => shoot(place))]);
  return { restarts, flushes, misses };
}

/** Resolves with true as soon as messages are on their way, with false when the storm ends first. */
async function whileSending(crew: Crew, isOver: () => boolean): Promise<boolean> {
  while (Date.now() - (crew.dots.at(-1)?.at ?? 0) > SENDING_MS) {
    if (isOver()) return false;
    await sleep(20);
  }
  return true;
}

async function restart(postgres: EmbeddedPostgres, apiUrl: string, crew: Crew): Promise<Restart> {
  const downAt = Date.now();
  await postgres.restart("immediate");
  const upAt = Date.now();
  const sent = crew.dots.length;
  const [sendingAfterMs, readyAfterMs] = await Promise.all([
    until(async () => crew.dots.length > sent),
    until(async () => (await fetch(`${apiUrl}/readyz`).catch(() => null))?.ok === true),
  ]);
  return { downAt, upAt, sendingAfterMs, readyAfterMs };
}

/** How long it took until this came true; null when it did not within a minute. */
async function until(isTrue: () => Promise<boolean>): Promise<number | null> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < RECOVERY_MS_MAX) {
    if (await isTrue()) return performance.now() - startedAt;
    await sleep(20);
  }
  return null;
}
