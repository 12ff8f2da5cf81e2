import { inWorkspace, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { setProvenance, setRestriction } from "#db/queries/contact-facts";
import {
  type ContactRecord,
  findPoints,
  insertPoints,
  lockContacts,
  replaceNames,
  updateContacts,
} from "#db/queries/contact-write";
import { bumpGates, ensureGates } from "#db/queries/gates";
import { standingSuppressions } from "#db/queries/suppressions";
import { type Identity, sealIdentity, unwrapPersonKey } from "#db/vault/person";
import type { FlowDeps } from "../deps.ts";
import { nameDigests, type PersonFields, type PointDraft, pointDraft, pointWrite } from "./contact-draft.ts";
import { type OpenContact, openContact } from "./contacts.ts";
import { checkProvenance, type ProvenanceFields, type ProvenanceResult } from "./provenance.ts";

/** What may be changed of a person; absent parts stay, an attribute that is null goes. */
export type PersonChange = Omit<PersonFields, "attributes"> & {
  readonly attributes?: Readonly<Record<string, string | number | boolean | null>> | undefined;
};

export interface ContactChange {
  readonly workspaceId: string;
  readonly actor: string;
  readonly contactId: string;
  readonly person: PersonChange;
  readonly restricted?: boolean | undefined;
  readonly provenance?: ProvenanceFields;
  /** Addresses and numbers that are theirs too. Nobody agreed to anything on them yet. */
  readonly addedPoints?: readonly { readonly channel: "email" | "phone"; readonly value: string }[];
  readonly now: Date;
}

type PointRefusal =
  | { readonly kind: "point-invalid"; readonly place: number }
  /** On this very contact already, or an email address of somebody else: one address is one person's. */
  | { readonly kind: "point-taken"; readonly place: number; readonly isOwn: boolean }
  /** Somebody asked to be erased under this address or number. */
  | { readonly kind: "point-erased"; readonly place: number };

export type ChangeContactResult =
  | { readonly kind: "changed"; readonly contact: OpenContact }
  | Extract<ProvenanceResult, { kind: "invalid" }>
  | PointRefusal
  | { readonly kind: "attributes-too-many" }
  | { readonly kind: "not-found" }
  | { readonly kind: "erased" };

export const ATTRIBUTES_MAX = 100;

/**
 * Corrects a contact. Facts that rules read (country, party, age, restriction, source…) and new contact points make all
 * their permits stale. The contact row is locked first, then all its gate rows, the new ones among them, sorted.
 */
export async function changeContact(deps: FlowDeps, request: ContactChange): Promise<ChangeContactResult> {
  const { workspaceId, contactId } = request;
  const drafts: PointDraft[] = [];
  for (const [place, { channel, value }] of (request.addedPoints ?? []).entries()) {
    const draft = pointDraft(deps.keys, workspaceId, channel, value, false);
    if (draft === null) return { kind: "point-invalid", place };
    if (drafts.some((each) => each.channel === channel && each.value === draft.value))
      return { kind: "point-taken", place, isOwn: true };
    drafts.push(draft);
  }
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<ChangeContactResult> => {
    await lockContacts(tx, [contactId]);
    const current = await openContact(tx, deps.keys, contactId);
    if (current === null) return { kind: "not-found" };
    const { record, identity } = current;
    if (identity === null || record.wrappedKey === null) return { kind: "erased" };
    const told = await checkProvenance(tx, request.provenance ?? {}, record);
    if (told.kind === "invalid") return told;
    const attributes = mergedAttributes(record.attributes, request.person.attributes);
    if (Object.keys(attributes).length > ATTRIBUTES_MAX) return { kind: "attributes-too-many" };
    const gateIds = await ensureGates(
      tx,
      workspaceId,
      drafts.map((draft) => draft.gateKey),
    );
    // Two requests for one address wait for each other on its gate row; only then is it clear whose it is.
    await bumpGates(tx, [...record.points.map((point) => point.gateId), ...gateIds]);
    const refused = await refusedPoint(tx, record, drafts, gateIds);
    // What was bumped stays bumped: somebody is asked about once more, which harms nobody.
    if (refused !== null) return refused;
    await writePerson(tx, deps, request, {
      record,
      identity,
      wrappedKey: record.wrappedKey,
      attributes,
      drafts,
    });
    if (told.changed.length > 0) await setProvenance(tx, contactId, told.provenance);
    if (request.restricted !== undefined)
      await setRestriction(tx, contactId, request.restricted ? request.now : null);
    await insertPoints(
      tx,
      workspaceId,
      withPrimaries(drafts, record).map((draft, place) => pointWrite(draft, contactId, gateIds[place] ?? 0)),
    );
    await recordAudit(tx, workspaceId, request.actor, "contact-updated", contactId, {
      fields: [
        ...Object.keys(request.person),
        ...told.changed,
        ...(request.restricted === undefined ? [] : ["restricted"]),
      ],
      ...(drafts.length === 0 ? {} : { addedPoints: drafts.map(({ id, channel }) => ({ id, channel })) }),
      ...(told.changed.includes("sourceId")
        ? { sourceId: { before: record.sourceId, after: told.provenance.sourceId } }
        : {}),
    });
    const changed = await openContact(tx, deps.keys, contactId);
    if (changed === null) throw new Error("the contact just changed cannot be read");
    return { kind: "changed", contact: changed };
  });
}

