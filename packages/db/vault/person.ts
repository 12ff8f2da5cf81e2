import { decrypt, encrypt, type Keyring, seal, unseal } from "./keyring.ts";
import { freshBytes } from "./random.ts";

/** What identifies a person. `points` maps a contact point's id to its address or number. */
export interface Identity {
  readonly fullName?: string;
  readonly givenName?: string;
  readonly points: Readonly<Record<string, string>>;
}

/** A person's own random key and its wrapping under the master key. Destroying the wrapping shreds the person. */
export interface PersonKey {
  readonly key: Buffer;
  readonly wrapped: Buffer;
}

/** A new random key for a contact, never derived from ids. */
export function newPersonKey(master: Keyring, contactId: string): PersonKey {
  const key = freshBytes(32);
  return { key, wrapped: seal(master, key, `person:${contactId}`) };
}

/** @throws when the master key that wrapped it is gone or the row was tampered with. */
export function unwrapPersonKey(master: Keyring, contactId: string, wrapped: Buffer): Buffer {
  return unseal(master, wrapped, `person:${contactId}`);
}

export function sealIdentity(personKey: Buffer, contactId: string, identity: Identity): Buffer {
  return encrypt(personKey, Buffer.from(JSON.stringify(identity)), `identity:${contactId}`);
}

/** @throws when the key is another person's or the blob was changed. */
export function openIdentity(personKey: Buffer, contactId: string, sealed: Buffer): Identity {
  return JSON.parse(decrypt(personKey, sealed, `identity:${contactId}`).toString()) as Identity;
}

/** The identity of a contact row, or null when the person was erased. */
export function identityOf(
  master: Keyring,
  row: { readonly id: string; readonly wrappedKey: Buffer | null; readonly identity: Buffer | null },
): Identity | null {
  if (row.wrappedKey === null || row.identity === null) return null;
  return openIdentity(unwrapPersonKey(master, row.id, row.wrappedKey), row.id, row.identity);
}
