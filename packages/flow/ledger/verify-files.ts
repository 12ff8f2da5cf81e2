import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Checkpoint } from "#db/ledger/checkpoint";
import type { NoteVerifier } from "#db/ledger/note";
import { type EventChecks, eventChecks, type OtherSide } from "./event-checks.ts";
import {
  type ClosedSegment,
  checkpointsFile,
  eventsFile,
  lastSegment,
  lineBlocks,
  MANIFEST_FILE,
  type Manifest,
  readNotes,
  SEGMENT_EVENTS,
  segmentOfSize,
} from "./export-format.ts";
import { type Finding, incomplete, tampered } from "./findings.ts";
import type { KeyChains } from "./key-chains.ts";
import {
  type CheckpointChain,
  checkLastCheckpointFile,
  checkLastNote,
  checkpointChain,
  type ExportedCheckpoint,
  newestNote,
  signedCheckpoint,
} from "./verify-checkpoints.ts";
import { LOOK_AGAIN_MS, verifySegment } from "./verify-segment.ts";

export interface FilesOptions {
  readonly directory: string;
  readonly verifiers: readonly NoteVerifier[];
  /** Checkpoints kept elsewhere: the files must contain the same trees. */
  readonly kept: readonly Checkpoint[];
  /** How long a writer at work may take to bring events behind their checkpoint; ms. */
  readonly patienceMs: number;
  /** Null: the files alone. */
  readonly other: OtherSide | null;
}

export interface FilesVerified {
  readonly finding: Finding | null;
  readonly newest: ExportedCheckpoint | null;
  readonly events: number;
  readonly checkpoints: number;
  readonly chains: KeyChains;
}

/** Reads an export from its first event to its newest checkpoint and stops at the first thing that is wrong. */
export async function verifyFiles(options: FilesOptions): Promise<FilesVerified> {
  const checks = eventChecks(options.kept, options.other);
  const answer = (finding: Finding | null, newest: ExportedCheckpoint | null, checkpoints: number) => ({
    finding,
    newest,
    events: checks.size,
    checkpoints,
    chains: checks.chains,
  });
  const begun = await findNewest(options);
  if ("finding" in begun) return answer(begun.finding, null, 0);
  const walk = { options, checks, newest: begun.checkpoint, chain: checkpointChain(), checkpoints: 0 };
  const finding = await walkAll(walk);
  return answer(finding, walk.newest, walk.checkpoints);
}

interface Walk {
  readonly options: FilesOptions;
  readonly checks: EventChecks;
  /** The newest checkpoint when the walk began: what comes meanwhile is the next walk's. */
  readonly newest: ExportedCheckpoint;
  readonly chain: CheckpointChain;
  checkpoints: number;
}

async function findNewest(
  options: FilesOptions,
): Promise<{ readonly checkpoint: ExportedCheckpoint } | { readonly finding: Finding }> {
  const { directory, verifiers, kept } = options;
  let note: string | null;
  try {
    note = await newestNote(directory);
  } catch {
    return { finding: incomplete("file-missing", `the directory ${directory} cannot be read`) };
  }
  if (note === null) {
    const hasEvents = (await lastSegment(directory, "events")) >= 0;
    return {
      finding: hasEvents
        ? tampered("checkpoint-rolled-back", { position: 0 }, "there are events, but no checkpoint")
        : incomplete("no-checkpoint", "there is no checkpoint yet"),
    };
  }
  const opened = signedCheckpoint(note, verifiers);
  if ("finding" in opened) return opened;
  const { size } = opened.checkpoint;
  const beyond = kept.find((each) => each.size > size);
  if (beyond === undefined) return opened;
  return {
    finding: tampered(
      "checkpoint-rolled-back",
      { position: size },
      `the files end at size ${size}, but a checkpoint of size ${beyond.size} was signed`,
    ),
  };
}

async function walkAll(walk: Walk): Promise<Finding | null> {
  const { directory, other, patienceMs } = walk.options;
  const manifest = await readManifest(directory);
  if ("finding" in manifest) return manifest.finding;
  const last = segmentOfSize(walk.newest.size);
  for (let segment = 0; segment <= last; segment += 1) {
    const isWhole = (segment + 1) * SEGMENT_EVENTS <= walk.newest.size;
    const closed = isWhole ? (manifest.segments[segment] ?? null) : null;
    const { checks, newest } = walk;
    const finding =
      (await readCheckpointsOf(walk, segment)) ??
      (await verifySegment({ directory, segment, newest, closed, checks, other, patienceMs }));
    if (finding !== null) return finding;
  }
  return (await eventsBehind(walk.options, last)) ?? checkEnds(walk);
}

/** The checkpoints whose last events stand in a segment: signed, and each following from the one before. */
async function readCheckpointsOf(walk: Walk, segment: number): Promise<Finding | null> {
  const path = checkpointsFile(walk.options.directory, segment);
  const read = await readNotes(path).catch(() => null);
  if (read === null) return incomplete("file-missing", `the file ${basename(path)} is missing`);
  const due: ExportedCheckpoint[] = [];
  for (const { note } of read.notes) {
    const opened = signedCheckpoint(note, walk.options.verifiers);
    if ("finding" in opened) return opened.finding;
    if (opened.checkpoint.size > walk.newest.size) break;
    const finding = walk.chain.follow(opened.checkpoint);
    if (finding !== null) return finding;
    due.push(opened.checkpoint);
  }
  walk.checkpoints += due.length;
  walk.checks.expect(due);
  return null;
}

/** Events are written behind their checkpoint: more than the newest one seals means that it is not the newest. */
async function eventsBehind(options: FilesOptions, segment: number): Promise<Finding | null> {
  const { directory, verifiers } = options;
  const last = await lastSegment(directory, "events");
  if (last < segment) return null;
  // The first line is no event.
  let size = last * SEGMENT_EVENTS - 1;
  for await (const block of lineBlocks(eventsFile(directory, last))) size += block.count;
  const note = await newestNote(directory);
  const opened = note === null ? null : signedCheckpoint(note, verifiers);
  if (opened === null || "finding" in opened) return opened?.finding ?? null;
  return size > opened.checkpoint.size
    ? tampered(
        "checkpoint-rolled-back",
        { position: opened.checkpoint.size },
        `the files hold ${size} events, but the newest checkpoint seals ${opened.checkpoint.size}`,
      )
    : null;
}

/** How the files end; a writer at work may need a moment to finish what it began. */
async function checkEnds({ options, newest }: Walk): Promise<Finding | null> {
  const { directory, verifiers, patienceMs } = options;
  for (let waitedMs = 0; ; waitedMs += LOOK_AGAIN_MS) {
    const finding =
      (await checkLastCheckpointFile(directory, newest, verifiers)) ?? (await checkLastNote(directory));
    if (finding?.kind !== "incomplete" || waitedMs >= patienceMs) return finding;
    await sleep(LOOK_AGAIN_MS);
  }
}

async function readManifest(
  directory: string,
): Promise<{ readonly segments: readonly ClosedSegment[] } | { readonly finding: Finding }> {
  const text = await readFile(join(directory, MANIFEST_FILE), "utf8").catch(() => null);
  if (text === null) return { segments: [] };
  try {
    const { segments } = JSON.parse(text) as Manifest;
    if (Array.isArray(segments)) return { segments };
  } catch {
    // Told below.
  }
  return { finding: tampered("manifest-mismatch", {}, "the manifest cannot be read") };
}
