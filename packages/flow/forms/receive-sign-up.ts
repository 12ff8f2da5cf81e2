import type { Language } from "#core/language";
import { inWorkspace, type Tx } from "#db/database";
import { findPoints, insertContacts, insertPoints, replaceNames } from "#db/queries/contact-write";
import { bumpGates, ensureGates, lockGates } from "#db/queries/gates";
import { unwrapPersonKey } from "#db/vault/person";
import { type AskedHow, requestConsent } from "../consent/request-consent.ts";
import {
  nameDigests,
  newContact,
  type PointDraft,
  pointDraft,
  pointWrite,
} from "../contacts/contact-draft.ts";
import { openContact } from "../contacts/contacts.ts";
import type { FlowDeps } from "../deps.ts";
import type { OpenForm } from "./open-form.ts";

export interface SignUpRequest {
  readonly open: OpenForm;
  readonly email: string;
  readonly fullName: string | null;
  readonly phone: string | null;
  /** The ticked boxes. */
  readonly ticked: OpenForm["boxes"];
  readonly language: Language;
  readonly how: AskedHow;
  readonly publicUrl: string;
}

/**
 * Takes a sign-up: the person behind the address is found or made, each ticked box becomes a `requested` event, and
 * one mail asks the owner of the address. Nothing is permitted, and of a person we know nothing else is changed: who
 * fills in a form has proved nothing yet.
 */
export async function receiveSignUp(deps: FlowDeps, request: SignUpRequest): Promise<void> {
  const { workspaceId, form } = request.open;
  const draft = pointDraft(deps.keys, workspaceId, "email", request.email, true);
  if (draft === null) throw new Error("the address of a sign-up was not checked");
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    const [gateId] = await ensureGates(tx, workspaceId, [draft.gateKey]);
    if (gateId === undefined) throw new Error("a gate row was not made");
    await lockGates(tx, [gateId]);
    const known = await knownPerson(tx, deps, draft);
    const person = known ?? (await newPerson(tx, deps, request, draft, gateId));
    await requestConsent(tx, deps, {
      workspaceId,
      formId: form.id,
      senderId: form.senderId,
      ...person,
      gateId,
      to: draft.value,
      language: request.language,
      asked: request.ticked,
      phone: request.phone,
      how: request.how,
      publicUrl: request.publicUrl,
      method: "web-form",
      madeContact: known === null,
    });
  });
  await deps.ring({ kind: "service-mail", workspaceId });
}

interface Person {
  readonly contactId: string;
  readonly contactPointId: string;
  readonly personKey: Buffer;
}

/** The person who has exactly this address already; one who was erased is nobody. */
async function knownPerson(tx: Tx, deps: FlowDeps, draft: PointDraft): Promise<Person | null> {
  const points = await findPoints(
    tx,
    draft.exact.map((entry) => entry.digest.toString("hex")),
  );
  for (const point of points) {
    const contact = await openContact(tx, deps.keys, point.contactId);
    if (contact?.identity == null || contact.record.wrappedKey === null) continue;
    return {
      contactId: point.contactId,
      contactPointId: point.contactPointId,
      personKey: unwrapPersonKey(deps.keys.master, point.contactId, contact.record.wrappedKey),
    };
  }
  return null;
}

async function newPerson(
  tx: Tx,
  deps: FlowDeps,
  request: SignUpRequest,
  draft: PointDraft,
  gateId: number,
): Promise<Person> {
  const { workspaceId } = request.open;
  const { write, key } = newContact(
    deps.keys,
    {
      language: request.language,
      ...(request.fullName === null ? {} : { fullName: request.fullName }),
    },
    [draft],
  );
  await insertContacts(tx, workspaceId, [write]);
  await insertPoints(tx, workspaceId, [pointWrite(draft, write.id, gateId)]);
  await bumpGates(tx, [gateId]);
  if (request.fullName !== null) {
    await replaceNames(tx, workspaceId, [
      { contactId: write.id, digests: nameDigests(deps.keys, workspaceId, request.fullName) },
    ]);
  }
  return { contactId: write.id, contactPointId: draft.id, personKey: key };
}
