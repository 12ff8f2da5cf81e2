import { canonicalKey } from "#core/canonical-key";
import { type Database, inWorkspace, outsideWorkspaces, type Tx } from "#db/database";
import { type ContactRecord, lockContacts, readContacts } from "#db/queries/contact-write";
import {
  addIndexEntries,
  deleteVersion,
  type IndexEntry,
  indexVersions,
  needsOfVersion,
  splitKeys,
  type VersionNeeds,
  walkUnindexed,
} from "#db/queries/rewrap";
import { type BlindDigest, blindDigests } from "#db/vault/blind-index";
import { type Identity, identityOf } from "#db/vault/person";
import type { VaultKeys } from "#db/vault/secrets";
import { nameDigests } from "../contacts/contact-draft.ts";

const BATCH = 200;
const DELETE_BATCH = 2_000;

export interface Indexed {
  readonly contacts: number;
  /** Canonical keys with two gate rows: they were written by a process that lacked a key of the ring. Must be 0. */
  readonly splitKeys: number;
}

/**
 * Writes every contact's blind indexes under the current version of the index key, beside those that are there. Each
 * batch is one short transaction that holds its contacts, so nobody who is erased meanwhile is indexed anew. It may be
 * ended at any time and begun again.
 * @param owner a database opened with the owner's rights.
 */
export async function rotateIndex(owner: Database, keys: VaultKeys): Promise<Indexed> {
  const total = { contacts: 0, splitKeys: 0 };
  await outsideWorkspaces(owner, async (reading) => {
    for await (const batch of walkUnindexed(reading, keys.index.current, BATCH)) {
      for (const [workspaceId, contacts] of Map.groupBy(batch, (each) => each.workspaceId)) {
        const ids = contacts.map((each) => each.id);
        total.splitKeys += await inWorkspace(owner, workspaceId, (tx) =>
          indexAnew(tx, keys, workspaceId, ids),
        );
      }
      total.contacts += batch.length;
    }
  });
  return total;
}

async function indexAnew(
  tx: Tx,
  keys: VaultKeys,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<number> {
  await lockContacts(tx, contactIds);
  const gates: IndexEntry[] = [];
  const points: IndexEntry[] = [];
  const names: IndexEntry[] = [];
  const add = (entries: IndexEntry[], digests: readonly BlindDigest[], of: string | number) =>
    entries.push(...digests.map((digest) => ({ ...digest, of: String(of) })));
  for (const record of await readContacts(tx, contactIds)) {
    const identity = identityOf(keys.master, record);
    if (identity === null) continue;
    for (const point of pointsOf(record, identity)) {
      add(gates, blindDigests(keys.index, workspaceId, "gate", point.canonical), point.gateId);
      add(points, blindDigests(keys.index, workspaceId, "point", point.exact), point.id);
    }
    if (identity.fullName !== undefined)
      add(names, nameDigests(keys, workspaceId, identity.fullName), record.id);
  }
  await addIndexEntries(tx, workspaceId, "gate", gates);
  await addIndexEntries(tx, workspaceId, "point", points);
  await addIndexEntries(tx, workspaceId, "name", names);
  return splitKeys(tx, gates);
}

function pointsOf(record: ContactRecord, identity: Identity) {
  return record.points.flatMap(({ id, channel, gateId }) => {
    const value = identity.points[id];
    const canonical = value === undefined ? null : canonicalKey(channel, value);
    if (value === undefined || canonical === null) return [];
    return [{ id, gateId, exact: `${channel}:${value}`, canonical: `${channel}:${canonical}` }];
  });
}

/** What still needs each version of the index key but the current one. */
export async function indexNeeds(
  owner: Database,
  current: string,
): Promise<{ readonly version: string; readonly needs: VersionNeeds }[]> {
  return outsideWorkspaces(owner, async (tx) => {
    const older = (await indexVersions(tx)).filter((version) => version !== current);
    const answers = [];
    for (const version of older) answers.push({ version, needs: await needsOfVersion(tx, version, current) });
    return answers;
  });
}

export type RetireResult =
  | { readonly kind: "retired"; readonly entries: number }
  | { readonly kind: "is-current" }
  /** Somebody could not be found, or not be recognised, without it. */
  | { readonly kind: "needed"; readonly needs: VersionNeeds };

/** Deletes what stands under an older version of the index key, if nothing needs it. Then it may leave the ring. */
export async function retireIndex(owner: Database, current: string, version: string): Promise<RetireResult> {
  if (version === current) return { kind: "is-current" };
  const needs = await outsideWorkspaces(owner, (tx) => needsOfVersion(tx, version, current));
  if (needs.keys + needs.contacts + needs.listed > 0) return { kind: "needed", needs };
  let entries = 0;
  for (let deleted = -1; deleted !== 0; entries += deleted)
    deleted = await outsideWorkspaces(owner, (tx) => deleteVersion(tx, version, DELETE_BATCH));
  return { kind: "retired", entries };
}
