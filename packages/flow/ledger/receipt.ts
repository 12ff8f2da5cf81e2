import type { PolicyFacts } from "#core/facts";
import { POLICY_DEFAULTS, type Policy } from "#core/policy";
import { isThirdPartySource } from "#core/rules/consent";
import { type Database, outsideWorkspaces, type Tx } from "#db/database";
import { originOf } from "#db/ledger/checkpoint";
import { type NoteSigner, noteSigner } from "#db/ledger/note";
import { type Signed, signStatement } from "#db/ledger/statement";
import { readCandidates } from "#db/queries/candidates";
import type { ConsentEventType } from "#db/queries/consent-events";
import { readContacts } from "#db/queries/contact-write";
import { readLedger } from "#db/queries/ledger";
import { idsOfPerson } from "#db/queries/merge-people";
import {
  type ChainEvent,
  type NoticeText,
  readChains,
  readNoticeTexts,
  readSpeakerTexts,
  type SpeakerText,
} from "#db/read-models/proof";
import type { Keyring } from "#db/vault/keyring";
import { dpvPersonalData, dpvState } from "./dpv.ts";

export const RECEIPT_SCHEMA = "consentry-receipt/1";

/**
 * A consent receipt with the fields of ISO/IEC TS 27560 and the terms of W3C DPV. Null stands where the controller has
 * stated nothing. It names the person and the contact point by their ids, so that a forwarded receipt tells no address.
 */
export interface ConsentReceipt {
  readonly schema: typeof RECEIPT_SCHEMA;
  readonly conformsTo: readonly string[];
  readonly recordId: string;
  readonly principal: { readonly id: string; readonly contactPointId: string | null };
  readonly controller: {
    readonly id: string;
    readonly name: string;
    readonly address: string;
    readonly contact: string;
  } | null;
  readonly jurisdiction: string | null;
  readonly language: string | null;
  readonly notice: {
    readonly id: string;
    readonly type: "dpv:ConsentNotice";
    readonly version: string;
    readonly hash: string;
    readonly wording: string;
  } | null;
  readonly processing: {
    readonly purpose: string | null;
    readonly description: string | null;
    readonly dpvPurpose: string | null;
    readonly channel: string;
    readonly legalBasis: "eu-gdpr:A6-1-a";
    readonly pii: readonly string[];
    readonly recipients: null;
    readonly storage: { readonly locations: null; readonly retention: null };
  };
  readonly withdrawal: { readonly methods: readonly string[] };
  readonly event: {
    readonly type: string;
    readonly state: string;
    readonly consentType: "dpv:ExpressedConsent" | null;
    readonly at: string;
    readonly recordedAt: string;
    readonly by: string;
    readonly method: string;
    /** True: the evidence is what an API client said. */
    readonly claimed: boolean;
    /**
     * How long a grant counts, as the gate has it: an instant of its own, else its purpose's term, else the months of
     * the sender's policy as it is now, as an ISO 8601 duration. Null: this is no grant.
     */
    readonly validity: string | null;
  };
  readonly ledger: {
    readonly origin: string;
    readonly workspaceId: string;
    readonly gateId: number;
    readonly seq: number;
    readonly leaf: string;
    readonly head: string;
  };
}

export interface ReceiptDeps {
  readonly database: Database;
  readonly keys: { readonly ledger: Keyring };
}

const origins = new WeakMap<Database, Promise<string>>();

/** The key that signs for this database's ledger. Its name never changes, so it is read once. */
export async function ledgerSigner(deps: ReceiptDeps): Promise<NoteSigner> {
  let origin = origins.get(deps.database);
  if (origin === undefined) {
    origin = outsideWorkspaces(deps.database, readLedger).then((ledger) => originOf(ledger.id));
    origins.set(deps.database, origin);
    // What could not be read is asked for again.
    origin.catch(() => origins.delete(deps.database));
  }
  return noteSigner(deps.keys.ledger, await origin);
}

/**
 * The signed receipts of a person's consent events, oldest first; suppressions and what lifts them have none.
 * @param eventId only this event's; null for all.
 * @returns null when this workspace has no such contact.
 */
