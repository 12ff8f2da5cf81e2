import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { freshBytes } from "../vault/random.ts";

/** The public part of a consent event: what its leaf commits to. Instants are ISO 8601 UTC. */
export interface LeafFields {
  readonly workspaceId: string;
  readonly gateId: number;
  readonly seq: number;
  readonly type: string;
  readonly channel: string;
  readonly contactId: string | null;
  readonly contactPointId: string | null;
  readonly senderId: string | null;
  readonly purposeId: string | null;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly method: string;
  readonly actor: string;
  readonly claimed: boolean;
  readonly lifts: boolean;
  readonly noticeId: string | null;
  readonly expiresAt: string | null;
  readonly campaignId: string | null;
  readonly suppressionKind: string | null;
}

const LEAF_PREFIX = Buffer.from([0]);
const HEAD_PREFIX = Buffer.from([1]);

/** The head of a chain that has no event yet. */
export const EMPTY_HEAD = Buffer.alloc(32);

/** A fresh salt; it is sealed with the evidence, so that destroying the person's key makes the commitment unopenable. */
export const newSalt = (): Buffer => freshBytes(16);

/** SHA-256(salt ‖ canonical JSON of the personal payload). */
export function commitmentOf(salt: Buffer, payload: Readonly<Record<string, unknown>>): Buffer {
  return createHash("sha256").update(salt).update(canonicalText(payload)).digest();
}

/** Canonical JSON (RFC 8785) of the public fields and the commitment: the bytes that a leaf hashes, and what is exported. */
export const leafText = (fields: LeafFields, commitment: Buffer): string =>
  canonicalText({ ...fields, commitment: commitment.toString("hex") });

/** SHA-256(0x00 ‖ `leafText`). */
export const leafOf = (fields: LeafFields, commitment: Buffer): Buffer =>
  leafOfText(Buffer.from(leafText(fields, commitment)));

/** The leaf of a text that stands in an export. */
export const leafOfText = (text: Buffer): Buffer =>
  createHash("sha256").update(LEAF_PREFIX).update(text).digest();

/** SHA-256(0x01 ‖ previous head ‖ leaf). */
export function nextHead(head: Buffer, leaf: Buffer): Buffer {
  return createHash("sha256").update(HEAD_PREFIX).update(head).update(leaf).digest();
}

function canonicalText(value: object): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error("a ledger payload has no JSON form");
  return text;
}
