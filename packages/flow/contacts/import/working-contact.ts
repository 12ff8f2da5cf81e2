import type { Tx } from "#db/database";
import {
  type ContactRecord,
  type ContactWrite,
  findPoints,
  lockContacts,
  readContacts,
} from "#db/queries/contact-write";
import { type Identity, openIdentity, unwrapPersonKey } from "#db/vault/person";
import type { VaultKeys } from "#db/vault/secrets";
import { newContact, type PointDraft } from "../contact-draft.ts";
import type { ImportedRow } from "./read-row.ts";

/** A contact while a chunk is merged: what it will be, and whether it is new or changed. */
export interface WorkingContact {
  readonly id: string;
  readonly key: Buffer;
  readonly wrappedKey: Buffer;
  write: ContactWrite;
  identity: Identity;
  readonly isNew: boolean;
  /** Where the contact's data came from; null: from the person. */
  readonly sourceId: string | null;
  /** Facts that rules read have changed: all the contact's gate rows are to be bumped. */
  factsChanged: boolean;
  changed: boolean;
  nameChanged: boolean;
  readonly points: {
    readonly id: string;
    readonly channel: "email" | "phone";
    gateId: number | null;
    readonly draft: PointDraft | null;
  }[];
}

/** The contacts that a chunk meets, by exact digest (hex) of their points. */
export type WorkingContacts = Map<string, WorkingContact>;

/** The contacts already there that have one of these points, locked. */
export async function loadExisting(
  tx: Tx,
  keys: VaultKeys,
  drafts: readonly PointDraft[],
): Promise<WorkingContacts> {
  const digests = drafts.flatMap((draft) => draft.exact.map((entry) => entry.digest.toString("hex")));
  const found = await findPoints(tx, [...new Set(digests)]);
  const ids = [...new Set(found.map((point) => point.contactId))];
  if (ids.length === 0) return new Map();
  await lockContacts(tx, ids);
  const records = new Map(
    (await readContacts(tx, ids)).map((record) => [record.id, workingFrom(keys, record)]),
  );
  const byDigest: WorkingContacts = new Map();
  // A number may be shared: a row that names nothing else goes to the contact that was there first.
  for (const point of found.sort((one, other) => (one.contactId < other.contactId ? -1 : 1))) {
    const contact = records.get(point.contactId);
    if (contact != null && !byDigest.has(point.digest)) byDigest.set(point.digest, contact);
  }
  return byDigest;
}

function workingFrom(keys: VaultKeys, record: ContactRecord): WorkingContact | null {
  if (record.wrappedKey === null || record.identity === null) return null;
  const key = unwrapPersonKey(keys.master, record.id, record.wrappedKey);
  return {
    id: record.id,
    key,
    wrappedKey: record.wrappedKey,
    identity: openIdentity(key, record.id, record.identity),
    write: { ...record, wrappedKey: record.wrappedKey, identity: record.identity },
    isNew: false,
    sourceId: record.sourceId,
    factsChanged: false,
    changed: false,
    nameChanged: false,
    points: record.points.map((point) => ({
      id: point.id,
      channel: point.channel,
      gateId: point.gateId,
      draft: null,
    })),
  };
}

/**
 * Finds or makes the contact a row is about, and applies the row to it. An email address belongs to one person, so it
 * alone decides where there is one; a number may be shared and decides only for rows without an address.
 * @param sourceId where a new contact's data came from; one that is known keeps what is known of it, so that no file
 *   makes unverified data pass for verified.
 */
export function placeRow(
  keys: VaultKeys,
  working: WorkingContacts,
  row: ImportedRow,
  drafts: readonly PointDraft[],
  sourceId: string | null,
): { readonly contact: WorkingContact; readonly outcome: "created" | "updated" | "unchanged" } {
  const decisive = drafts.find((draft) => draft.channel === "email") ?? drafts[0];
  const existing = decisive?.exact
    .map((entry) => working.get(entry.digest.toString("hex")))
    .find((each) => each !== undefined);
  const contact = existing ?? fresh(keys, row, drafts, sourceId);
  for (const draft of drafts) {
    for (const { digest } of draft.exact) {
      const hex = digest.toString("hex");
      if (!working.has(hex)) working.set(hex, contact);
    }
  }
  if (existing === undefined) return { contact, outcome: "created" };
  const added = drafts.filter((draft) => !Object.values(contact.identity.points).includes(draft.value));
  for (const draft of added) addPoint(contact, draft);
  const isUpdated = applyFields(contact, row) || added.length > 0;
  contact.changed ||= isUpdated;
  return { contact, outcome: isUpdated ? "updated" : "unchanged" };
}

function addPoint(contact: WorkingContact, draft: PointDraft): void {
  contact.points.push({
    id: draft.id,
    channel: draft.channel,
    gateId: null,
    draft: { ...draft, isPrimary: !contact.points.some((point) => point.channel === draft.channel) },
  });
  contact.identity = {
    ...contact.identity,
    points: { ...contact.identity.points, [draft.id]: draft.value },
  };
}

function fresh(
  keys: VaultKeys,
  row: ImportedRow,
  drafts: readonly PointDraft[],
  sourceId: string | null,
): WorkingContact {
  const { write, key } = newContact(keys, row.person, drafts);
  return {
    id: write.id,
    key,
    wrappedKey: write.wrappedKey,
    // Who gave us the data themselves was not obtained from anywhere.
    write: sourceId === null ? write : { ...write, sourceId, obtainedAt: row.obtainedAt },
    sourceId,
    identity: {
      ...(row.person.fullName === undefined ? {} : { fullName: row.person.fullName }),
      ...(row.person.givenName === undefined ? {} : { givenName: row.person.givenName }),
      points: Object.fromEntries(drafts.map((draft) => [draft.id, draft.value])),
    },
    isNew: true,
    factsChanged: false,
    changed: false,
    nameChanged: row.person.fullName !== undefined,
    points: drafts.map((draft) => ({ id: draft.id, channel: draft.channel, gateId: null, draft })),
  };
}

/** Applies what a row says over what was known; an empty cell says nothing. Returns whether anything changed. */
function applyFields(contact: WorkingContact, row: ImportedRow): boolean {
  const { person } = row;
  const { write, identity } = contact;
  const next: ContactWrite = {
    ...write,
    country: person.country ?? write.country,
    region: person.region ?? write.region,
    language: person.language ?? write.language,
    party: person.party ?? write.party,
    attributes: { ...write.attributes, ...person.attributes },
  };
  const fullName = person.fullName ?? identity.fullName;
  const givenName = person.givenName ?? identity.givenName;
  const factsChanged =
    next.country !== write.country || next.region !== write.region || next.party !== write.party;
  const nameChanged = fullName !== identity.fullName || givenName !== identity.givenName;
  const attributesChanged = Object.entries(next.attributes).some(
    ([name, value]) => write.attributes[name] !== value,
  );
  contact.write = next;
  contact.identity = {
    ...(fullName === undefined ? {} : { fullName }),
    ...(givenName === undefined ? {} : { givenName }),
    points: identity.points,
  };
  contact.factsChanged ||= factsChanged;
  contact.nameChanged ||= nameChanged;
  return factsChanged || nameChanged || attributesChanged || next.language !== write.language;
}
