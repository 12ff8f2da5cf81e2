import { languageOf } from "#core/language";
import { inWorkspace, readClock, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { personKeyOfContact } from "#db/queries/person-keys";
import {
  auditOfRequest,
  lockPrivacyRequest,
  type PrivacyRequestRecord,
  readPrivacyRequest,
  updatePrivacyRequest,
} from "#db/queries/privacy-requests";
import { openContact } from "../../contacts/contacts.ts";
import type { FlowDeps } from "../../deps.ts";
import { queueServiceMessage } from "../../service-mail/queue-message.ts";
import { LINK_DAYS } from "./open-request.ts";
import { openText, type RequestText, sealText } from "./request-text.ts";
import { mintRequestToken } from "./request-token.ts";

const DAY_MS = 86_400_000;

export interface StaffView {
  readonly request: PrivacyRequestRecord;
  readonly text: RequestText;
  readonly audit: Awaited<ReturnType<typeof auditOfRequest>>;
}

/** A request with what was written and who did what about it; null when this workspace has none of that id. */
export async function viewRequest(
  deps: FlowDeps,
  workspaceId: string,
  requestId: string,
): Promise<StaffView | null> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const request = await readPrivacyRequest(tx, requestId);
    if (request === null) return null;
    const key = await personKeyOfContact(tx, deps.keys.master, request.contactId);
    return {
      request,
      text: openText(key, workspaceId, request),
      audit: await auditOfRequest(tx, requestId),
    };
  });
}

export type StaffResult =
  | { readonly kind: "done"; readonly request: PrivacyRequestRecord }
  | { readonly kind: "not-found" }
  /** Closed already, or nobody has verified it yet. */
  | { readonly kind: "not-open" }
  /** The law of the request knows no extension, or it was extended before, or its date has passed. */
  | { readonly kind: "no-extension" };

export interface StaffOrder {
  readonly workspaceId: string;
  readonly requestId: string;
  readonly actor: string;
}

/** Puts the answer off to the latest date the law allows, once, before the first date has passed. */
export async function extendRequest(
  deps: FlowDeps,
  order: StaffOrder & { readonly reason: string },
): Promise<StaffResult> {
  return changeOpen(deps, order, async (tx, request, now) => {
    if (request.extendedBy === null || request.extendedAt !== null || request.answerBy < now)
      return { kind: "no-extension" };
    const key = await personKeyOfContact(tx, deps.keys.master, request.contactId);
    if (key === null) return { kind: "not-open" };
    const text = { ...openText(key, order.workspaceId, request), extension: order.reason };
    await updatePrivacyRequest(tx, request.id, {
      answerBy: request.extendedBy,
      extendedAt: now,
      sealed: sealText(key, order.workspaceId, request.id, text),
    });
    await recordAudit(tx, order.workspaceId, order.actor, "privacy-request-extended", request.id, {
      until: request.extendedBy.toISOString(),
    });
    return null;
  });
}

/** Answers or refuses an open request, and mails the person a link to what was written. */
export async function answerRequest(
  deps: FlowDeps,
  order: StaffOrder & {
    readonly outcome: "answered" | "refused";
    readonly answer: string;
    readonly publicUrl: string;
  },
): Promise<StaffResult> {
  const { workspaceId } = order;
  const result = await changeOpen(deps, order, async (tx, request, now) => {
    const key = await personKeyOfContact(tx, deps.keys.master, request.contactId);
    if (key === null || request.contactId === null) return { kind: "not-open" };
    const text = { ...openText(key, workspaceId, request), answer: order.answer };
    const linkUntil = new Date(now.getTime() + LINK_DAYS * DAY_MS);
    await updatePrivacyRequest(tx, request.id, {
      state: order.outcome,
      closedAt: now,
      linkUntil,
      sealed: sealText(key, workspaceId, request.id, text),
    });
    await recordAudit(tx, workspaceId, order.actor, `privacy-request-${order.outcome}`, request.id, {});
    await mailAnswer(tx, deps, order, { ...request, linkUntil });
    return null;
  });
  if (result.kind === "done") await deps.ring({ kind: "service-mail", workspaceId });
  return result;
}

async function mailAnswer(
  tx: Tx,
  deps: FlowDeps,
  order: { readonly workspaceId: string; readonly publicUrl: string },
  request: PrivacyRequestRecord,
): Promise<void> {
  const contact = await openContact(tx, deps.keys, request.contactId ?? "");
  const point = contact?.record.points.find(
    (each) => each.channel === "email" && (request.gateId === null || each.gateId === request.gateId),
  );
  const to = point === undefined ? undefined : contact?.identity?.points[point.id];
  if (point === undefined || to === undefined) return;
  const link = { workspaceId: order.workspaceId, requestId: request.id };
  await queueServiceMessage(tx, deps, {
    workspaceId: order.workspaceId,
    senderId: request.senderId,
    kind: "answer-ready",
    language: languageOf(request.language) ?? "en",
    gateId: point.gateId,
    contactId: request.contactId,
    to,
    variables: {
      link: `${order.publicUrl}/privacy/r/${mintRequestToken(deps.keys.token, link)}?lang=${request.language}`,
      items: [],
      until: request.linkUntil.toISOString(),
    },
  });
}

async function changeOpen(
  deps: FlowDeps,
  order: StaffOrder,
  change: (tx: Tx, request: PrivacyRequestRecord, now: Date) => Promise<StaffResult | null>,
): Promise<StaffResult> {
  return inWorkspace(deps.database, order.workspaceId, async (tx): Promise<StaffResult> => {
    const request = await lockPrivacyRequest(tx, order.requestId);
    if (request === null) return { kind: "not-found" };
    if (request.state !== "open") return { kind: "not-open" };
    const refused = await change(tx, request, await readClock(tx));
    if (refused !== null) return refused;
    return { kind: "done", request: (await readPrivacyRequest(tx, request.id)) ?? request };
  });
}
