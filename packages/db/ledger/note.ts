import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { type Keyring, keyBytes } from "../vault/keyring.ts";
import { sha256 } from "./merkle.ts";

/*
 * Signed notes as C2SP specifies them (signed-note): a text, an empty line, and lines of signatures. The algorithm is
 * Ed25519, its number in key ids is 1.
 */

const PRIVATE_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const ED25519 = 1;
const KEY_ID_BYTES = 4;

/** A key that can sign notes under a name. */
export interface NoteSigner {
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key), in hex. */
  readonly keyId: string;
  /** The public key as C2SP writes it: `<name>+<key id>+<base64 of 0x01 and the key>`. */
  readonly verifierKey: string;
  sign(message: Buffer): Buffer;
}

/** A key that can check notes. */
export interface NoteVerifier {
  readonly name: string;
  readonly keyId: string;
  verify(message: Buffer, signature: Buffer): boolean;
}

/** The signer of the newest key of a ring; each key's 32 bytes are an Ed25519 seed. */
export const noteSigner = (keyring: Keyring, name: string): NoteSigner =>
  signerOf(keyBytes(keyring, keyring.current), name);

/** The public keys of a ring, newest first: notes signed before a rotation stay valid. */
export function verifierKeys(keyring: Keyring, name: string): string[] {
  const older = Object.keys(keyring.keys).filter((keyId) => keyId !== keyring.current);
  return [keyring.current, ...older].map((keyId) => signerOf(keyBytes(keyring, keyId), name).verifierKey);
}

function signerOf(seed: Buffer, name: string): NoteSigner {
  const key = createPrivateKey({
    key: Buffer.concat([PRIVATE_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const publicBytes = createPublicKey(key)
    .export({ format: "der", type: "spki" })
    .subarray(PUBLIC_PREFIX.length);
  const keyId = keyIdOf(name, publicBytes);
  const encoded = Buffer.concat([Buffer.from([ED25519]), publicBytes]).toString("base64");
  return {
    name,
    keyId,
    verifierKey: `${name}+${keyId}+${encoded}`,
    sign: (message) => sign(null, message, key),
  };
}

const keyIdOf = (name: string, publicBytes: Buffer): string =>
  sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), publicBytes]))
    .subarray(0, KEY_ID_BYTES)
    .toString("hex");

/** Reads a public key in C2SP's form; null when it is none, or its key id is not its own. */
export function readVerifierKey(text: string): NoteVerifier | null {
  const [, name, keyId, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (name === undefined || keyId === undefined || encoded === undefined) return null;
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length !== 33 || bytes[0] !== ED25519 || keyIdOf(name, bytes.subarray(1)) !== keyId) return null;
  let key: KeyObject;
  try {
    key = createPublicKey({
      key: Buffer.concat([PUBLIC_PREFIX, bytes.subarray(1)]),
      format: "der",
      type: "spki",
    });
  } catch {
    return null;
  }
  return { name, keyId, verify: (message, signature) => verify(null, message, key, signature) };
}

/** Signs a text that ends with a line break and has no empty line at its end. */
export function signNote(text: string, signer: NoteSigner): string {
  const signature = Buffer.concat([Buffer.from(signer.keyId, "hex"), signer.sign(Buffer.from(text))]);
  return `${text}\n— ${signer.name} ${signature.toString("base64")}\n`;
}

export type OpenedNote =
  | { readonly kind: "signed"; readonly text: string; readonly keyId: string }
  /** It has the form of a note, but none of these keys signed it. */
  | { readonly kind: "not-signed" }
  | { readonly kind: "no-note" };

/** Opens a note that at least one of the given keys signed. */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n")) return { kind: "no-note" };
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length === 0 || !lines.every((line) => SIGNATURE_LINE.test(line))) return { kind: "no-note" };
  for (const line of lines) {
    const [, name, encoded = ""] = SIGNATURE_LINE.exec(line) ?? [];
    const bytes = Buffer.from(encoded, "base64");
    // base64 leaves unused bits in the last character; only the one canonical spelling is a signature.
    if (bytes.toString("base64") !== encoded) continue;
    const keyId = bytes.subarray(0, KEY_ID_BYTES).toString("hex");
    const known = verifiers.find((each) => each.name === name && each.keyId === keyId);
    if (known?.verify(Buffer.from(text), bytes.subarray(KEY_ID_BYTES)) === true)
      return { kind: "signed", text, keyId };
  }
  return { kind: "not-signed" };
}

const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;
