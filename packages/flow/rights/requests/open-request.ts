import { randomUUIDv7 } from "node:crypto";
import { exactKey } from "#core/canonical-key";
import type { Language } from "#core/language";
import { deadlinesOf, type PrivacyRequestKind, privacyLawOf } from "#core/rights/deadlines";
import { inWorkspace, readClock, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { findPoints, readContacts } from "#db/queries/contact-write";
import { personKeyOfContact } from "#db/queries/person-keys";
import { insertPrivacyRequest } from "#db/queries/privacy-requests";
import { blindDigests } from "#db/vault/blind-index";
import { gateOf, openContact } from "../../contacts/contacts.ts";
import type { FlowDeps } from "../../deps.ts";
import { queueServiceMessage } from "../../service-mail/queue-message.ts";
import { stopSeveral } from "../../stops/stop-several.ts";
import { type RequestText, sealText } from "./request-text.ts";
import { mintRequestToken } from "./request-token.ts";

/** How long the link in the mail works: to confirm, and to fetch an answer. */
export const LINK_DAYS = 14;
const DAY_MS = 86_400_000;

export interface PublicRequest {
  readonly workspaceId: string;
  readonly senderId: string;
  readonly kind: PrivacyRequestKind;
  readonly channel: "email" | "phone";
  readonly value: string;
  readonly language: Language;
  readonly text: RequestText;
  /** The request's own words in the person's language, for the mail. */
  readonly title: string;
  readonly publicUrl: string;
}

/** What the page says. It is the same whether anybody is known behind the address. */
export type PublicRequestAnswer =
  /** A stop, in force from now on. How much was on the wire would tell that somebody is known. */
  | { readonly kind: "stopped" }
  /** If the address is known, a mail is on its way to it. */
  | { readonly kind: "mailed" }
  | { readonly kind: "address-invalid" }
  /** These need a link by mail: a number cannot get one. */
  | { readonly kind: "needs-email" };

/**
 * Takes a request from the public page. Objection and withdrawal are stops: they need no proof and are in force at
 * once. Everything else is done only by whoever reads the mail sent to the address itself.
 */
export async function openRequest(deps: FlowDeps, request: PublicRequest): Promise<PublicRequestAnswer> {
  if (exactKey(request.channel, request.value) === null) return { kind: "address-invalid" };
  if (request.kind === "objection" || request.kind === "withdrawal") return stopAtOnce(deps, request);
  if (request.channel !== "email") return { kind: "needs-email" };
  await inWorkspace(deps.database, request.workspaceId, (tx) => sendLink(tx, deps, request));
  await deps.ring({ kind: "service-mail", workspaceId: request.workspaceId });
  return { kind: "mailed" };
}

async function stopAtOnce(deps: FlowDeps, request: PublicRequest): Promise<PublicRequestAnswer> {
  const { workspaceId, senderId, channel } = request;
  const asked = await inWorkspace(deps.database, workspaceId, async (tx) => {
    const gate = await gateOf(tx, deps.keys, workspaceId, channel, request.value);
    if (gate === null) return null;
    return { gate, keys: await keysToStop(tx, request, gate), requestedAt: await readClock(tx) };
  });
  if (asked === null) return { kind: "address-invalid" };
  const { gate, keys, requestedAt } = asked;
  await stopSeveral(
    deps,
    workspaceId,
    gate.contactId,
    keys.map((key) => ({
      ...key,
      workspaceId,
      contactId: gate.contactId,
      target: { kind: "everything" },
      suppression: request.kind === "objection" ? "objection" : "unsubscribe",
      suppressionSenderId: senderId,
      method: "privacy-page",
      actor: "person",
      claimed: false,
      campaignId: null,
      offersUndo: false,
      requestedAt,
    })),
  );
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    const id = randomUUIDv7();
    const now = await readClock(tx);
    await insertPrivacyRequest(tx, workspaceId, {
      ...(await datesOf(tx, deps, request, gate.contactId, now)),
      id,
      senderId,
      contactId: gate.contactId,
      gateId: gate.gateId,
      kind: request.kind,
      state: "answered",
      language: request.language,
      byAgent: request.text.agent !== undefined,
      sealed: null,
      receivedAt: now,
      linkUntil: now,
      verifiedAt: null,
      closedAt: now,
    });
    await recordAudit(tx, workspaceId, "person", "privacy-request-answered", id, { kind: request.kind });
  });
  return { kind: "stopped" };
}

