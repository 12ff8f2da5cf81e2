import { exactKey } from "#core/canonical-key";
import type { Tx } from "#db/database";
import {
  type ContactRecord,
  type ContactWrite,
  findPoints,
  insertContacts,
  insertPoints,
  lockContacts,
  readContacts,
  replaceNames,
  updateContacts,
} from "#db/queries/contact-write";
import { bumpGates, ensureGates, findGates } from "#db/queries/gates";
import { standingSuppressions } from "#db/queries/suppressions";
import { type Identity, openIdentity, sealIdentity, unwrapPersonKey } from "#db/vault/person";
import type { VaultKeys } from "#db/vault/secrets";
import { nameDigests, newContact, type PointDraft, pointDraft, pointWrite } from "../contact-draft.ts";
import type { ImportedRow } from "./read-row.ts";

/** A contact while a chunk is merged: what it will be, and whether it is new or changed. */
interface WorkingContact {
  readonly id: string;
  readonly key: Buffer;
  readonly wrappedKey: Buffer;
  write: ContactWrite;
  identity: Identity;
  readonly isNew: boolean;
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

/** Where a row ended up. */
export interface MergedRow {
  readonly imported: ImportedRow;
  readonly outcome: "created" | "updated" | "unchanged" | "erased";
  readonly contactId: string;
  readonly personKey: Buffer;
  readonly points: readonly {
    readonly channel: "email" | "phone";
    readonly id: string;
    readonly gateId: number;
  }[];
}

/**
 * Merges the rows of a chunk into contacts, in file order: a key that comes twice meets the contact as the first row
 * left it. Look-ups and sealing come first; locks are taken late, contacts before gate rows, both sorted.
 */
export async function mergeContacts(
  tx: Tx,
  keys: VaultKeys,
  workspaceId: string,
  imported: readonly ImportedRow[],
): Promise<MergedRow[]> {
  const drafts = imported.map((row) => draftsOf(keys, workspaceId, row));
  const erased = await erasedKeys(tx, drafts.flat());
  const working = await loadExisting(tx, keys, drafts.flat());
  const placed = imported.map((row, place) => {
    const own = drafts[place] ?? [];
    if (
      own.some((draft) => draft.gateKey.digests.some((entry) => erased.has(entry.digest.toString("hex"))))
    ) {
      return { row, contact: null, outcome: "erased" as const, points: own };
    }
    return placeRow(keys, working, row, own);
  });
  const contacts = [...new Set(placed.flatMap((entry) => (entry.contact === null ? [] : [entry.contact])))];
  await store(tx, keys, workspaceId, contacts);
  return placed.map((entry) => mergedRow(entry));
}

function draftsOf(keys: VaultKeys, workspaceId: string, row: ImportedRow): PointDraft[] {
  const wanted = [
    ...(row.email === null ? [] : [["email", row.email] as const]),
    ...(row.phone === null ? [] : [["phone", row.phone] as const]),
  ];
  return wanted.flatMap(([channel, value]) => pointDraft(keys, workspaceId, channel, value, true) ?? []);
}

/** Digests of keys that stand under an erasure tombstone: no import brings such a person back. */
async function erasedKeys(tx: Tx, drafts: readonly PointDraft[]): Promise<Set<string>> {
  const gates = await findGates(
    tx,
    drafts.flatMap((draft) => draft.gateKey.digests),
  );
  const standing = await standingSuppressions(tx, [...new Set(gates.values())]);
  const erasedIds = new Set(
    standing.filter((entry) => entry.kind === "erasure").map((entry) => entry.gateId),
  );
  return new Set([...gates].filter(([, gateId]) => erasedIds.has(gateId)).map(([digest]) => digest));
}

interface Working {
  readonly byDigest: Map<string, WorkingContact>;
}

async function loadExisting(tx: Tx, keys: VaultKeys, drafts: readonly PointDraft[]): Promise<Working> {
  const digests = drafts.flatMap((draft) => draft.exact.map((entry) => entry.digest.toString("hex")));
  const found = await findPoints(tx, [...new Set(digests)]);
  const ids = [...new Set(found.map((point) => point.contactId))];
  await lockContacts(tx, ids);
  const records = new Map(
    (await readContacts(tx, ids)).map((record) => [record.id, workingFrom(keys, record)]),
  );
  const byDigest = new Map<string, WorkingContact>();
  for (const point of found) {
    const contact = records.get(point.contactId);
    // A phone number may be shared: the first contact found takes the row.
    if (contact != null && !byDigest.has(point.digest)) byDigest.set(point.digest, contact);
  }
  return { byDigest };
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

function placeRow(keys: VaultKeys, working: Working, row: ImportedRow, drafts: readonly PointDraft[]) {
  const known = drafts.map((draft) =>
    draft.exact
      .map((entry) => working.byDigest.get(entry.digest.toString("hex")))
      .find((each) => each !== undefined),
  );
  const existing = known.find((contact) => contact !== undefined);
  const contact = existing ?? fresh(keys, row, drafts);
  let addedPoint = false;
  for (const [place, draft] of drafts.entries()) {
    // An address that is another contact's stays there; one person is not merged into another by a file.
    if (known[place] !== undefined) continue;
    for (const entry of draft.exact) working.byDigest.set(entry.digest.toString("hex"), contact);
    if (existing === undefined) continue;
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
    addedPoint = true;
  }
  const updated = existing !== undefined && (applyFields(contact, row) || addedPoint);
  if (updated) contact.changed = true;
  const outcome =
    existing === undefined ? ("created" as const) : updated ? ("updated" as const) : ("unchanged" as const);
  return { row, contact, outcome, points: drafts };
}

function fresh(keys: VaultKeys, row: ImportedRow, drafts: readonly PointDraft[]): WorkingContact {
  const { write, key } = newContact(keys, row.person, drafts);
  return {
    id: write.id,
    key,
    wrappedKey: write.wrappedKey,
    write,
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

async function store(
  tx: Tx,
  keys: VaultKeys,
  workspaceId: string,
  contacts: readonly WorkingContact[],
): Promise<void> {
  const resealed = (contact: WorkingContact): ContactWrite => ({
    ...contact.write,
    identity: sealIdentity(contact.key, contact.id, contact.identity),
  });
  const added = contacts.flatMap((contact) => contact.points.filter((point) => point.draft !== null));
  const gateIds = await ensureGates(
    tx,
    workspaceId,
    added.flatMap((point) => (point.draft === null ? [] : [point.draft.gateKey])),
  );
  for (const [place, point] of added.entries()) point.gateId = gateIds[place] ?? null;
  await insertContacts(tx, workspaceId, contacts.filter((contact) => contact.isNew).map(resealed));
  await updateContacts(tx, contacts.filter((contact) => !contact.isNew && contact.changed).map(resealed));
  await insertPoints(
    tx,
    workspaceId,
    contacts.flatMap((contact) =>
      contact.points.flatMap((point) =>
        point.draft === null || point.gateId === null
          ? []
          : [pointWrite(point.draft, contact.id, point.gateId)],
      ),
    ),
  );
  await replaceNames(
    tx,
    workspaceId,
    contacts
      .filter((contact) => contact.nameChanged && contact.identity.fullName !== undefined)
      .map((contact) => ({
        contactId: contact.id,
        digests: nameDigests(keys, workspaceId, contact.identity.fullName ?? ""),
      })),
  );
  // A contact that was there before may hold permits: new facts or a new key for it make them stale.
  const stale = contacts.filter(
    (contact) =>
      !contact.isNew && (contact.factsChanged || contact.points.some((point) => point.draft !== null)),
  );
  await bumpGates(
    tx,
    stale.flatMap((contact) => contact.points.flatMap((point) => point.gateId ?? [])),
  );
}

function mergedRow(entry: {
  readonly row: ImportedRow;
  readonly contact: WorkingContact | null;
  readonly outcome: MergedRow["outcome"];
}): MergedRow {
  const { contact } = entry;
  return {
    imported: entry.row,
    outcome: entry.outcome,
    contactId: contact?.id ?? "",
    personKey: contact?.key ?? Buffer.alloc(0),
    points: (contact?.points ?? []).flatMap((point) => {
      const value = contact?.identity.points[point.id];
      const isOwn =
        value === entry.row.phone ||
        (entry.row.email !== null && value === exactKey("email", entry.row.email));
      return point.gateId === null || !isOwn
        ? []
        : [{ channel: point.channel, id: point.id, gateId: point.gateId }];
    }),
  };
}
