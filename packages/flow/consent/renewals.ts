import { randomUUIDv7 } from "node:crypto";
import { languageOf } from "#core/language";
import { POLICY_DEFAULTS } from "#core/policy";
import { inWorkspace, readClock, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { readPaces } from "#db/queries/contact-preferences";
import { lockContacts } from "#db/queries/contact-write";
import { lockGates } from "#db/queries/gates";
import { readWorkspacePolicy } from "#db/queries/policy";
import { type EndingConsent, endingConsents, insertRenewal } from "#db/queries/renewals";
import { readNotices, readSenders } from "#db/queries/senders";
import { insertSignUp } from "#db/queries/sign-ups";
import { openContact } from "../contacts/contacts.ts";
import type { FlowDeps } from "../deps.ts";
import { queueServiceMessage } from "../service-mail/queue-message.ts";
import { mintConfirmToken } from "./confirm-token.ts";
import { newestNotice } from "./newest-notice.ts";
import { type PointStanding, readStandings } from "./standings.ts";

const DAY_MS = 86_400_000;
const READ_AT_ONCE = 200;
/** The link of a renewal works for so long, whenever the consent ends. */
const LINK_DAYS = 14;

/** A consent that stands and ends soon. */
export interface DueRenewal extends EndingConsent {
  readonly lapsesAt: Date;
}

/**
 * Consents by email that stand now, as the gate has it, and end within the days of the policy `renewalDays`; in the
 * order they were recorded. @param after the last event seen, 0 for the first page.
 */
export async function listRenewals(
  tx: Tx,
  deps: FlowDeps,
  workspaceId: string,
  query: { readonly limit: number; readonly after: number; readonly eventIds?: readonly number[] },
): Promise<DueRenewal[]> {
  const due: DueRenewal[] = [];
  const daysOf = await renewalDays(tx, workspaceId);
  let after = query.after;
  for (;;) {
    const page = await endingConsents(tx, {
      defaults: POLICY_DEFAULTS,
      eventIds: query.eventIds ?? null,
      after,
      limit: READ_AT_ONCE,
    });
    const standings = await readStandings(tx, deps.keys.master, [
      ...new Set(page.map((ending) => ending.contactPointId)),
    ]);
    const now = await readClock(tx);
    for (const ending of page) {
      const { lapsesAt } = standingOfConsent(standings, ending) ?? {};
      if (lapsesAt == null || lapsesAt.getTime() > now.getTime() + daysOf(ending.senderId) * DAY_MS) continue;
      due.push({ ...ending, lapsesAt });
      if (due.length === query.limit) return due;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < READ_AT_ONCE) return due;
    after = last.id;
  }
}

export const notAskedOf = (due: readonly DueRenewal[]): number =>
  due.filter((each) => each.askedAt === null).length;

/** The standing of exactly this consent; undefined when it does not stand, rests on another, or is held back. */
const standingOfConsent = (
  standings: readonly PointStanding[],
  ending: EndingConsent,
): PointStanding | undefined =>
  standings.find(
    (each) =>
      each.contactPointId === ending.contactPointId &&
      each.purposeId === ending.purposeId &&
      each.status === "yes" &&
      each.heldBy === null &&
      each.event?.id === ending.id,
  );

async function renewalDays(tx: Tx, workspaceId: string): Promise<(senderId: string) => number> {
  const workspace = await readWorkspacePolicy(tx, workspaceId);
  const senders = new Map((await readSenders(tx)).map((sender) => [sender.id, sender.policy]));
  return (senderId) =>
    Number(senders.get(senderId)?.["renewalDays"] ?? workspace["renewalDays"] ?? POLICY_DEFAULTS.renewalDays);
}

export interface RenewalOrder {
  readonly workspaceId: string;
  readonly actor: string;
  /** The events that gave the consents; null: whoever is due and was not asked, up to 200. */
  readonly eventIds: readonly number[] | null;
  readonly publicUrl: string;
}

export interface RenewalsAsked {
  readonly asked: readonly number[];
  /** Not due, or does not stand, was asked before, has a message of today, or wants a break. */
  readonly notAsked: readonly number[];
}

/**
 * Asks the people of consents that end soon to give them anew: one service mail for each address and sender, with one
 * button behind its link. Each consent is asked for once. Nobody is asked whose consent is withdrawn, refused or over,
 * and nobody who stopped anything that binds the address; it is looked at again with the key locked when the mail leaves.
 */
export async function orderRenewals(deps: FlowDeps, order: RenewalOrder): Promise<RenewalsAsked> {
  const { workspaceId, eventIds } = order;
  const due = await inWorkspace(deps.database, workspaceId, (tx) =>
    listRenewals(tx, deps, workspaceId, {
      limit: READ_AT_ONCE,
      after: 0,
      ...(eventIds === null ? {} : { eventIds }),
    }),
  );
  const asked: number[] = [];
  const open = due.filter((each) => each.askedAt === null);
  for (const group of Map.groupBy(open, (each) => `${each.gateId} ${each.senderId}`).values()) {
    asked.push(...(await askOne(deps, order, group)));
  }
  if (asked.length > 0) await deps.ring({ kind: "service-mail", workspaceId });
  const notAsked = (eventIds ?? due.map((each) => each.id)).filter((id) => !asked.includes(id));
  return { asked, notAsked };
}

/** One mail for what one address agreed to from one sender. Returns the events it asks about; none: it was not queued. */
async function askOne(deps: FlowDeps, order: RenewalOrder, group: readonly DueRenewal[]): Promise<number[]> {
  const [first] = group;
  if (first === undefined) return [];
  const { workspaceId } = order;
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    await lockContacts(tx, [first.contactId]);
    await lockGates(tx, [first.gateId]);
    // Looked at again under the lock: the person may have spoken, or another order asked them.
    const open = (
      await listRenewals(tx, deps, workspaceId, {
        limit: READ_AT_ONCE,
        after: 0,
        eventIds: group.map((each) => each.id),
      })
    ).filter((each) => each.askedAt === null);
    const contact = await openContact(tx, deps.keys, first.contactId);
    const to = contact?.identity?.points[first.contactPointId];
    const now = await readClock(tx);
    const [pace] = await readPaces(tx, [first.contactId]);
    const wantsBreak = pace?.pausedUntil != null && pace.pausedUntil > now;
    if (contact === null || to === undefined || wantsBreak) return [];
    const language = languageOf(contact.record.language) ?? "en";
    const notices = await readNotices(tx);
    const wishes = open.flatMap((each) => {
      const notice = newestNotice(notices, each.purposeId, "email", language);
      // Without a wording nothing could be proved by the answer.
      return notice === null ? [] : [{ each, notice }];
    });
    if (wishes.length === 0) return [];
    const signUpId = randomUUIDv7();
    const expiresAt = new Date(now.getTime() + LINK_DAYS * DAY_MS);
    const token = mintConfirmToken(deps.keys.token, { workspaceId, signUpId });
    const queued = await queueServiceMessage(tx, deps, {
      workspaceId,
      senderId: first.senderId,
      kind: "renew-consent",
      language,
      gateId: first.gateId,
      contactId: first.contactId,
      to,
      variables: {
        link: `${order.publicUrl}/c/${token}?lang=${language}`,
        items: wishes.map(({ notice }) => notice.wording),
        until: expiresAt.toISOString(),
      },
    });
    // Another sender's went to this address today; this one is asked for another day.
    if (queued.kind === "already-today") return [];
    await insertSignUp(tx, workspaceId, {
      id: signUpId,
      formId: null,
      senderId: first.senderId,
      contactId: first.contactId,
      contactPointId: first.contactPointId,
      gateId: first.gateId,
      language,
      wishes: wishes.map(({ each, notice }) => ({
        purposeId: each.purposeId,
        channel: "email" as const,
        noticeId: notice.id,
        eventId: each.id,
      })),
      sealed: null,
      messageId: queued.messageId,
      madeContact: false,
      renews: true,
      expiresAt,
    });
    const ids = wishes.map(({ each }) => each.id);
    for (const eventId of ids)
      await insertRenewal(tx, workspaceId, { eventId, signUpId, actor: order.actor });
    await recordAudit(tx, workspaceId, order.actor, "renewal-ordered", first.contactId, { events: ids });
    return ids;
  });
}

/** The wishes of a renewal whose consent was neither withdrawn, refused nor stopped since; one that lapsed may be given anew. */
export async function renewableWishes(
  tx: Tx,
  deps: Pick<FlowDeps, "keys">,
  renewal: { readonly contactPointId: string },
  purposeIds: readonly string[],
): Promise<PointStanding[]> {
  const standings = await readStandings(tx, deps.keys.master, [renewal.contactPointId]);
  return standings.filter(
    (each) => purposeIds.includes(each.purposeId) && (each.status === "yes" || each.status === "lapsed"),
  );
}
