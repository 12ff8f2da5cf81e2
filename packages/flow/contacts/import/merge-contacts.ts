import { exactKey } from "#core/canonical-key";
import type { Tx } from "#db/database";
import {
  type ContactWrite,
  findPoints,
  insertContacts,
  insertPoints,
  replaceNames,
  updateContacts,
} from "#db/queries/contact-write";
import { bumpGates, ensureGates, findGates, lockGates } from "#db/queries/gates";
import { standingSuppressions } from "#db/queries/suppressions";
import { sealIdentity } from "#db/vault/person";
import type { VaultKeys } from "#db/vault/secrets";
import { nameDigests, type PointDraft, pointDraft, pointWrite } from "../contact-draft.ts";
import type { ImportedRow } from "./read-row.ts";
import { loadExisting, placeRow, type WorkingContact } from "./working-contact.ts";

/** Where a row ended up. */
export interface MergedRow {
  readonly imported: ImportedRow;
  readonly outcome: "created" | "updated" | "unchanged" | "erased";
  readonly contactId: string;
  /** Where the contact's data came from; null: from the person. */
  readonly sourceId: string | null;
  readonly personKey: Buffer;
  readonly points: readonly {
    readonly channel: "email" | "phone";
    readonly id: string;
    readonly gateId: number;
  }[];
}

/** Somebody else made or erased a contact of this chunk meanwhile; the chunk begins anew and will find it so. */
export class ChunkOvertaken extends Error {}

/**
 * Merges the rows of a chunk into contacts, in file order: a key that comes twice meets the contact as the first row
 * left it. Look-ups and sealing come first; locks are taken late, contacts before gate rows, both sorted. When it
 * returns, this transaction holds the gate rows of all that changed and of all rows that speak of consent.
 * @throws ChunkOvertaken when another writer was faster; the transaction must then be rolled back.
 */
export async function mergeContacts(
  tx: Tx,
  keys: VaultKeys,
  workspaceId: string,
  imported: readonly ImportedRow[],
  sourceId: string | null,
): Promise<MergedRow[]> {
  const drafts = imported.map((row) => draftsOf(keys, workspaceId, row));
  const erased = await erasedKeys(tx, drafts.flat());
  const working = await loadExisting(tx, keys, drafts.flat());
  const placed = imported.map((row, place) => {
    const own = drafts[place] ?? [];
    const isErased = own.some((draft) =>
      draft.gateKey.digests.some((entry) => erased.has(entry.digest.toString("hex"))),
    );
    if (isErased) return { row, contact: null, outcome: "erased" as const };
    return { row, ...placeRow(keys, working, row, own, sourceId) };
  });
  const contacts = [...new Set(placed.flatMap((entry) => (entry.contact === null ? [] : [entry.contact])))];
  await store(tx, keys, workspaceId, contacts);
  const merged = placed.map((entry) => mergedRow(entry));
  await lockWhatMatters(tx, contacts, merged);
  // Somebody may have been erased between the look at the tombstones and the locks.
  const used = placed.flatMap((entry, place) => (entry.contact === null ? [] : (drafts[place] ?? [])));
  if ((await erasedKeys(tx, used)).size > 0) throw new ChunkOvertaken();
  return merged;
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

async function store(
  tx: Tx,
  keys: VaultKeys,
  workspaceId: string,
  contacts: readonly WorkingContact[],
): Promise<void> {
  // A new contact that no later row of the file changed is sealed already.
  const resealed = (contact: WorkingContact): ContactWrite =>
    contact.isNew && !contact.changed
      ? contact.write
      : { ...contact.write, identity: sealIdentity(contact.key, contact.id, contact.identity) };
  const added = contacts.flatMap((contact) => contact.points.filter((point) => point.draft !== null));
  const gateIds = await ensureGates(
    tx,
    workspaceId,
    added.flatMap((point) => (point.draft === null ? [] : [point.draft.gateKey])),
  );
  for (const [place, point] of added.entries()) point.gateId = gateIds[place] ?? null;
  const newContacts = contacts.filter((contact) => contact.isNew);
  const changed = contacts.filter((contact) => !contact.isNew && contact.changed);
  const points = contacts.flatMap((contact) =>
    contact.points.flatMap((point) =>
      point.draft === null || point.gateId === null
        ? []
        : [pointWrite(point.draft, contact.id, point.gateId)],
    ),
  );
  const named = contacts.filter((contact) => contact.nameChanged && contact.identity.fullName !== undefined);
  // In this order on one connection, each made ready while the server works on the one before.
  await Promise.all([
    insertContacts(tx, workspaceId, newContacts.map(resealed)),
    updateContacts(tx, changed.map(resealed)),
    insertPoints(tx, workspaceId, points),
    replaceNames(
      tx,
      workspaceId,
      named.map((contact) => ({
        contactId: contact.id,
        isNew: contact.isNew,
        digests: nameDigests(keys, workspaceId, contact.identity.fullName ?? ""),
      })),
    ),
  ]);
}

/**
 * Takes all gate rows at once and in order: a second round would meet a redeem that holds the later ones and waits
 * for the earlier. Under the locks nobody can make a contact for the same address any more.
 */
async function lockWhatMatters(
  tx: Tx,
  contacts: readonly WorkingContact[],
  merged: readonly MergedRow[],
): Promise<void> {
  const added = contacts.flatMap((contact) => contact.points.filter((point) => point.draft !== null));
  // A contact that was there before may hold permits: new facts or a new key for it make them stale.
  const stale = contacts
    .filter(
      (contact) =>
        !contact.isNew && (contact.factsChanged || contact.points.some((point) => point.draft !== null)),
    )
    .flatMap((contact) => contact.points.flatMap((point) => point.gateId ?? []));
  await lockGates(tx, [
    ...stale,
    ...added.flatMap((point) => point.gateId ?? []),
    ...merged
      .filter((entry) => entry.imported.consent !== null)
      .flatMap((entry) => entry.points.map((point) => point.gateId)),
  ]);
  await refuseOvertaking(tx, contacts);
  await bumpGates(tx, stale);
}

/** An address may have been given to another contact between our look and our locks. */
async function refuseOvertaking(tx: Tx, contacts: readonly WorkingContact[]): Promise<void> {
  const mine = new Set(contacts.map((contact) => contact.id));
  const decisive = contacts.flatMap((contact) => {
    const hasEmail = contact.points.some((point) => point.channel === "email");
    return contact.points.flatMap((point) =>
      point.draft !== null && (point.channel === "email" || (contact.isNew && !hasEmail))
        ? [point.draft]
        : [],
    );
  });
  const taken = await findPoints(
    tx,
    decisive.flatMap((draft) => draft.exact.map((entry) => entry.digest.toString("hex"))),
  );
  if (taken.some((point) => !mine.has(point.contactId))) throw new ChunkOvertaken();
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
    sourceId: contact?.sourceId ?? null,
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
