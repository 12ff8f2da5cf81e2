import { type Database, inWorkspace, outsideWorkspaces, readClock, type Tx } from "#db/database";
import { leafText } from "#db/ledger/chain";
import { originOf } from "#db/ledger/checkpoint";
import { entryHash, isIncluded } from "#db/ledger/merkle";
import { noteSigner, verifierKeys } from "#db/ledger/note";
import { type Signed, signStatement } from "#db/ledger/statement";
import { inclusionProof } from "#db/ledger/tiles";
import { type CheckpointRow, readLastCheckpoint, readLedger, tileReader } from "#db/queries/ledger";
import { locateEvents } from "#db/queries/ledger-events";
import { idsOfPerson } from "#db/queries/merge-people";
import { personKeyOfContact } from "#db/queries/person-keys";
import {
  type ChainEvent,
  readChains,
  readMessagesOf,
  readNoticeTexts,
  readSpeakerTexts,
} from "#db/read-models/proof";
import type { Keyring } from "#db/vault/keyring";
import type { VaultKeys } from "#db/vault/secrets";
import { findContacts, type OpenContact, openContact } from "../contacts/contacts.ts";
import { LedgerChanged } from "./export.ts";
import { openEvidence } from "./open-evidence.ts";
import { PACK_FORMAT, type PackChain, type PackEvent, type ProofPack } from "./proof-pack.ts";

export interface ProofDeps {
  /** Under the application's role. */
  readonly database: Database;
  /** Under the role `consentry_ledger`: places in the tree are counted over all workspaces. */
  readonly ledgerDatabase: Database;
  readonly keys: VaultKeys & { readonly ledger: Keyring };
}

export type Proved =
  | { readonly kind: "proved"; readonly pack: Signed<ProofPack> }
  | { readonly kind: "unknown-person" }
  /** Several people have this address or number; the proof needs the contact's id. */
  | { readonly kind: "several"; readonly contactIds: readonly string[] };

/**
 * Makes a proof pack of one person: every event on their keys with its evidence opened and its path to a signed
 * checkpoint, the notices as shown, and every message with the permission behind it. Of other people on a shared key it
 * holds hashes only.
 * @param who a contact's id, an email address or an E.164 number.
 * @throws LedgerChanged when an event in the database is not the one that was sealed.
 */
