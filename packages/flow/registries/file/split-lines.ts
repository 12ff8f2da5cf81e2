import type { Readable } from "node:stream";

/** Longer than any line of a list: what has no line break for so long is no list. */
const LINE_BYTES_MAX = 64 * 1024;
const CHUNK_BYTES = 512 * 1024;
const LINE_FEED = 0x0a;
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The file cannot be read; the message says why in words for whoever sent it, and quotes nothing of the file. */
export class UnreadableList extends Error {}

/** Cuts a file into chunks of whole lines, each in memory of its own, so that it can be handed to a thread. */
export async function* wholeLines(source: Readable): AsyncGenerator<Uint8Array> {
  let held: Buffer[] = [];
  let bytes = 0;
  let sinceBreak = 0;
  let isStart = true;
  for await (const received of pieces(source)) {
    const piece = isStart && received.subarray(0, 3).equals(MARK) ? received.subarray(3) : received;
    isStart = false;
    if (piece.includes(0)) throw new UnreadableList("the file is not UTF-8 text");
    const past = piece.lastIndexOf(LINE_FEED) + 1;
    sinceBreak = past === 0 ? sinceBreak + piece.length : piece.length - past;
    if (sinceBreak > LINE_BYTES_MAX) throw new UnreadableList("a line has no end; is this a text file?");
    held.push(piece.subarray(0, past));
    bytes += past;
    if (past > 0 && bytes >= CHUNK_BYTES) {
      yield joined(held);
      held = [];
      bytes = 0;
    }
    if (past < piece.length) {
      // A chunk that was just cut begins anew with the rest of the line.
      held.push(piece.subarray(past));
      bytes += piece.length - past;
    }
  }
  if (bytes > 0) yield joined(held);
}

/** An upload that breaks off is the sender's affair and no fault of ours. */
async function* pieces(source: Readable): AsyncGenerator<Buffer> {
  try {
    yield* source as AsyncIterable<Buffer>;
  } catch (cause) {
    if (cause instanceof UnreadableList) throw cause;
    throw new UnreadableList("the upload broke off before the file's end", { cause });
  }
}

function joined(held: readonly Buffer[]): Uint8Array {
  const whole = new Uint8Array(held.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of held) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The first line of a chunk. */
export function firstLine(chunk: Uint8Array): string {
  const end = chunk.indexOf(LINE_FEED);
  return new TextDecoder().decode(chunk.subarray(0, end < 0 ? chunk.length : end)).trim();
}
