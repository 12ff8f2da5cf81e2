import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Checkpoint, openCheckpoint } from "#db/ledger/checkpoint";
import { EMPTY_ROOT } from "#db/ledger/merkle";
import type { NoteVerifier } from "#db/ledger/note";
import { checkpointsFile, LAST_CHECKPOINT_FILE, lastSegment, readNotes } from "./export-format.ts";
import { type Finding, incomplete, tampered } from "./findings.ts";

/** A checkpoint of the files, with its note. */
export interface ExportedCheckpoint extends Checkpoint {
  readonly note: string;
}

/** A signed checkpoint, or what is wrong with it. */
export function signedCheckpoint(
  note: string,
  verifiers: readonly NoteVerifier[],
): { readonly checkpoint: ExportedCheckpoint } | { readonly finding: Finding } {
  const opened = openCheckpoint(note, verifiers);
  if (opened.kind === "signed") return { checkpoint: { ...opened.checkpoint, note } };
  const what =
    opened.kind === "not-signed"
      ? "none of the given keys signed a checkpoint"
      : "a checkpoint has no valid form";
  const [, size] = note.split("\n");
  return { finding: tampered("checkpoint-not-signed", {}, `${what} (it says size ${size ?? "?"})`) };
}

/** The newest checkpoint in the files, unchecked; null when there is none. */
export async function newestNote(directory: string): Promise<string | null> {
  for (let segment = await lastSegment(directory, "checkpoints"); segment >= 0; segment -= 1) {
    const { notes } = await readNotes(checkpointsFile(directory, segment));
    const last = notes.at(-1);
    if (last !== undefined) return last.note;
  }
  return null;
}

export interface CheckpointChain {
  /** The next checkpoint must follow from the last one; returns what is wrong. */
  follow(checkpoint: ExportedCheckpoint): Finding | null;
}

/** Checks that checkpoints follow from each other: one ledger, growing sizes, times that do not go back, named roots. */
export function checkpointChain(): CheckpointChain {
  let last: ExportedCheckpoint | null = null;
  return {
    follow: (checkpoint) => {
      const problem = linkProblem(last, checkpoint);
      if (problem !== null)
        return tampered(
          "checkpoint-order",
          { position: last?.size ?? 0 },
          `the checkpoint of size ${checkpoint.size} ${problem}`,
        );
      last = checkpoint;
      return null;
    },
  };
}

function linkProblem(last: ExportedCheckpoint | null, next: ExportedCheckpoint): string | null {
  if (last !== null && next.origin !== last.origin) return `is of another ledger (${next.origin})`;
  if (next.size <= (last?.size ?? 0)) return "is not larger than the one before";
  if (last !== null && next.time < last.time) return "is older than the one before";
  if (next.previousSize !== (last?.size ?? 0))
    return `follows size ${next.previousSize}, which is not the one before it`;
  if (!next.previousRoot.equals(last?.root ?? EMPTY_ROOT)) return "names another root for the one before";
  return null;
}

/** The file that holds the newest checkpoint alone: it must say the same as the list. */
export async function checkLastCheckpointFile(
  directory: string,
  newest: ExportedCheckpoint,
  verifiers: readonly NoteVerifier[],
): Promise<Finding | null> {
  const note = await readFile(join(directory, LAST_CHECKPOINT_FILE), "utf8").catch(() => null);
  if (note === null) return incomplete("file-missing", `the file ${LAST_CHECKPOINT_FILE} is missing`);
  const opened = signedCheckpoint(note, verifiers);
  if ("finding" in opened) return opened.finding;
  const { checkpoint } = opened;
  if (checkpoint.size > newest.size) {
    const later = await newestNote(directory);
    const listed = later === null ? null : openCheckpoint(later, verifiers);
    const size = listed?.kind === "signed" ? listed.checkpoint.size : 0;
    if (size < checkpoint.size)
      return tampered(
        "checkpoint-rolled-back",
        { position: newest.size },
        `the list of checkpoints ends at size ${size}, but one of size ${checkpoint.size} was signed`,
      );
    return null;
  }
  if (checkpoint.size < newest.size)
    return incomplete(
      "half-written",
      `the file ${LAST_CHECKPOINT_FILE} (size ${checkpoint.size}) is older than the list (size ${newest.size})`,
    );
  return checkpoint.note === newest.note
    ? null
    : tampered(
        "checkpoint-order",
        { position: newest.previousSize },
        `there are two checkpoints of size ${newest.size}`,
      );
}

/** A crash may leave the newest checkpoint half written. */
export async function checkLastNote(directory: string): Promise<Finding | null> {
  const path = checkpointsFile(directory, await lastSegment(directory, "checkpoints"));
  const { restBytes } = await readNotes(path);
  return restBytes === 0
    ? null
    : incomplete("half-written", `the last checkpoint in ${basename(path)} is half written`);
}
