import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { leafText } from "#db/ledger/chain";
import type { LedgerEventRow } from "#db/queries/ledger-events";

/*
 * The files of an export. docs/ledger.md describes them for people who write their own verifier; what changes here
 * changes there, and changes the number in the first line of an events file.
 */

/** Events of one file; with the last of them it is closed. */
export const SEGMENT_EVENTS = 65_536;
export const EVENTS_FORMAT = "consentry-ledger-events/1";
export const LAST_CHECKPOINT_FILE = "checkpoint";
export const KEYS_FILE = "keys.txt";
export const MANIFEST_FILE = "manifest.json";

const segmentName = (segment: number): string => String(segment).padStart(9, "0");
export const eventsFile = (directory: string, segment: number): string =>
  join(directory, `${segmentName(segment)}.events`);
/** Checkpoints whose last event stands in the segment. */
export const checkpointsFile = (directory: string, segment: number): string =>
  join(directory, `${segmentName(segment)}.checkpoints`);
export const segmentOfSize = (size: number): number => Math.floor((size - 1) / SEGMENT_EVENTS);

export const eventsHeader = (origin: string, segment: number): string =>
  `${EVENTS_FORMAT} ${origin} ${segment * SEGMENT_EVENTS}\n`;

/** `<position> <leaf> <head> <the leaf's text>`: the text is what the leaf hashes, byte for byte. */
export const eventLine = (position: number, row: LedgerEventRow): string =>
  `${position} ${row.leaf.toString("hex")} ${row.head.toString("hex")} ${leafText(row.fields, row.commitment)}\n`;

/** Where the parts of an event's line lie in its buffer. */
export interface LineParts {
  readonly position: number;
  readonly leafHex: string;
  readonly headHex: string;
  /** Where the leaf's text begins; it ends with the line. */
  readonly textStart: number;
}

const SPACE = 32;
const NEWLINE = 10;
const HEX = 64;
const HEX_TEXT = /^[0-9a-f]{64}$/;

/** The parts of the line in `buffer` from `start` to `end` (without its line break); null when it has another form. */
export function linePartsOf(buffer: Buffer, start: number, end: number): LineParts | null {
  let position = 0;
  let place = start;
  for (; place < end && place - start < 16; place += 1) {
    const digit = (buffer[place] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    position = position * 10 + digit;
  }
  const leafStart = place + 1;
  const headStart = leafStart + HEX + 1;
  const textStart = headStart + HEX + 1;
  if (place === start || textStart >= end) return null;
  if (buffer[place] !== SPACE || buffer[headStart - 1] !== SPACE || buffer[textStart - 1] !== SPACE)
    return null;
  const leafHex = buffer.toString("latin1", leafStart, leafStart + HEX);
  const headHex = buffer.toString("latin1", headStart, headStart + HEX);
  if (!HEX_TEXT.test(leafHex) || !HEX_TEXT.test(headHex)) return null;
  return { position, leafHex, headHex, textStart };
}

/** Whole lines of a file, many at once: line `i` lies from `starts[i]` to `ends[i]`. */
export interface LineBlock {
  readonly buffer: Buffer;
  readonly count: number;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Bytes behind the last line break; only in the last block of a file, and only when it was half written. */
  readonly restBytes: number;
  /** The block's lines as they lie in the file, for a digest over it. */
  readonly bytes: Buffer;
}

const BLOCK_BYTES = 1 << 20;

/**
 * Reads a file from a byte on, in blocks of whole lines. The arrays are used again for the next block.
 * @throws ENOENT when there is no such file.
 */
export async function* lineBlocks(path: string, from = 0): AsyncGenerator<LineBlock> {
  let rest: Buffer = Buffer.alloc(0);
  let starts = new Uint32Array(8_192);
  let ends = new Uint32Array(8_192);
  for await (const chunk of createReadStream(path, { start: from, highWaterMark: BLOCK_BYTES })) {
    const buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let count = 0;
    let start = 0;
    for (;;) {
      const end = buffer.indexOf(NEWLINE, start);
      if (end < 0) break;
      if (count === starts.length) {
        starts = doubled(starts);
        ends = doubled(ends);
      }
      starts[count] = start;
      ends[count] = end;
      count += 1;
      start = end + 1;
    }
    rest = buffer.subarray(start);
    if (count > 0) yield { buffer, count, starts, ends, restBytes: 0, bytes: buffer.subarray(0, start) };
  }
  if (rest.length > 0) {
    yield { buffer: rest, count: 0, starts, ends, restBytes: rest.length, bytes: rest.subarray(0, 0) };
  }
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(array.length * 2);
  grown.set(array);
  return grown;
}

/** A checkpoint note and where it ends in its file. */
export interface ReadNote {
  readonly note: string;
  readonly endByte: number;
}

/**
 * The whole notes of a checkpoints file, in order; what a crash left of one at the end is in `restBytes`.
 * @throws ENOENT when there is no such file.
 */
export async function readNotes(path: string): Promise<{ notes: ReadNote[]; restBytes: number }> {
  const bytes = await readFile(path);
  const text = bytes.toString("utf8");
  const notes: ReadNote[] = [];
  let start = 0;
  let endByte = 0;
  for (;;) {
    const signature = text.indexOf("\n\n— ", start);
    const end = signature < 0 ? -1 : text.indexOf("\n\n", signature + 2);
    if (end < 0) break;
    const note = text.slice(start, end + 1);
    endByte += Buffer.byteLength(note) + 1;
    notes.push({ note, endByte });
    start = end + 2;
  }
  return { notes, restBytes: bytes.length - endByte };
}

/** The highest segment of which there is a file of this kind; -1 when there is none. */
export async function lastSegment(directory: string, kind: "events" | "checkpoints"): Promise<number> {
  const names = await readdir(directory);
  const numbers = names.flatMap((name) => {
    const [, digits] = /^(\d{9})\.(?:events|checkpoints)$/.exec(name) ?? [];
    return digits !== undefined && name.endsWith(`.${kind}`) ? [Number(digits)] : [];
  });
  return Math.max(-1, ...numbers);
}

/** A closed segment, as the manifest lists it. */
export interface ClosedSegment {
  readonly events: string;
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
  /** SHA-256 of the events file, in hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: typeof EVENTS_FORMAT;
  readonly origin: string;
  readonly segments: readonly ClosedSegment[];
}