export async function provePerson(deps: ProofDeps, workspaceId: string, who: string): Promise<Proved> {
  const contacts = await contactsNamed(deps, workspaceId, who);
  const [contact] = contacts;
  if (contact === undefined) return { kind: "unknown-person" };
  if (contacts.length > 1) return { kind: "several", contactIds: contacts.map((each) => each.record.id) };
  const told = await inWorkspace(deps.database, workspaceId, (tx) =>
    readPerson(tx, deps.keys, workspaceId, contact),
  );
  const sealed = await outsideWorkspaces(deps.ledgerDatabase, (tx) => sealPerson(tx, told.own));
  const signer = noteSigner(deps.keys.ledger, sealed.origin);
  const proofs = new Map(sealed.proofs.map((each) => [each.id, each]));
  const pack: ProofPack = {
    format: PACK_FORMAT,
    origin: sealed.origin,
    madeAt: told.now.toISOString(),
    checkpoint: sealed.checkpoint?.note ?? null,
    keys: verifierKeys(deps.keys.ledger, sealed.origin),
    person: told.person,
    speakers: told.speakers,
    notices: told.notices,
    chains: chainsOf(told.events, (event) => ({
      ...told.opened(event),
      position: proofs.get(event.id)?.position ?? null,
      proof: proofs.get(event.id)?.path ?? [],
    })),
    messages: told.messages,
  };
  return { kind: "proved", pack: signStatement(PACK_FORMAT, pack, signer) };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function contactsNamed(
  deps: ProofDeps,
  workspaceId: string,
  who: string,
): Promise<readonly OpenContact[]> {
  if (UUID.test(who)) {
    const found = await inWorkspace(deps.database, workspaceId, (tx) => openContact(tx, deps.keys, who));
    return found === null ? [] : [found];
  }
  return findContacts(
    deps.database,
    deps.keys,
    workspaceId,
    who.startsWith("+") ? { phone: who } : { email: who },
  );
}

async function readPerson(tx: Tx, keys: VaultKeys, workspaceId: string, { record, identity }: OpenContact) {
  const ids = await idsOfPerson(tx, record.id);
  // Who was merged into them left the key of their evidence.
  const personKeys = new Map<string, Buffer | null>();
  for (const id of ids) personKeys.set(id, await personKeyOfContact(tx, keys.master, id));
  const events = await readChains(tx, [...new Set(record.points.map((point) => point.gateId))]);
  // An event that names nobody was recorded on the key itself, by a stop before the person was known.
  const isOwn = ({ fields }: ChainEvent) => fields.contactId === null || ids.includes(fields.contactId);
  const own = events.filter(isOwn);
  const messages = await readMessagesOf(tx, ids);
  const byId = new Map(events.map((event) => [event.id, event]));
  const noticeIds = own.flatMap((event) => event.fields.noticeId ?? []);
  const purposeIds = [
    ...own.flatMap((event) => event.fields.purposeId ?? []),
    ...messages.map((each) => each.purposeId),
  ];
  return {
    now: await readClock(tx),
    events,
    own,
    notices: await readNoticeTexts(tx, [...new Set(noticeIds)]),
    speakers: await readSpeakerTexts(tx, [...new Set(purposeIds)]),
    person: {
      contactId: record.id,
      mergedContactIds: ids.slice(1),
      workspaceId,
      erasedAt: record.erasedAt?.toISOString() ?? null,
      contactPoints: record.points.map((point) => ({
        id: point.id,
        channel: point.channel,
        gateId: point.gateId,
        value: identity?.points[point.id] ?? null,
      })),
    },
    messages: messages.map(({ decision, ...message }) => {
      const permission = decision?.eventId == null ? undefined : byId.get(decision.eventId);
      const { eventId: _id, ...rest } = decision ?? { eventId: null };
      return {
        ...message,
        decision: decision === null ? null : (rest as Omit<typeof decision, "eventId">),
        permission:
          permission === undefined ? null : { gateId: permission.fields.gateId, seq: permission.fields.seq },
      };
    }),
    opened: (event: ChainEvent): Omit<PackEvent, "position" | "proof"> =>
      isOwn(event)
        ? {
            seq: event.fields.seq,
            leaf: event.leaf.toString("hex"),
            text: leafText(event.fields, event.commitment),
            evidence: openEvidence(
              keys.master,
              personKeys.get(event.fields.contactId ?? record.id) ?? null,
              event,
            ),
          }
        : { seq: event.fields.seq, leaf: event.leaf.toString("hex"), text: null, evidence: null },
  };
}

function chainsOf(events: readonly ChainEvent[], packed: (event: ChainEvent) => PackEvent): PackChain[] {
  const chains = new Map<
    number,
    { gateId: number; workspaceId: string; head: string; events: PackEvent[] }
  >();
  for (const event of events) {
    const { gateId, workspaceId } = event.fields;
    const chain = chains.get(gateId) ?? { gateId, workspaceId, head: "", events: [] };
    chain.events.push(packed(event));
    chain.head = event.head.toString("hex");
    chains.set(gateId, chain);
  }
  return [...chains.values()];
}

interface EventProof {
  readonly id: number;
  readonly position: number;
  readonly path: readonly string[];
}

/** The paths of events to the newest checkpoint; those not yet sealed have none. */
async function sealPerson(
  tx: Tx,
  own: readonly ChainEvent[],
): Promise<{ origin: string; checkpoint: CheckpointRow | null; proofs: EventProof[] }> {
  const origin = originOf((await readLedger(tx)).id);
  const checkpoint = await readLastCheckpoint(tx);
  if (checkpoint === null) return { origin, checkpoint, proofs: [] };
  const places = await locateEvents(
    tx,
    own.map((event) => event.id),
  );
  const read = tileReader(tx);
  const proofs: EventProof[] = [];
  for (const event of own) {
    const position = places.get(event.id);
    if (position === undefined || position >= checkpoint.size) continue;
    const { workspaceId, gateId, seq } = event.fields;
    const path = await inclusionProof(read, position, checkpoint.size);
    const entry = entryHash(workspaceId, gateId, seq, event.leaf);
    if (!isIncluded(entry, position, checkpoint.size, path, checkpoint.root))
      throw new LedgerChanged(position);
    proofs.push({ id: event.id, position, path: path.map((each) => each.toString("hex")) });
  }
  return { origin, checkpoint, proofs };
}
