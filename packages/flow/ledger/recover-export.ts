import { truncate } from "node:fs/promises";
import type { Tx } from "#db/database";
import { readCheckpoint } from "#db/ledger/checkpoint";
import { entryHash } from "#db/ledger/merkle";
import { entryAt } from "#db/ledger/tiles";
import { readCheckpoints, readLedger, tileReader } from "#db/queries/ledger";
import {
  checkpointsFile,
  eventsFile,
  eventsHeader,
  lastSegment,
  lineBlocks,
  linePartsOf,
  readNotes,
  SEGMENT_EVENTS,
} from "./export-format.ts";
import { fieldsOf } from "./verify-line.ts";

/** Why nothing was written. */
export type ExportFault =
  /** The files hold something that the database does not: somebody changed the one or the other. */
  | { readonly kind: "differs"; readonly position: number | null; readonly what: string }
  /** The files go further than the database: it was set back, or they are another ledger's. */
  | { readonly kind: "ahead"; readonly size: number };

/** How far the files go. */
export interface ExportPlace {
  /** Events in the files, and bytes of the last events file. */
  readonly eventsSize: number;
  readonly eventsBytes: number;
  /** Size of the last checkpoint in the files, and bytes of the last checkpoints file. */
  readonly checkpointSize: number;
  readonly checkpointBytes: number;
}

export type Recovered =
  /** `lastNote` is the newest checkpoint in the files. */
  { readonly kind: "place"; readonly place: ExportPlace; readonly lastNote: string | null } | ExportFault;

/**
 * Finds how far the files of a directory go and compares their end with the database. What a crash left half written at
 * the end of a file is cut off; anything else that differs is left as it is, for it is evidence.
 */
export async function recoverExport(tx: Tx, directory: string, origin: string): Promise<Recovered> {
  const checkpoints = await lastCheckpoint(tx, directory);
  if (checkpoints.kind !== "found") return checkpoints;
  const events = await lastEvents(tx, directory, origin);
  if (events.kind !== "found") return events;
  const { size } = await readLedger(tx);
  const reached = Math.max(checkpoints.size, events.size);
  if (reached > size) return { kind: "ahead", size: reached };
  return {
    kind: "place",
    lastNote: checkpoints.lastNote,
    place: {
      eventsSize: events.size,
      eventsBytes: events.bytes,
      checkpointSize: checkpoints.size,
      checkpointBytes: checkpoints.bytes,
    },
  };
}

interface Found {
  readonly kind: "found";
  readonly size: number;
  readonly bytes: number;
}

async function lastCheckpoint(
  tx: Tx,
  directory: string,
): Promise<(Found & { readonly lastNote: string | null }) | ExportFault> {
  for (let segment = await lastSegment(directory, "checkpoints"); segment >= 0; segment -= 1) {
    const path = checkpointsFile(directory, segment);
    const { notes, restBytes } = await readNotes(path);
    const last = notes.at(-1);
    if (restBytes > 0) await truncate(path, last?.endByte ?? 0);
    if (last === undefined) continue;
    const checkpoint = readCheckpoint(last.note);
    if (checkpoint === null)
      return { kind: "differs", position: null, what: "the last checkpoint cannot be read" };
    if (checkpoint.size > (await readLedger(tx)).size) return { kind: "ahead", size: checkpoint.size };
    const [stored] = await readCheckpoints(tx, checkpoint.size - 1, 1);
    if (stored?.note !== last.note)
      return {
        kind: "differs",
        position: checkpoint.size - 1,
        what: "the last checkpoint is not the database's",
      };
    return { kind: "found", size: checkpoint.size, bytes: last.endByte, lastNote: last.note };
  }
  return { kind: "found", size: 0, bytes: 0, lastNote: null };
}

/** The last events file is read whole and compared, event by event, with the tree in the database. */
async function lastEvents(tx: Tx, directory: string, origin: string): Promise<Found | ExportFault> {
  const segment = await lastSegment(directory, "events");
  if (segment < 0) return { kind: "found", size: 0, bytes: 0 };
  const path = eventsFile(directory, segment);
  const header = eventsHeader(origin, segment);
  const read = tileReader(tx);
  const sealed = (await readLedger(tx)).size;
  let size = segment * SEGMENT_EVENTS;
  let bytes = 0;
  let isTorn = false;
  for await (const block of lineBlocks(path)) {
    if (isTorn) break;
    for (let line = 0; line < block.count; line += 1) {
      const start = block.starts[line] ?? 0;
      const end = block.ends[line] ?? 0;
      if (bytes === 0) {
        if (block.buffer.toString("utf8", start, end + 1) !== header)
          return { kind: "differs", position: size, what: "the events file begins as another ledger's" };
        bytes += end + 1 - start;
        continue;
      }
      const hash = entryOfLine(block.buffer, start, end, size);
      if (hash === null) {
        // What a crash leaves is blank where the disk had not got to, or the last line of the file.
        if (line < block.count - 1 && !block.buffer.subarray(start, end).includes(0))
          return { kind: "differs", position: size, what: "a line cannot be read" };
        isTorn = true;
        break;
      }
      if (size >= sealed) return { kind: "ahead", size: size + 1 };
      if (!hash.equals(await entryAt(read, size)))
        return { kind: "differs", position: size, what: "an event is not the one that was sealed" };
      size += 1;
      bytes += end + 1 - start;
    }
    if (block.restBytes > 0) isTorn = true;
  }
  if (isTorn) await truncate(path, bytes);
  return { kind: "found", size, bytes };
}

function entryOfLine(buffer: Buffer, start: number, end: number, position: number): Buffer | null {
  const parts = linePartsOf(buffer, start, end);
  if (parts === null || parts.position !== position) return null;
  const fields = fieldsOf(buffer.subarray(parts.textStart, end));
  if (fields === null) return null;
  return entryHash(fields.workspaceId, fields.gateId, fields.seq, Buffer.from(parts.leafHex, "hex"));
}
