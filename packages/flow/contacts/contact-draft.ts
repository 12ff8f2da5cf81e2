import { randomUUIDv7 } from "node:crypto";
import { canonicalKey, exactKey } from "#core/canonical-key";
import type { ContactWrite, PointWrite } from "#db/queries/contact-write";
import type { GateKey } from "#db/queries/gates";
import { type BlindDigest, blindDigests } from "#db/vault/blind-index";
import { newPersonKey, sealIdentity } from "#db/vault/person";
import type { VaultKeys } from "#db/vault/secrets";

/** A contact point in the making: the address in its exact form, and the keys it is found and stopped by. */
export interface PointDraft {
  readonly id: string;
  readonly channel: "email" | "phone";
  readonly value: string;
  readonly isPrimary: boolean;
  readonly exact: readonly BlindDigest[];
  readonly gateKey: GateKey;
}

/** What may be said about a person; absent parts stay as they are. */
export interface PersonFields {
  readonly fullName?: string | undefined;
  readonly givenName?: string | undefined;
  readonly country?: string | undefined;
  readonly region?: string | undefined;
  readonly language?: string | undefined;
  readonly party?: "consumer" | "business" | "sole-trader" | undefined;
  readonly age?: number | undefined;
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** Null when the text is no address or number. */
export function pointDraft(
  keys: VaultKeys,
  workspaceId: string,
  channel: "email" | "phone",
  value: string,
  isPrimary: boolean,
): PointDraft | null {
  const exact = exactKey(channel, value);
  const canonical = canonicalKey(channel, value);
  if (exact === null || canonical === null) return null;
  return {
    id: randomUUIDv7(),
    channel,
    value: exact,
    isPrimary,
    exact: blindDigests(keys.index, workspaceId, "point", `${channel}:${exact}`),
    gateKey: { channel, digests: blindDigests(keys.index, workspaceId, "gate", `${channel}:${canonical}`) },
  };
}

/** The blind digests under which a full name is found: case and spacing do not count. */
export function nameDigests(keys: VaultKeys, workspaceId: string, fullName: string): readonly BlindDigest[] {
  const folded = fullName.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
  return blindDigests(keys.index, workspaceId, "name", folded);
}

/** A new contact, sealed under a new key of its own. */
export function newContact(keys: VaultKeys, fields: PersonFields, points: readonly PointDraft[]) {
  const id = randomUUIDv7();
  const personKey = newPersonKey(keys.master, id);
  const write: ContactWrite = {
    id,
    wrappedKey: personKey.wrapped,
    identity: sealIdentity(personKey.key, id, {
      ...(fields.fullName === undefined ? {} : { fullName: fields.fullName }),
      ...(fields.givenName === undefined ? {} : { givenName: fields.givenName }),
      points: Object.fromEntries(points.map((point) => [point.id, point.value])),
    }),
    attributes: fields.attributes ?? {},
    country: fields.country ?? null,
    region: fields.region ?? null,
    language: fields.language ?? null,
    party: fields.party ?? "consumer",
    age: fields.age ?? null,
  };
  return { write, key: personKey.key };
}

export function pointWrite(draft: PointDraft, contactId: string, gateId: number): PointWrite {
  return {
    id: draft.id,
    contactId,
    channel: draft.channel,
    gateId,
    isPrimary: draft.isPrimary,
    digests: draft.exact,
  };
}
