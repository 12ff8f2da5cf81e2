import type { Tx } from "#db/database";
import { appendConsentEvents } from "#db/queries/consent-events";
import { insertPoints, updateContacts } from "#db/queries/contact-write";
import { bumpGates, ensureGates } from "#db/queries/gates";
import { readNotices } from "#db/queries/senders";
import type { SignUpRecord } from "#db/queries/sign-ups";
import type { SignUpWish } from "#db/schema/front-door";
import { sealIdentity } from "#db/vault/person";
import { pointDraft, pointWrite } from "../contacts/contact-draft.ts";
import type { FlowDeps } from "../deps.ts";
import type { openPerson } from "./open-sign-up.ts";
import { requestedEvent } from "./request-consent.ts";

type Person = NonNullable<Awaited<ReturnType<typeof openPerson>>>;

/**
 * Keeps the number that came with a sign-up, and records what was asked for it as `requested`, dated when it was
 * asked. The caller holds the contact's lock. Returns the sign-up's wishes with their events.
 */
export async function attachNumber(
  tx: Tx,
  deps: FlowDeps,
  workspaceId: string,
  asked: SignUpRecord,
  person: Person,
): Promise<readonly SignUpWish[]> {
  const wishes = asked.wishes.filter((wish) => wish.channel === "phone");
  const number = person.kept?.phone ?? null;
  if (number === null || person.kept === null || wishes.length === 0) return asked.wishes;
  const { how } = person.kept;
  const point = await pointOf(tx, deps, workspaceId, asked.contactId, person, number);
  const notices = new Map((await readNotices(tx)).map((notice) => [notice.id, notice]));
  const events = await appendConsentEvents(
    tx,
    deps.keys.master,
    workspaceId,
    wishes.map((wish) =>
      requestedEvent(
        {
          contactId: asked.contactId,
          contactPointId: point.id,
          gateId: point.gateId,
          senderId: asked.senderId,
          language: asked.language,
          // Only a form asks for a number.
          method: "web-form",
          how,
          personKey: person.personKey,
        },
        {
          purposeId: wish.purposeId,
          channel: "phone",
          notice: wish.noticeId === null ? null : (notices.get(wish.noticeId) ?? null),
        },
        asked.createdAt,
      ),
    ),
  );
  return asked.wishes.map((wish) =>
    wish.channel === "phone" ? { ...wish, eventId: events[wishes.indexOf(wish)]?.id ?? null } : wish,
  );
}

/** The person's point with this number, added if it is not theirs yet. */
async function pointOf(
  tx: Tx,
  deps: FlowDeps,
  workspaceId: string,
  contactId: string,
  { contact, identity, personKey }: Person,
  number: string,
): Promise<{ readonly id: string; readonly gateId: number }> {
  const own = contact.points.find((point) => identity.points[point.id] === number);
  if (own !== undefined) return own;
  const isFirst = !contact.points.some((point) => point.channel === "phone");
  const draft = pointDraft(deps.keys, workspaceId, "phone", number, isFirst);
  if (draft === null || contact.wrappedKey === null)
    throw new Error("the number of a sign-up was not checked");
  const [gateId] = await ensureGates(tx, workspaceId, [draft.gateKey]);
  if (gateId === undefined) throw new Error("a gate row was not made");
  await insertPoints(tx, workspaceId, [pointWrite(draft, contactId, gateId)]);
  await updateContacts(tx, [
    {
      ...contact,
      wrappedKey: contact.wrappedKey,
      identity: sealIdentity(personKey, contactId, {
        ...identity,
        points: { ...identity.points, [draft.id]: draft.value },
      }),
    },
  ]);
  await bumpGates(tx, [...contact.points.map((point) => point.gateId), gateId]);
  return { id: draft.id, gateId };
}
