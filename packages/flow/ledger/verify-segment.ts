import { createHash, type Hash } from "node:crypto";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventChecks, OtherSide } from "./event-checks.ts";
import {
  type ClosedSegment,
  eventsFile,
  eventsHeader,
  type LineBlock,
  lastSegment,
  lineBlocks,
  SEGMENT_EVENTS,
  segmentOfSize,
} from "./export-format.ts";
import { type Finding, incomplete, tampered } from "./findings.ts";
import type { ExportedCheckpoint } from "./verify-checkpoints.ts";

export const LOOK_AGAIN_MS = 200;

/** One events file, and what is expected of it. */
export interface SegmentWalk {
  readonly directory: string;
  readonly segment: number;
  /** The newest checkpoint: the walk ends with its last event. */
  readonly newest: ExportedCheckpoint;
  /** The manifest's entry; null: none, or not all of the file is walked. */
  readonly closed: ClosedSegment | null;
  readonly checks: EventChecks;
  readonly other: OtherSide | null;
  readonly patienceMs: number;
}

/** Walks an events file, up to its end or to the newest checkpoint. */
export async function verifySegment(walk: SegmentWalk): Promise<Finding | null> {
  const path = eventsFile(walk.directory, walk.segment);
  const below = Math.min((walk.segment + 1) * SEGMENT_EVENTS, walk.newest.size);
  const digest = walk.closed === null ? null : createHash("sha256");
  const read = { offset: 0, restBytes: 0 };
  for (let waitedMs = 0; ; waitedMs += LOOK_AGAIN_MS) {
    const finding = await readOn(walk, path, below, digest, read).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
      const mayCome = walk.segment === segmentOfSize(walk.newest.size) && waitedMs < walk.patienceMs;
      return mayCome ? null : incomplete("file-missing", `the file ${basename(path)} is missing`);
    });
    if (finding !== null) return finding;
    if (walk.checks.size >= below || waitedMs >= walk.patienceMs) break;
    await sleep(LOOK_AGAIN_MS);
  }
  if (walk.checks.size < below) return tooShort(walk, path, read.restBytes);
  return digest !== null && digest.digest("hex") !== walk.closed?.sha256
    ? tampered("manifest-mismatch", {}, `the file ${basename(path)} is not what the manifest says`)
    : null;
}

/** Reads what has been added since the last look. */
async function readOn(
  walk: SegmentWalk,
  path: string,
  below: number,
  digest: Hash | null,
  read: { offset: number; restBytes: number },
): Promise<Finding | null> {
  for await (const block of lineBlocks(path, read.offset)) {
    read.restBytes = block.restBytes;
    digest?.update(block.bytes);
    const finding = await checkBlock(walk, block, read.offset === 0, below);
    if (finding !== null) return finding;
    read.offset += block.bytes.length;
  }
  return null;
}

async function checkBlock(
  { segment, newest, checks, other }: SegmentWalk,
  block: LineBlock,
  isFirst: boolean,
  below: number,
): Promise<Finding | null> {
  if (block.count === 0) return null;
  if (isFirst && `${textOf(block, 0)}\n` !== eventsHeader(newest.origin, segment))
    return tampered("event-altered", { position: checks.size }, "an events file begins as another ledger's");
  const firstLine = isFirst ? 1 : 0;
  const wanted = Math.min(block.count - firstLine, below - checks.size);
  if (wanted > 0) {
    const finding = (await other?.load(checks.size, checks.size + wanted)) ?? null;
    if (finding !== null) return finding;
  }
  for (let line = firstLine; line < block.count; line += 1) {
    // Lines behind the last event of a closed file were put there; those behind the newest checkpoint are looked at later.
    if (checks.size >= below)
      return below === (segment + 1) * SEGMENT_EVENTS
        ? tampered("event-inserted", { position: below }, "a closed file goes on behind its last event")
        : null;
    const checked = checks.line(block, line);
    const finding = checked instanceof Promise ? await checked : checked;
    if (finding !== null) return finding;
  }
  return null;
}

/** A closed file is never short by itself; the last one may be, when its writer was stopped. */
async function tooShort(walk: SegmentWalk, path: string, restBytes: number): Promise<Finding> {
  const { size } = walk.checks;
  if (walk.segment < (await lastSegment(walk.directory, "events")))
    return tampered("event-missing", { position: size }, `the closed file ${basename(path)} was cut off`);
  return restBytes > 0
    ? incomplete("half-written", `the last line of ${basename(path)} (position ${size}) is half written`)
    : incomplete(
        "events-not-exported",
        `a checkpoint seals ${walk.newest.size} events, the files hold ${size}`,
      );
}

const textOf = (block: LineBlock, line: number): string =>
  block.buffer.toString("utf8", block.starts[line], block.ends[line]);

const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