export async function receiptsFor(
  tx: Tx,
  signer: NoteSigner,
  contactId: string,
  eventId: number | null = null,
): Promise<Signed<ConsentReceipt>[] | null> {
  const [contact] = await readContacts(tx, [contactId]);
  if (contact === undefined) return null;
  const ids = await idsOfPerson(tx, contactId);
  const chains = await readChains(tx, [...new Set(contact.points.map((point) => point.gateId))]);
  const events = chains.filter(
    (event) =>
      event.fields.contactId !== null &&
      ids.includes(event.fields.contactId) &&
      event.fields.purposeId !== null &&
      (eventId === null || event.id === eventId),
  );
  const notices = await readNoticeTexts(tx, [
    ...new Set(events.flatMap((event) => event.fields.noticeId ?? [])),
  ]);
  const speakers = await readSpeakerTexts(tx, [
    ...new Set(events.flatMap((event) => event.fields.purposeId ?? [])),
  ]);
  const [candidate] = await readCandidates(
    tx,
    contact.points.map((point) => point.id),
  );
  const isThirdParty = candidate?.sourceKind != null && isThirdPartySource(candidate.sourceKind);
  return events.map((event) =>
    signStatement(
      RECEIPT_SCHEMA,
      receiptOf(
        event,
        contact,
        signer.name,
        notices.find((notice) => notice.id === event.fields.noticeId) ?? null,
        speakers.find((speaker) => speaker.purposeId === event.fields.purposeId) ?? null,
        isThirdParty,
      ),
      signer,
    ),
  );
}

/** One event's signed receipt; null when it is no consent event of this person. */
export async function receiptFor(
  tx: Tx,
  signer: NoteSigner,
  contactId: string,
  eventId: number,
): Promise<Signed<ConsentReceipt> | null> {
  return (await receiptsFor(tx, signer, contactId, eventId))?.[0] ?? null;
}

const GRANTS = new Set(["given", "confirmed", "renewed"]);

function receiptOf(
  { fields, leaf, head }: ChainEvent,
  contact: { readonly id: string; readonly country: string | null },
  origin: string,
  notice: NoticeText | null,
  speaker: SpeakerText | null,
  isThirdParty: boolean,
): ConsentReceipt {
  const isGrant = GRANTS.has(fields.type);
  return {
    schema: RECEIPT_SCHEMA,
    conformsTo: ["ISO/IEC TS 27560:2023", "https://w3id.org/dpv"],
    recordId: `${origin}/${fields.gateId}/${fields.seq}`,
    principal: { id: contact.id, contactPointId: fields.contactPointId },
    controller:
      speaker === null
        ? null
        : {
            id: speaker.senderId,
            name: speaker.sender,
            address: speaker.postalAddress,
            contact: speaker.contact,
          },
    jurisdiction: contact.country,
    language: notice?.language ?? null,
    notice:
      notice === null
        ? null
        : {
            id: notice.id,
            type: "dpv:ConsentNotice",
            version: notice.version,
            hash: `sha256:${notice.hash}`,
            wording: notice.wording,
          },
    processing: {
      purpose: speaker?.purpose ?? null,
      description: speaker?.description ?? null,
      dpvPurpose: speaker?.dpvTerm ?? null,
      channel: fields.channel,
      legalBasis: "eu-gdpr:A6-1-a",
      pii: [dpvPersonalData(fields.channel)],
      recipients: null,
      storage: { locations: null, retention: null },
    },
    withdrawal: {
      methods: fields.channel === "email" ? ["link-in-every-message", "one-click"] : ["on-the-call"],
    },
    event: {
      type: fields.type,
      state: dpvState(fields.type as ConsentEventType, fields.actor),
      consentType: isGrant ? "dpv:ExpressedConsent" : null,
      at: fields.occurredAt,
      recordedAt: fields.recordedAt,
      by: fields.actor,
      method: fields.method,
      claimed: fields.claimed,
      validity: isGrant ? validityOf(fields, speaker, isThirdParty) : null,
    },
    ledger: {
      origin,
      workspaceId: fields.workspaceId,
      gateId: fields.gateId,
      seq: fields.seq,
      leaf: leaf.toString("hex"),
      head: head.toString("hex"),
    },
  };
}

const DAY_MS = 86_400_000;

/** The same order as the gate's: the earlier of the consent's own date and its purpose's term, else the policy. */
function validityOf(
  fields: { readonly occurredAt: string; readonly expiresAt: string | null },
  speaker: SpeakerText | null,
  isThirdParty: boolean,
): string | null {
  const days = speaker?.consentLifetimeDays ?? null;
  const endsByTerm = days === null ? Number.POSITIVE_INFINITY : Date.parse(fields.occurredAt) + days * DAY_MS;
  if (fields.expiresAt !== null && Date.parse(fields.expiresAt) <= endsByTerm) return fields.expiresAt;
  if (days !== null) return `P${days}D`;
  if (speaker === null) return null;
  const policy: Policy = { ...POLICY_DEFAULTS, ...(speaker.policy as PolicyFacts) };
  return `P${isThirdParty ? policy.thirdPartyConsentMonths : policy.consentMonths}M`;
}
