import canonicalize from "canonicalize";
import { exactBase64, type NoteSigner, type NoteVerifier } from "./note.ts";

/** A signature over a JSON statement. */
export interface StatementSignature {
  readonly algorithm: "Ed25519";
  /** Name and id of the key, as in a signed note. */
  readonly key: string;
  /** Base64. */
  readonly value: string;
}

export type Signed<T extends object> = T & { readonly signature: StatementSignature };

/**
 * Signs a JSON statement: Ed25519 over `<kind>\n` and the statement's canonical JSON (RFC 8785) without its signature. The
 * kind keeps a signature of one sort of statement from passing for another's, and for a checkpoint's.
 */
export function signStatement<T extends object>(kind: string, body: T, signer: NoteSigner): Signed<T> {
  const value = signer.sign(messageOf(kind, body)).toString("base64");
  return { ...body, signature: { algorithm: "Ed25519", key: `${signer.name}+${signer.keyId}`, value } };
}

/** True when one of these keys signed the statement as it stands. */
export function isSignedStatement(
  kind: string,
  statement: Readonly<Record<string, unknown>>,
  verifiers: readonly NoteVerifier[],
): boolean {
  const { signature, ...body } = statement;
  const { key, value } = (signature ?? {}) as Partial<StatementSignature>;
  const bytes = typeof value === "string" ? exactBase64(value) : null;
  if (bytes === null) return false;
  const verifier = verifiers.find((each) => `${each.name}+${each.keyId}` === key);
  return verifier?.verify(messageOf(kind, body), bytes) === true;
}

function messageOf(kind: string, body: object): Buffer {
  const text = canonicalize(body);
  if (text === undefined) throw new Error("a statement has no JSON form");
  return Buffer.from(`${kind}\n${text}`);
}
