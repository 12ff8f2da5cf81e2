import { inWorkspace, readClock, type Tx } from "#db/database";
import { appendConsentEvents, type ConsentEventDraft, readConsentEvents } from "#db/queries/consent-events";
import { lockContacts } from "#db/queries/contact-write";
import { lockGates } from "#db/queries/gates";
import { readNotices } from "#db/queries/senders";
import { claimSignUp, readSignUp, type SignUpRecord, setSignUpWishes } from "#db/queries/sign-ups";
import { liftSuppressions, type StandingSuppression, standingSuppressions } from "#db/queries/suppressions";
import type { FlowDeps } from "../deps.ts";
import { attachNumber } from "./attach-number.ts";
import { type ConfirmFields, tokenHash } from "./confirm-token.ts";
import { isOutdated, openPerson } from "./open-sign-up.ts";
import { renewableWishes } from "./renewals.ts";
import { consentsLeftStanding } from "./standing-consents.ts";

export type ConfirmResult =
  | { readonly kind: "confirmed" }
  /** The link was used before; what it confirmed stands, unless it was withdrawn since. */
  | { readonly kind: "already" }
  | { readonly kind: "expired" }
  /** The person objects, or reported a message: a sign-up does not take that back. */
  | { readonly kind: "objection-stands" }
  | { readonly kind: "not-valid" };

/**
 * The owner of the address confirms: each wish by email becomes a `confirmed` event, which lifts an older withdrawal
 * of that purpose, and an opt-out from everything (or an erasure) is lifted with it. What the person had stopped with
 * that opt-out and does not ask for now is recorded as withdrawn first: coming back for one thing brings nothing
 * else back. A number is proved by nobody's mailbox: its wishes are recorded as `requested` and wait for a call.
 */
export async function confirmSignUp(
  deps: FlowDeps,
  fields: ConfirmFields,
  witness: { readonly token: string; readonly ip: string; readonly userAgent: string },
): Promise<ConfirmResult> {
  const { workspaceId } = fields;
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<ConfirmResult> => {
    const asked = await readSignUp(tx, fields.signUpId);
    if (asked === null || asked.purgedAt !== null) return { kind: "not-valid" };
    await lockContacts(tx, [asked.contactId]);
    const person = await openPerson(tx, deps, workspaceId, asked);
    if (person === null) return { kind: "not-valid" };
    await lockGates(tx, [asked.gateId, ...person.contact.points.map((point) => point.gateId)]);
    const standing = (await standingSuppressions(tx, [asked.gateId])).filter(
      (entry) => entry.senderId === null || entry.senderId === asked.senderId,
    );
    if (standing.some((entry) => entry.kind === "objection" || entry.kind === "complaint"))
      return { kind: "objection-stands" };
    if (asked.confirmedAt === null && isOutdated(asked.wishes, await readNotices(tx)))
      return { kind: "expired" };
    const wishes = await wishesToRecord(tx, deps, asked, standing.length > 0);
    // A renewal brings nothing back that was stopped since it was asked for: only a sign-up does.
    if (wishes.length === 0 && asked.confirmedAt === null) return { kind: "expired" };
    if (!(await claimSignUp(tx, asked.id)))
      return { kind: asked.confirmedAt === null ? "expired" : "already" };
    const lifted = standing.filter((entry) => entry.kind === "unsubscribe" || entry.kind === "erasure");
    await record(tx, deps, workspaceId, { ...asked, wishes }, person.personKey, lifted, {
      tokenHash: `sha256:${tokenHash(witness.token)}`,
      ip: witness.ip,
      userAgent: witness.userAgent,
      ...(asked.messageId === null ? {} : { messageId: asked.messageId }),
    });
    await setSignUpWishes(tx, asked.id, await attachNumber(tx, deps, workspaceId, asked, person));
    return { kind: "confirmed" };
  });
}

/** All that a sign-up asked for; of a renewal what still stands, or has only lapsed. */
async function wishesToRecord(
  tx: Tx,
  deps: FlowDeps,
  asked: SignUpRecord,
  isStopped: boolean,
): Promise<SignUpRecord["wishes"]> {
  if (!asked.renews) return asked.wishes;
  if (isStopped) return [];
  const purposeIds = asked.wishes.map((wish) => wish.purposeId);
  const renewable = await renewableWishes(tx, deps, asked, purposeIds);
  return asked.wishes.filter((wish) => renewable.some((each) => each.purposeId === wish.purposeId));
}

async function record(
  tx: Tx,
  deps: FlowDeps,
  workspaceId: string,
  asked: SignUpRecord,
  personKey: Buffer,
  lifted: readonly StandingSuppression[],
  evidence: Readonly<Record<string, unknown>>,
): Promise<void> {
  const now = await readClock(tx);
  const wishes = asked.wishes.filter((wish) => wish.channel === "email");
  const base = {
    gateId: asked.gateId,
    channel: "email" as const,
    contactId: asked.contactId,
    contactPointId: null,
    senderId: asked.senderId,
    purposeId: null,
    occurredAt: now,
    method: "double-opt-in",
    actor: "person",
    claimed: false,
    lifts: false,
    noticeId: null,
    expiresAt: null,
    campaignId: null,
    suppressionKind: null,
    payload: evidence,
    personKey,
  };
  const [first] = lifted;
  const kept =
    first === undefined
      ? []
      : consentsLeftStanding(await readConsentEvents(tx, [asked.gateId]), now).filter(
          (consent) => !wishes.some((wish) => wish.purposeId === consent.purposeId),
        );
  const drafts: ConsentEventDraft[] = [
    ...kept.map((consent) => ({
      ...base,
      type: "withdrawn" as const,
      senderId: consent.senderId,
      purposeId: consent.purposeId,
      occurredAt: first?.at ?? now,
      method: "stopped-everything",
      payload: {},
    })),
    ...wishes.map((wish) => ({
      ...base,
      type: asked.renews ? ("renewed" as const) : ("confirmed" as const),
      contactPointId: asked.contactPointId,
      purposeId: wish.purposeId,
      lifts: true,
      noticeId: wish.noticeId,
      payload: {
        ...evidence,
        ...(wish.eventId === null
          ? {}
          : { [asked.renews ? "renewsEventId" : "requestedEventId"]: wish.eventId }),
      },
    })),
    ...lifted.map((entry) => ({
      ...base,
      type: "suppression-lifted" as const,
      senderId: entry.senderId,
      suppressionKind: entry.kind,
      lifts: true,
    })),
  ];
  const recorded = await appendConsentEvents(tx, deps.keys.master, workspaceId, drafts);
  for (const [place, entry] of lifted.entries()) {
    const event = recorded[kept.length + wishes.length + place];
    if (event === undefined) throw new Error("a lifting event was not recorded");
    await liftSuppressions(tx, [entry.id], event.id);
  }
}
