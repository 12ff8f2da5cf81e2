import { randomUUIDv7 } from "node:crypto";
import type { Language } from "#core/language";
import { readClock, type Tx } from "#db/database";
import { appendConsentEvents } from "#db/queries/consent-events";
import { insertSignUp } from "#db/queries/sign-ups";
import { encrypt } from "#db/vault/keyring";
import type { FlowDeps } from "../deps.ts";
import { queueServiceMessage } from "../service-mail/queue-message.ts";
import { mintConfirmToken } from "./confirm-token.ts";

/** A confirmation link works for so long. */
export const CONFIRM_DAYS = 7;
const DAY_MS = 86_400_000;

/** What was asked for, and the wording beside the box. */
export interface AskedFor {
  readonly purposeId: string;
  readonly channel: "email" | "phone";
  readonly notice: { readonly id: string; readonly wording: string; readonly hash: string } | null;
}

/** How it was asked for, kept as evidence under the person's key. */
export interface AskedHow {
  readonly page: string;
  readonly ip: string;
  readonly userAgent: string;
}

/** What a sign-up keeps until it is confirmed, under the person's key. */
export interface SealedSignUp {
  readonly phone: string | null;
  readonly how: AskedHow;
}

export const signUpContext = (workspaceId: string, signUpId: string): string =>
  `sign-up:${workspaceId}:${signUpId}`;

/** Who asks, for which contact point, of which sender, and how. */
interface Requester {
  readonly senderId: string;
  readonly contactId: string;
  readonly personKey: Buffer;
  readonly contactPointId: string;
  readonly gateId: number;
  readonly language: string;
  readonly how: AskedHow;
  readonly method: "web-form" | "preference-page";
}

export interface ConsentRequest extends Requester {
  readonly workspaceId: string;
  readonly formId: string | null;
  readonly to: string;
  readonly language: Language;
  readonly asked: readonly AskedFor[];
  readonly phone: string | null;
  /** The person's way to the answer: the public address of this product. */
  readonly publicUrl: string;
  readonly madeContact: boolean;
}

/**
 * Records that somebody asked for consent to be theirs, which permits nothing, and queues the one mail that asks the
 * owner of the address. What is asked for a number is kept and recorded when the address is confirmed: until then it
 * is anybody's word. The caller holds the gate row's lock.
 */
export async function requestConsent(tx: Tx, deps: FlowDeps, request: ConsentRequest): Promise<void> {
  const { workspaceId } = request;
  const now = await readClock(tx);
  const signUpId = randomUUIDv7();
  const byEmail = request.asked.filter((each) => each.channel === "email");
  const events = await appendConsentEvents(
    tx,
    deps.keys.master,
    workspaceId,
    byEmail.map((each) => requestedEvent(request, each, now)),
  );
  const expiresAt = new Date(now.getTime() + CONFIRM_DAYS * DAY_MS);
  const link = `${request.publicUrl}/c/${mintConfirmToken(deps.keys.token, { workspaceId, signUpId })}`;
  const queued = await queueServiceMessage(tx, deps, {
    workspaceId,
    senderId: request.senderId,
    kind: "confirm-sign-up",
    language: request.language,
    gateId: request.gateId,
    contactId: request.contactId,
    to: request.to,
    variables: {
      link: `${link}?lang=${request.language}`,
      items: request.asked.flatMap((each) => (each.notice === null ? [] : [each.notice.wording])),
      until: expiresAt.toISOString(),
    },
  });
  const sealed: SealedSignUp = { phone: request.phone, how: request.how };
  await insertSignUp(tx, workspaceId, {
    id: signUpId,
    formId: request.formId,
    senderId: request.senderId,
    contactId: request.contactId,
    contactPointId: request.contactPointId,
    gateId: request.gateId,
    language: request.language,
    wishes: request.asked.map((each) => ({
      purposeId: each.purposeId,
      channel: each.channel,
      noticeId: each.notice?.id ?? null,
      eventId: each.channel === "email" ? (events[byEmail.indexOf(each)]?.id ?? null) : null,
    })),
    sealed: encrypt(
      request.personKey,
      Buffer.from(JSON.stringify(sealed)),
      signUpContext(workspaceId, signUpId),
    ),
    messageId: queued.kind === "queued" ? queued.messageId : null,
    madeContact: request.madeContact,
    renews: false,
    expiresAt,
  });
}

/** What somebody asks for as theirs: it permits nothing before they have confirmed. */
export function requestedEvent(request: Requester, each: AskedFor, occurredAt: Date) {
  return {
    gateId: request.gateId,
    channel: each.channel,
    type: "requested" as const,
    contactId: request.contactId,
    contactPointId: request.contactPointId,
    senderId: request.senderId,
    purposeId: each.purposeId,
    occurredAt,
    method: request.method,
    actor: "person",
    claimed: false,
    lifts: false,
    noticeId: each.notice?.id ?? null,
    expiresAt: null,
    campaignId: null,
    suppressionKind: null,
    payload: { ...evidenceOf(request.how, each.notice), language: request.language },
    personKey: request.personKey,
  };
}

/** The box was empty until the person ticked it, beside exactly this wording. */
const evidenceOf = (how: AskedHow, notice: AskedFor["notice"]) => ({
  page: how.page,
  ip: how.ip,
  userAgent: how.userAgent,
  checkboxDefault: false,
  ...(notice === null ? {} : { statement: notice.wording, noticeHash: `sha256:${notice.hash}` }),
});
