import { createHmac, timingSafeEqual } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, openSync, readdirSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import canonicalize from "canonicalize";
import { z } from "zod";
import type { JournalEntry } from "#db/queries/stop-journal";
import { derivedKey, type Keyring, keyBytes } from "#db/vault/keyring";

const ENTRY = z.strictObject({
  leaf: z.string().regex(/^[0-9a-f]{64}$/),
  workspaceId: z.uuid(),
  channel: z.enum(["email", "phone"]),
  digests: z
    .array(z.strictObject({ keyVersion: z.string(), digest: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1),
  type: z.enum(["withdrawn", "refused", "objected", "suppressed"]),
  suppressionKind: z
    .enum(["unsubscribe", "objection", "complaint", "hard-bounce", "internal-dnc", "erasure"])
    .nullable(),
  contactId: z.uuid().nullable(),
  senderId: z.uuid().nullable(),
  purposeId: z.uuid().nullable(),
  campaignId: z.uuid().nullable(),
  method: z.string(),
  occurredAt: z.iso.datetime(),
}) satisfies z.ZodType<JournalEntry>;
const LINE = z.strictObject({ entry: ENTRY, key: z.string(), mac: z.string().regex(/^[0-9a-f]{64}$/) });

/** The journal says something that we did not write, or cannot be read. Nothing is sent before somebody looks. */
export class JournalUnreadable extends Error {
  constructor(file: string, why: string) {
    super(`LEDGER_EXPORT_DIR: ${file} ${why}`);
    this.name = "JournalUnreadable";
  }
}

/** A line of the journal. Its MAC is made with the keys of links, which stay in the ring for good. */
export function journalLine(tokenKeys: Keyring, entry: JournalEntry): string {
  const mac = macOf(tokenKeys, tokenKeys.current, entry);
  return `${JSON.stringify({ entry, key: tokenKeys.current, mac })}\n`;
}

/** The entry of a line that we wrote; null for everything else. */
export function readJournalLine(tokenKeys: Keyring, text: string): JournalEntry | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const line = LINE.safeParse(parsed);
  if (!line.success || !Object.hasOwn(tokenKeys.keys, line.data.key)) return null;
  const expected = Buffer.from(macOf(tokenKeys, line.data.key, line.data.entry), "hex");
  return timingSafeEqual(expected, Buffer.from(line.data.mac, "hex")) ? line.data.entry : null;
}

/** Over the canonical JSON (RFC 8785): the database and the parser order fields each in their way. */
function macOf(tokenKeys: Keyring, keyId: string, entry: JournalEntry): string {
  return createHmac("sha256", derivedKey(keyBytes(tokenKeys, keyId), "stop-journal"))
    .update(canonicalize(entry) ?? "")
    .digest("hex");
}

/** The journal's files, oldest first, and how long each is. @throws when the directory cannot be read. */
export function journalFiles(directory: string): { readonly file: string; readonly bytes: number }[] {
  return readdirSync(directory)
    .filter((name) => /^stops-\d{4}-\d{2}\.jsonl$/.test(name))
    .sort()
    .map((file) => ({ file, bytes: statSync(join(directory, file)).size }));
}

/** Appends lines and waits until they are on the disk. Returns the file's new length. */
export function appendToJournal(directory: string, file: string, lines: readonly string[]): number {
  const handle = openSync(join(directory, file), "a", 0o600);
  try {
    const bytes = Buffer.from(lines.join(""));
    for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return statSync(join(directory, file)).size;
}

/** The whole lines of a file from a byte on, each with the byte after it. A torn last line is left out. */
export async function* linesFrom(
  directory: string,
  file: string,
  fromByte: number,
): AsyncGenerator<{ readonly text: string; readonly endByte: number }> {
  let rest = Buffer.alloc(0);
  let place = fromByte;
  for await (const chunk of createReadStream(join(directory, file), { start: fromByte })) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      place += end + 1;
      yield { text: rest.subarray(0, end).toString(), endByte: place };
      rest = rest.subarray(end + 1);
    }
  }
}
