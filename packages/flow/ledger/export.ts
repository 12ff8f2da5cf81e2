import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { constants, mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join, resolve } from "node:path";
import { type Database, outsideWorkspaces, type Tx } from "#db/database";
import { originOf } from "#db/ledger/checkpoint";
import { entryHash } from "#db/ledger/merkle";
import { verifierKeys } from "#db/ledger/note";
import { entryAt } from "#db/ledger/tiles";
import {
  type CheckpointRow,
  noteExport,
  readCheckpoints,
  readLedger,
  tileReader,
  tryToExport,
} from "#db/queries/ledger";
import { type LedgerEventRow, readSealedRows } from "#db/queries/ledger-events";
import type { Keyring } from "#db/vault/keyring";
import {
  type ClosedSegment,
  checkpointsFile,
  EVENTS_FORMAT,
  eventLine,
  eventsFile,
  eventsHeader,
  KEYS_FILE,
  LAST_CHECKPOINT_FILE,
  MANIFEST_FILE,
  type Manifest,
  SEGMENT_EVENTS,
  segmentOfSize,
} from "./export-format.ts";
import { type ExportFault, type ExportPlace, recoverExport } from "./recover-export.ts";
import type { Sealed } from "./seal.ts";

const CHECKPOINTS_AT_ONCE = 50;

export type Exported =
  | { readonly kind: "exported"; readonly size: number }
  | { readonly kind: "somebody-else-exports" }
  | ExportFault;

export interface LedgerExport {
  /** Writes what is sealed and not yet in the files; `fresh` spares reading a batch again that was just sealed. */
  catchUp(fresh: Extract<Sealed, { kind: "sealed" }> | null): Promise<Exported>;
}

/**
 * Writes the sealed ledger into a directory. Only what is committed is written; the bytes follow from the database alone
 * and are written at their own place, so that a process that was taken for dead does no harm. A checkpoint is written
 * before its events: files with events behind the last checkpoint were rolled back by somebody.
 * @param database opened under the role `consentry_ledger`.
 */
export function ledgerExport(database: Database, ledgerKeys: Keyring, directory: string): LedgerExport {
  const path = resolve(directory);
  const name = `${hostname()}:${path}`;
  let place: ExportPlace | null = null;
  let notedSize: number | null = null;
  return {
    catchUp: (fresh) =>
      outsideWorkspaces(database, async (tx): Promise<Exported> => {
        if (!(await tryToExport(tx, name))) return { kind: "somebody-else-exports" };
        const origin = originOf((await readLedger(tx)).id);
        if (place === null || !(await isUntouched(path, place))) {
          await mkdir(path, { recursive: true, mode: 0o700 });
          await writeKeys(path, verifierKeys(ledgerKeys, origin));
          const recovered = await recoverExport(tx, path, origin);
          if (recovered.kind !== "place") return recovered;
          place = recovered.place;
          if (recovered.lastNote !== null)
            await replace(join(path, LAST_CHECKPOINT_FILE), recovered.lastNote);
        }
        place = await writeBehind(tx, path, origin, place, fresh);
        if (place.eventsSize !== notedSize) await noteExport(tx, name, place.eventsSize);
        notedSize = place.eventsSize;
        return { kind: "exported", size: place.eventsSize };
      }),
  };
}

/** False when somebody wrote since we did. */
async function isUntouched(directory: string, place: ExportPlace): Promise<boolean> {
  const events = eventsFile(directory, segmentOfSize(Math.max(1, place.eventsSize)));
  const checkpoints = checkpointsFile(directory, segmentOfSize(Math.max(1, place.checkpointSize)));
  return (
    (await bytesOf(events)) === place.eventsBytes && (await bytesOf(checkpoints)) === place.checkpointBytes
  );
}

const bytesOf = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.size,
    () => 0,
  );

async function writeBehind(
  tx: Tx,
  directory: string,
  origin: string,
  from: ExportPlace,
  fresh: Extract<Sealed, { kind: "sealed" }> | null,
): Promise<ExportPlace> {
  let place = from;
  for (;;) {
    const notes = await readCheckpoints(tx, place.checkpointSize, CHECKPOINTS_AT_ONCE);
    place = await writeNotes(directory, place, notes);
    if (place.eventsSize < place.checkpointSize)
      place = await writeEvents(tx, directory, origin, place, fresh);
    const last = notes.at(-1);
    if (last !== undefined) await replace(join(directory, LAST_CHECKPOINT_FILE), last.note);
    await closeSegments(directory, origin, place.eventsSize);
    if (notes.length < CHECKPOINTS_AT_ONCE) return place;
  }
}

