import { HASH_BYTES } from "./merkle.ts";
import { type NoteSigner, type NoteVerifier, openNote, signNote } from "./note.ts";

/** What a checkpoint says: so many events are sealed under this root, and which checkpoint came before. */
export interface Checkpoint {
  /** Names the ledger: `consentry-ledger/<uuid of the database>`. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** ISO 8601 UTC. */
  readonly time: string;
  readonly previousSize: number;
  readonly previousRoot: Buffer;
}

export const originOf = (ledgerId: string): string => `consentry-ledger/${ledgerId}`;

/** The checkpoint as a signed note (C2SP tlog-checkpoint, with two extension lines: `time` and `previous`). */
export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  const lines = [
    checkpoint.origin,
    String(checkpoint.size),
    checkpoint.root.toString("base64"),
    `time ${checkpoint.time}`,
    `previous ${checkpoint.previousSize} ${checkpoint.previousRoot.toString("base64")}`,
  ];
  return signNote(`${lines.join("\n")}\n`, signer);
}

export type OpenedCheckpoint =
  | { readonly kind: "signed"; readonly checkpoint: Checkpoint; readonly keyId: string }
  | { readonly kind: "not-signed" | "no-checkpoint" };

/** Reads a checkpoint that one of the given keys signed. */
export function openCheckpoint(note: string, verifiers: readonly NoteVerifier[]): OpenedCheckpoint {
  const opened = openNote(note, verifiers);
  if (opened.kind === "not-signed") return { kind: "not-signed" };
  if (opened.kind === "no-note") return { kind: "no-checkpoint" };
  const checkpoint = readCheckpoint(opened.text);
  return checkpoint === null
    ? { kind: "no-checkpoint" }
    : { kind: "signed", checkpoint, keyId: opened.keyId };
}

const SHAPE =
  /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\ntime (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\nprevious (0|[1-9]\d{0,15}) ([A-Za-z0-9+/]{43}=)\n/;

/** The statement at the head of a note, whoever signed it; null when the text is no checkpoint of ours. */
export function readCheckpoint(text: string): Checkpoint | null {
  const [, origin, size, root, time, previousSize, previousRoot] = SHAPE.exec(text) ?? [];
  if (origin === undefined || root === undefined || time === undefined || previousRoot === undefined)
    return null;
  const checkpoint = {
    origin,
    size: Number(size),
    root: Buffer.from(root, "base64"),
    time,
    previousSize: Number(previousSize),
    previousRoot: Buffer.from(previousRoot, "base64"),
  };
  const isWhole =
    checkpoint.root.length === HASH_BYTES &&
    checkpoint.previousRoot.length === HASH_BYTES &&
    Number.isSafeInteger(checkpoint.size);
  return isWhole ? checkpoint : null;
}