/** The key that was typed in, and every other of the person behind it: they speak for themselves, not for one address. */
async function keysToStop(
  tx: Tx,
  request: PublicRequest,
  gate: { readonly gateId: number; readonly contactId: string | null },
): Promise<{ gateId: number; channel: "email" | "phone" }[]> {
  const { contactId } = gate;
  const own = { gateId: gate.gateId, channel: request.channel };
  if (contactId === null) return [own];
  const [contact] = await readContacts(tx, [contactId]);
  const others = new Map((contact?.points ?? []).map(({ gateId, channel }) => [gateId, channel]));
  others.delete(gate.gateId);
  return [own, ...[...others].map(([gateId, channel]) => ({ gateId, channel }))];
}

/** Stores the request and queues the mail; nothing at all when nobody is known, or a mail went out today. */
async function sendLink(tx: Tx, deps: FlowDeps, request: PublicRequest): Promise<void> {
  const { workspaceId, senderId } = request;
  const exact = exactKey("email", request.value) ?? "";
  const digests = blindDigests(deps.keys.index, workspaceId, "point", `email:${exact}`);
  const [point] = await findPoints(
    tx,
    digests.map((entry) => entry.digest.toString("hex")),
  );
  const key = await personKeyOfContact(tx, deps.keys.master, point?.contactId ?? null);
  if (point === undefined || key === null) return;
  const id = randomUUIDv7();
  const now = await readClock(tx);
  const linkUntil = new Date(now.getTime() + LINK_DAYS * DAY_MS);
  const token = mintRequestToken(deps.keys.token, { workspaceId, requestId: id });
  const queued = await queueServiceMessage(tx, deps, {
    workspaceId,
    senderId,
    kind: "verify-request",
    language: request.language,
    gateId: point.gateId,
    contactId: point.contactId,
    to: exact,
    variables: {
      link: `${request.publicUrl}/privacy/r/${token}?lang=${request.language}`,
      items: [request.title],
      until: linkUntil.toISOString(),
    },
  });
  // A second mail on one day would only help somebody who wants to annoy the person.
  if (queued.kind === "already-today") return;
  await insertPrivacyRequest(tx, workspaceId, {
    ...(await datesOf(tx, deps, request, point.contactId, now)),
    id,
    senderId,
    contactId: point.contactId,
    gateId: point.gateId,
    kind: request.kind,
    state: "unverified",
    language: request.language,
    byAgent: request.text.agent !== undefined,
    sealed: sealText(key, workspaceId, id, request.text),
    receivedAt: now,
    linkUntil,
    verifiedAt: null,
    closedAt: null,
  });
  await recordAudit(tx, workspaceId, "person", "privacy-request-received", id, { kind: request.kind });
}

/** The clock runs from the day of receipt, by the law of the place where the person is. */
async function datesOf(
  tx: Tx,
  deps: FlowDeps,
  request: Pick<PublicRequest, "kind">,
  contactId: string | null,
  now: Date,
) {
  const contact = contactId === null ? null : await openContact(tx, deps.keys, contactId);
  const law = privacyLawOf(contact?.record.country ?? null);
  const due = deadlinesOf(law, request.kind, now.toISOString());
  const at = (text: string | null) => (text === null ? null : new Date(text));
  return {
    law,
    answerBy: new Date(due.answerBy),
    confirmBy: at(due.confirmBy),
    extendedBy: at(due.extendedBy),
  };
}
