import { Readable } from "node:stream";

/** Longest row read: a missing quote would otherwise take the rest of the file into memory. */
export const RECORD_BYTES_MAX = 256 * 1024;
const PIECE_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The file cannot be read; the message says why in words for whoever sent it, and quotes nothing of the file. */
export class UnreadableFile extends Error {}

const NOT_UTF8 = "the file is not UTF-8 text; save it as CSV UTF-8";

/**
 * The bytes of a file in small pieces, for the parser, and the delimiter its first line shows. The stream fails with
 * `UnreadableFile` at the first byte that is no UTF-8 text and at a line without end: the parser's own limit counts
 * values only, so that a line of nothing but delimiters would pass it.
 */
export async function openCsv(
  source: Readable,
): Promise<{ readonly bytes: Readable; readonly delimiter: string }> {
  const pieces = textPieces(source);
  const head: Buffer[] = [];
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) break;
    head.push(next.value);
    if (next.value.includes(LINE_FEED) || next.value.includes(CARRIAGE_RETURN)) break;
  }
  const bytes = async function* () {
    yield* head;
    yield* pieces;
  };
  return {
    bytes: Readable.from(bytes(), { objectMode: false }),
    delimiter: delimiterOf(Buffer.concat(head).toString()),
  };
}

async function* textPieces(source: Readable): AsyncGenerator<Buffer, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let lineBytes = 0;
  for await (const piece of small(source)) {
    if (piece.includes(0)) throw new UnreadableFile(NOT_UTF8);
    decode(decoder, piece);
    const breaks = lineBreaks(piece);
    if (lineBytes + (breaks?.first ?? piece.length) > RECORD_BYTES_MAX)
      throw new UnreadableFile(`a row is longer than ${RECORD_BYTES_MAX} bytes; is a quote missing?`);
    lineBytes = breaks === null ? lineBytes + piece.length : piece.length - breaks.last;
    yield piece;
  }
  decode(decoder, null);
}

async function* small(source: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of received(source)) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
  }
}

/** An upload that breaks off is the sender's affair and no fault of ours. */
async function* received(source: Readable): AsyncGenerator<Buffer> {
  try {
    yield* source as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new UnreadableFile("the upload broke off before the file's end", { cause });
  }
}

/** Null: the file ends here. */
function decode(decoder: TextDecoder, piece: Buffer | null): void {
  try {
    if (piece === null) decoder.decode();
    else decoder.decode(piece, { stream: true });
  } catch (cause) {
    throw new UnreadableFile(NOT_UTF8, { cause });
  }
}

function lineBreaks(piece: Buffer): { readonly first: number; readonly last: number } | null {
  const firsts = [piece.indexOf(LINE_FEED), piece.indexOf(CARRIAGE_RETURN)].filter((place) => place >= 0);
  if (firsts.length === 0) return null;
  return {
    first: Math.min(...firsts),
    last: Math.max(piece.lastIndexOf(LINE_FEED), piece.lastIndexOf(CARRIAGE_RETURN)),
  };
}

/** The delimiter that the header line shows most often outside quotes; a comma when it shows none. */
function delimiterOf(text: string): string {
  const header = (text.split(/[\r\n]/, 1)[0] ?? "").replace(/"[^"]*"/g, "");
  const counted = [",", ";", "\t"].map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
  return counted.reduce((best, each) => (each.count > best.count ? each : best)).delimiter;
}
