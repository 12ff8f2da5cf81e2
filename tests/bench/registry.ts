import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import postgres from "postgres";
import { inWorkspace } from "#db/database";
import { ensureGates } from "#db/queries/gates";
import { pointDraft } from "#flow/contacts/contact-draft";
import type { FlowDeps } from "#flow/deps";
import { createWorkspace, TEST_SECRETS, type TestWorkspace } from "../support/product.ts";
import { peakRssOf, runProgram } from "./child.ts";

export interface RegistryOrder {
  readonly ownerUrl: string;
  readonly workspaceId: string;
  readonly keys: FlowDeps["keys"];
  /** The file of the list. */
  readonly path: string;
}

export interface RegistryReport {
  readonly state: string;
  readonly added: number;
  readonly refused: number;
  readonly contactPoints: number;
  readonly receiveSeconds: number;
  /** From the first byte to the last gate row bumped. */
  readonly seconds: number;
  /** Processor time of the importing process, threads and all. */
  readonly receiveCpuSeconds: number;
  readonly cpuSeconds: number;
}

export interface RegistryBench {
  readonly report: RegistryReport;
  readonly numbersPerSecond: number;
  /** The digests that the import stored, put by COPY into a plain table without any index, a row each. */
  readonly bareCopyPerSecond: number;
  readonly ratio: number;
  readonly peakRssBytes: number;
  readonly bytesPerNumber: number;
  /** The longest any of the listed people's gate rows could not be had by a stop meanwhile. */
  readonly longestLockMs: number;
}

const PROBE_EVERY_MS = 5;
const FIRST_NUMBER = 2_012_000_000;
/** Numbers that are not next to each other: 10 million of them fill a tenth of the American plan. */
const STEP = 97;
const LINES_PER_CHUNK = 5_000;
const GATES_TOGETHER = 2_000;

/** Imports `numbers` listed numbers, of which `known` are contacts', and COPYs the same digests beside it. */
export async function benchRegistry(
  ownerUrl: string,
  path: string,
  numbers: number,
  known: number,
): Promise<RegistryBench> {
  const workspace = await createWorkspace(ownerUrl, 4);
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    await makeKnown(workspace, known);
    await pipeline(Readable.from(file(numbers)), createWriteStream(path));
    const order: RegistryOrder = {
      ownerUrl,
      workspaceId: workspace.workspaceId,
      keys: TEST_SECRETS,
      path,
    };
    const child = runProgram("./registry.main.ts", { REGISTRY: JSON.stringify(order) });
    let peakRssBytes = 0;
    const sampler = setInterval(() => {
      if (child.exitCode === null) peakRssBytes = Math.max(peakRssBytes, peakRssOf(child.pid ?? 0));
    }, 200);
    const probe = probeLocks(owner);
    const [report] = (await once(child, "message")) as [RegistryReport];
    peakRssBytes = Math.max(peakRssBytes, peakRssOf(child.pid ?? 0));
    clearInterval(sampler);
    const longestLockMs = await probe.stop();
    await once(child, "exit");
    const bareCopyPerSecond = await bareCopy(ownerUrl, numbers);
    const [size] = await owner<{ bytes: string }[]>`select pg_total_relation_size('registry_block') as bytes`;
    const numbersPerSecond = numbers / report.seconds;
    return {
      report,
      numbersPerSecond,
      bareCopyPerSecond,
      ratio: numbersPerSecond / bareCopyPerSecond,
      peakRssBytes,
      bytesPerNumber: Number(size?.bytes ?? 0) / numbers,
      longestLockMs,
    };
  } finally {
    await owner.end();
    await workspace.close();
  }
}

/** A list in the American layout: area code, comma, seven digits, in order. */
function* file(numbers: number): Generator<Buffer> {
  for (let first = 0; first < numbers; first += LINES_PER_CHUNK) {
    const count = Math.min(LINES_PER_CHUNK, numbers - first);
    yield Buffer.from(Array.from({ length: count }, (_, place) => line(first + place)).join(""));
  }
}
const line = (place: number): string => {
  const number = String(numberAt(place));
  return `${number.slice(0, 3)},${number.slice(3)}\n`;
};
const numberAt = (place: number): number => FIRST_NUMBER + STEP * place;

/** Gate rows of people who are on the list. */
async function makeKnown({ deps, database, workspaceId }: TestWorkspace, known: number): Promise<void> {
  for (let first = 0; first < known; first += GATES_TOGETHER) {
    const keys = Array.from({ length: Math.min(GATES_TOGETHER, known - first) }, (_, place) => {
      const number = `+1${numberAt(first + place)}`;
      const draft = pointDraft(deps.keys, workspaceId, "phone", number, true);
      if (draft === null) throw new Error(`${number} is no number`);
      return draft.gateKey;
    });
    await inWorkspace(database, workspaceId, (tx) => ensureGates(tx, workspaceId, keys));
  }
}

/** Asks for random gate rows as a stop does, and tells how long the longest wait was. */
function probeLocks(owner: postgres.Sql): { stop(): Promise<number> } {
  let isOver = false;
  let longestMs = 0;
  const running = (async () => {
    const [row] = await owner<
      { low: string; high: string }[]
    >`select min(id) as low, max(id) as high from gate`;
    const [low, high] = [Number(row?.low), Number(row?.high)];
    while (!isOver) {
      const id = low + Math.floor(Math.random() * (high - low + 1));
      const askedAt = performance.now();
      await owner`select id from gate where id = ${id} for no key update`;
      longestMs = Math.max(longestMs, performance.now() - askedAt);
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await running;
      return longestMs;
    },
  };
}

async function bareCopy(ownerUrl: string, numbers: number): Promise<number> {
  const client = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    await client.unsafe("create table bench_digest (digest bytea)");
    const digests = await client.unsafe<{ digests: Buffer }[]>("select digests from registry_block");
    const startedAt = performance.now();
    const copy = await client`copy bench_digest from stdin`.writable();
    await pipeline(Readable.from(lines(digests.map((row) => row.digests))), copy);
    // The stream ends when all is sent; the connection answers again when all is stored.
    await client`select 1`;
    return (numbers / (performance.now() - startedAt)) * 1_000;
  } finally {
    await client.unsafe("drop table if exists bench_digest");
    await client.end();
  }
}

function* lines(blocks: readonly Buffer[]): Generator<string> {
  for (const block of blocks) {
    const hex = block.toString("hex");
    let text = "";
    for (let at = 0; at < hex.length; at += 16) text += `\\\\x${hex.slice(at, at + 16)}\n`;
    yield text;
  }
}
