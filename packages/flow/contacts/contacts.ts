import { exactKey } from "#core/canonical-key";
import { type Database, inWorkspace, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { setProvenance } from "#db/queries/contact-facts";
import {
  type ContactRecord,
  findByName,
  findPoints,
  insertContacts,
  insertPoints,
  readContacts,
  replaceNames,
} from "#db/queries/contact-write";
import { bumpGates, ensureGates } from "#db/queries/gates";
import { standingSuppressions } from "#db/queries/suppressions";
import { blindDigests } from "#db/vault/blind-index";
import { type Identity, identityOf } from "#db/vault/person";
import type { VaultKeys } from "#db/vault/secrets";
import type { FlowDeps } from "../deps.ts";
import {
  nameDigests,
  newContact,
  type PersonFields,
  type PointDraft,
  pointDraft,
  pointWrite,
} from "./contact-draft.ts";
import { countryOfPhone } from "./import/read-row.ts";
import { checkProvenance, type ProvenanceFields, type ProvenanceResult } from "./provenance.ts";

/** A contact as people see it: opened, with its points' addresses. Null identity: the person was erased. */
export interface OpenContact {
  readonly record: ContactRecord;
  readonly identity: Identity | null;
}

export interface ContactRequest {
  readonly workspaceId: string;
  readonly actor: string;
  readonly person: PersonFields;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly provenance?: ProvenanceFields;
}

export type CreateContactResult =
  | { readonly kind: "created"; readonly contact: OpenContact }
  | { readonly kind: "point-invalid"; readonly field: "email" | "phone" }
  | Extract<ProvenanceResult, { kind: "invalid" }>
  /** Another contact has this address already. */
  | { readonly kind: "exists"; readonly contactId: string }
  /** The person asked to be erased: only they themselves can come back. */
  | { readonly kind: "erased" };

/** Creates a contact; the country comes from what is said, else from the phone number's prefix. */
export async function createContact(deps: FlowDeps, request: ContactRequest): Promise<CreateContactResult> {
  const { workspaceId } = request;
  const drafts: PointDraft[] = [];
  for (const channel of ["email", "phone"] as const) {
    const value = request[channel];
    if (value === undefined) continue;
    const draft = pointDraft(deps.keys, workspaceId, channel, value, true);
    if (draft === null) return { kind: "point-invalid", field: channel };
    drafts.push(draft);
  }
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<CreateContactResult> => {
    const told = await checkProvenance(tx, request.provenance ?? {});
    if (told.kind === "invalid") return told;
    const gateIds = await ensureGates(
      tx,
      workspaceId,
      drafts.map((draft) => draft.gateKey),
    );
    // Two requests for one address wait for each other on its gate row, and both for an erasure.
    await bumpGates(tx, gateIds);
    const standing = await standingSuppressions(tx, gateIds);
    if (standing.some((entry) => entry.kind === "erasure")) return { kind: "erased" };
    const email = drafts.find((draft) => draft.channel === "email");
    const [same] = await findPoints(
      tx,
      (email?.exact ?? []).map((entry) => entry.digest.toString("hex")),
    );
    if (same !== undefined) return { kind: "exists", contactId: same.contactId };
    const country = request.person.country ?? countryOfPhone(request.phone ?? null);
    const { write } = newContact(deps.keys, { ...request.person, country }, drafts);
    await insertContacts(tx, workspaceId, [write]);
    if (told.changed.length > 0) await setProvenance(tx, write.id, told.provenance);
    await insertPoints(
      tx,
      workspaceId,
      drafts.map((draft, place) => pointWrite(draft, write.id, gateIds[place] ?? 0)),
    );
    if (request.person.fullName !== undefined) {
      await replaceNames(tx, workspaceId, [
        { contactId: write.id, digests: nameDigests(deps.keys, workspaceId, request.person.fullName) },
      ]);
    }
    await recordAudit(tx, workspaceId, request.actor, "contact-created", write.id, {
      sourceId: told.provenance.sourceId,
    });
    const contact = await openContact(tx, deps.keys, write.id);
    if (contact === null) throw new Error("the contact just made cannot be read");
    return { kind: "created", contact };
  });
}

/** One contact, opened; null when this workspace has none of that id. */
export async function openContact(tx: Tx, keys: VaultKeys, contactId: string): Promise<OpenContact | null> {
  const [record] = await readContacts(tx, [contactId]);
  return record === undefined ? null : { record, identity: identityOf(keys.master, record) };
}

/** These contacts, opened, by their id. Whoever shows them to somebody notes it in the audit. */
export async function openContacts(
  tx: Tx,
  keys: VaultKeys,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, OpenContact>> {
  const records = await readContacts(tx, [...new Set(contactIds)]);
  return new Map(records.map((record) => [record.id, { record, identity: identityOf(keys.master, record) }]));
}

export type ContactQuery =
  | { readonly email: string }
  | { readonly phone: string }
  | { readonly fullName: string };

/** Contacts by exact address, number or full name; nothing else can be searched, by design. */
export async function findContacts(
  database: Database,
  keys: VaultKeys,
  workspaceId: string,
  query: ContactQuery,
): Promise<OpenContact[]> {
  return inWorkspace(database, workspaceId, async (tx) => {
    const ids = await contactIds(tx, keys, workspaceId, query);
    return (await readContacts(tx, ids)).map((record) => ({
      record,
      identity: identityOf(keys.master, record),
    }));
  });
}

async function contactIds(
  tx: Tx,
  keys: VaultKeys,
  workspaceId: string,
  query: ContactQuery,
): Promise<string[]> {
  if ("fullName" in query) {
    return findByName(
      tx,
      nameDigests(keys, workspaceId, query.fullName).map((entry) => entry.digest.toString("hex")),
    );
  }
  const channel = "email" in query ? "email" : "phone";
  const exact = exactKey(channel, "email" in query ? query.email : query.phone);
  if (exact === null) return [];
  const digests = blindDigests(keys.index, workspaceId, "point", `${channel}:${exact}`);
  const points = await findPoints(
    tx,
    digests.map((entry) => entry.digest.toString("hex")),
  );
  return [...new Set(points.map((point) => point.contactId))];
}

/** The gate row of an address or number, made if nobody knew it yet; null when it is none. */
export async function gateOf(
  tx: Tx,
  keys: VaultKeys,
  workspaceId: string,
  channel: "email" | "phone",
  value: string,
) {
  const draft = pointDraft(keys, workspaceId, channel, value, false);
  if (draft === null) return null;
  const [gateId] = await ensureGates(tx, workspaceId, [draft.gateKey]);
  if (gateId === undefined) throw new Error("a gate row was not made");
  const known = await findPoints(
    tx,
    draft.exact.map((entry) => entry.digest.toString("hex")),
  );
  return { gateId, contactId: known[0]?.contactId ?? null };
}