function mergedAttributes(
  known: ContactRecord["attributes"],
  change: PersonChange["attributes"],
): ContactRecord["attributes"] {
  const merged = new Map<string, string | number | boolean>(Object.entries(known));
  for (const [name, value] of Object.entries(change ?? {})) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

async function refusedPoint(
  tx: Tx,
  record: ContactRecord,
  drafts: readonly PointDraft[],
  gateIds: readonly number[],
): Promise<PointRefusal | null> {
  const known = await findPoints(
    tx,
    drafts.flatMap((draft) => draft.exact.map((entry) => entry.digest.toString("hex"))),
  );
  const standing = await standingSuppressions(tx, gateIds);
  for (const [place, draft] of drafts.entries()) {
    const digests = new Set(draft.exact.map((entry) => entry.digest.toString("hex")));
    const holders = known.filter((point) => digests.has(point.digest)).map((point) => point.contactId);
    const isOwn = holders.includes(record.id);
    // A number may be shared by several people.
    if (isOwn || (draft.channel === "email" && holders.length > 0))
      return { kind: "point-taken", place, isOwn };
    if (standing.some((entry) => entry.gateId === gateIds[place] && entry.kind === "erasure"))
      return { kind: "point-erased", place };
  }
  return null;
}

async function writePerson(
  tx: Tx,
  deps: FlowDeps,
  { workspaceId, contactId, person }: ContactChange,
  known: {
    readonly record: ContactRecord;
    readonly identity: Identity;
    readonly wrappedKey: Buffer;
    readonly attributes: ContactRecord["attributes"];
    readonly drafts: readonly PointDraft[];
  },
): Promise<void> {
  const { record, identity, wrappedKey } = known;
  const fullName = person.fullName ?? identity.fullName;
  const givenName = person.givenName ?? identity.givenName;
  const added = Object.fromEntries(known.drafts.map((draft) => [draft.id, draft.value]));
  const key = unwrapPersonKey(deps.keys.master, contactId, wrappedKey);
  await updateContacts(tx, [
    {
      id: contactId,
      wrappedKey,
      identity: sealIdentity(key, contactId, {
        ...(fullName === undefined ? {} : { fullName }),
        ...(givenName === undefined ? {} : { givenName }),
        points: { ...identity.points, ...added },
      }),
      attributes: known.attributes,
      country: person.country ?? record.country,
      region: person.region ?? record.region,
      language: person.language ?? record.language,
      party: person.party ?? record.party,
      age: person.age ?? record.age,
    },
  ]);
  if (fullName !== undefined)
    await replaceNames(tx, workspaceId, [
      { contactId, digests: nameDigests(deps.keys, workspaceId, fullName) },
    ]);
}

/** The first point of a channel is the primary one. */
function withPrimaries(drafts: readonly PointDraft[], record: ContactRecord): PointDraft[] {
  const taken = new Set(record.points.map((point) => point.channel));
  return drafts.map((draft) => {
    const isPrimary = !taken.has(draft.channel);
    taken.add(draft.channel);
    return { ...draft, isPrimary };
  });
}