/** Writes checkpoints, those of one file at once. */
async function writeNotes(
  directory: string,
  from: ExportPlace,
  notes: readonly CheckpointRow[],
): Promise<ExportPlace> {
  let place = from;
  for (const [segment, rows] of Map.groupBy(notes, (row) => segmentOfSize(row.size))) {
    const isSameFile = segment === segmentOfSize(Math.max(1, place.checkpointSize));
    const at = isSameFile ? place.checkpointBytes : 0;
    const text = rows.map((row) => `${row.note}\n`).join("");
    await writeAt(checkpointsFile(directory, segment), text, at);
    place = {
      ...place,
      checkpointSize: rows.at(-1)?.size ?? place.checkpointSize,
      checkpointBytes: at + Buffer.byteLength(text),
    };
  }
  return place;
}

/** Writes the events up to the last checkpoint that stands in the files. */
async function writeEvents(
  tx: Tx,
  directory: string,
  origin: string,
  from: ExportPlace,
  fresh: Extract<Sealed, { kind: "sealed" }> | null,
): Promise<ExportPlace> {
  let place = from;
  while (place.eventsSize < place.checkpointSize) {
    const rows =
      fresh !== null && fresh.previousSize === place.eventsSize
        ? fresh.events
        : await sealedRowsFrom(tx, place.eventsSize);
    for (let done = 0; done < rows.length; ) {
      const room = SEGMENT_EVENTS - (place.eventsSize % SEGMENT_EVENTS);
      const part = rows.slice(done, done + room);
      const number = Math.floor(place.eventsSize / SEGMENT_EVENTS);
      const begins = place.eventsSize % SEGMENT_EVENTS === 0;
      const at = begins ? 0 : place.eventsBytes;
      const text =
        (begins ? eventsHeader(origin, number) : "") +
        part.map((row, index) => eventLine(place.eventsSize + index, row)).join("");
      await writeAt(eventsFile(directory, number), text, at);
      place = {
        ...place,
        eventsSize: place.eventsSize + part.length,
        eventsBytes: at + Buffer.byteLength(text),
      };
      done += part.length;
    }
  }
  return place;
}

/**
 * The rest of the sealed batch that holds this position, from the database.
 * @throws when a row is not what was sealed: a changed ledger must not be written over what the tree says.
 */
async function sealedRowsFrom(tx: Tx, position: number): Promise<readonly LedgerEventRow[]> {
  const [batch] = await readCheckpoints(tx, position, 1);
  if (batch === undefined) throw new Error(`no sealed batch holds position ${position}`);
  const [found] = await readSealedRows(tx, batch.previousSize, batch.size);
  const rows = (found?.rows ?? []).slice(position - batch.previousSize);
  const read = tileReader(tx);
  for (let each = position; each < batch.size; each += 1) {
    const row = rows[each - position];
    const sealed = await entryAt(read, each);
    const isSealed =
      row !== undefined &&
      entryHash(row.fields.workspaceId, row.fields.gateId, row.fields.seq, row.leaf).equals(sealed);
    if (!isSealed) throw new LedgerChanged(each);
  }
  return rows;
}

/** An event in the database is not the one that was sealed. */
export class LedgerChanged extends Error {
  readonly code = "LEDGER_CHANGED";
  readonly position: number;
  constructor(position: number) {
    super(`the event at position ${position} is not the one that was sealed`);
    this.name = "LedgerChanged";
    this.position = position;
  }
}

/** Writes bytes at their place and waits until they are on the disk. */
async function writeAt(path: string, text: string, at: number): Promise<void> {
  const bytes = Buffer.from(text);
  // Never cut off: somebody may have written more than we know of, and then the same bytes.
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await file.write(bytes, 0, bytes.length, at);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Replaces a small file whole. */
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** The public keys; those of earlier rings are kept, for what they signed is still here. */
async function writeKeys(directory: string, keys: readonly string[]): Promise<void> {
  const path = join(directory, KEYS_FILE);
  const before = await readFile(path, "utf8").catch(() => "");
  const all = new Set([...keys, ...before.split("\n").filter((line) => line !== "")]);
  await replace(path, `${[...all].join("\n")}\n`);
}

/** Lists segments in the manifest that have become full. */
async function closeSegments(directory: string, origin: string, eventsSize: number): Promise<void> {
  const full = Math.floor(eventsSize / SEGMENT_EVENTS);
  if (full === 0) return;
  const path = join(directory, MANIFEST_FILE);
  const text = await readFile(path, "utf8").catch(() => null);
  const segments = text === null ? [] : [...(JSON.parse(text) as Manifest).segments];
  if (segments.length >= full) return;
  while (segments.length < full) segments.push(await closedSegment(directory, segments.length));
  const manifest: Manifest = { format: EVENTS_FORMAT, origin, segments };
  await replace(path, `${JSON.stringify(manifest, null, 1)}\n`);
}

async function closedSegment(directory: string, segment: number): Promise<ClosedSegment> {
  const path = eventsFile(directory, segment);
  const digest = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    digest.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return {
    events: basename(path),
    first: segment * SEGMENT_EVENTS,
    count: SEGMENT_EVENTS,
    bytes,
    sha256: digest.digest("hex"),
  };
}
