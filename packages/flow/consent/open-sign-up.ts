import { inWorkspace, readClock, type Tx } from "#db/database";
import { type NoticeRecord, readNotices, readPurposes } from "#db/queries/senders";
import { readServiceSpeaker, type ServiceSpeaker } from "#db/queries/service-senders";
import { readSignUp, type SignUpRecord } from "#db/queries/sign-ups";
import type { SignUpWish } from "#db/schema/front-door";
import { decrypt } from "#db/vault/keyring";
import { unwrapPersonKey } from "#db/vault/person";
import { openContact } from "../contacts/contacts.ts";
import type { FlowDeps } from "../deps.ts";
import { noticesInForce } from "../senders/notices-in-force.ts";
import type { ConfirmFields } from "./confirm-token.ts";
import { type SealedSignUp, signUpContext } from "./request-consent.ts";

/** A sign-up as the page behind its link shows it. */
export interface OpenSignUp {
  readonly speaker: ServiceSpeaker;
  readonly contactId: string;
  readonly gateId: number;
  readonly address: string;
  /** The language it was asked in. */
  readonly language: string;
  readonly wishes: readonly {
    readonly wish: SignUpWish;
    readonly purposeName: string;
    readonly notice: { readonly wording: string; readonly language: string } | null;
  }[];
  /** `open`: a press confirms it. */
  readonly state: "open" | "confirmed" | "expired";
}

/** Null for what was purged, and for a person who was erased meanwhile: then the link is none of ours. */
export async function openSignUp(deps: FlowDeps, fields: ConfirmFields): Promise<OpenSignUp | null> {
  return inWorkspace(deps.database, fields.workspaceId, async (tx) => {
    const signUp = await readSignUp(tx, fields.signUpId);
    if (signUp === null || signUp.purgedAt !== null) return null;
    const opened = await openPerson(tx, deps, fields.workspaceId, signUp);
    const speaker = await readServiceSpeaker(tx, signUp.senderId);
    if (opened === null || speaker === null) return null;
    const purposes = new Map((await readPurposes(tx)).map((purpose) => [purpose.id, purpose.name]));
    const notices = new Map((await readNotices(tx)).map((notice) => [notice.id, notice]));
    return {
      speaker,
      contactId: signUp.contactId,
      gateId: signUp.gateId,
      address: opened.address,
      language: signUp.language,
      wishes: signUp.wishes.map((wish) => ({
        wish,
        purposeName: purposes.get(wish.purposeId) ?? "",
        notice: notices.get(wish.noticeId ?? "") ?? null,
      })),
      state:
        signUp.confirmedAt !== null
          ? "confirmed"
          : signUp.expiresAt <= (await readClock(tx)) || isOutdated(signUp.wishes, [...notices.values()])
            ? "expired"
            : "open",
    };
  });
}

/** True where something was asked for in words that have another meaning now: a yes to them would permit nothing. */
export function isOutdated(wishes: readonly SignUpWish[], notices: readonly NoticeRecord[]): boolean {
  const inForce = new Set(noticesInForce(notices).map((notice) => notice.id));
  return wishes.some((wish) => wish.noticeId !== null && !inForce.has(wish.noticeId));
}

/** The person behind a sign-up, with what was kept of it; null when they were erased or the address is not theirs now. */
export async function openPerson(tx: Tx, deps: FlowDeps, workspaceId: string, signUp: SignUpRecord) {
  const contact = await openContact(tx, deps.keys, signUp.contactId);
  if (contact?.identity == null || contact.record.wrappedKey === null) return null;
  const address = contact.identity.points[signUp.contactPointId];
  if (address === undefined) return null;
  const personKey = unwrapPersonKey(deps.keys.master, signUp.contactId, contact.record.wrappedKey);
  const kept =
    signUp.sealed === null
      ? null
      : (JSON.parse(
          decrypt(personKey, signUp.sealed, signUpContext(workspaceId, signUp.id)).toString(),
        ) as SealedSignUp);
  return { contact: contact.record, identity: contact.identity, address, personKey, kept };
}
