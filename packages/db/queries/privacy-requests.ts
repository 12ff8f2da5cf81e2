import { sql } from "drizzle-orm";
import type { PrivacyLaw, PrivacyRequestKind } from "#core/rights/deadlines";
import type { Tx } from "../database.ts";

export type PrivacyRequestState = "unverified" | "open" | "answered" | "refused" | "lapsed";

export interface PrivacyRequestRecord {
  readonly id: string;
  readonly senderId: string;
  readonly contactId: string | null;
  readonly gateId: number | null;
  readonly kind: PrivacyRequestKind;
  readonly law: PrivacyLaw;
  readonly state: PrivacyRequestState;
  readonly language: string;
  readonly byAgent: boolean;
  readonly sealed: Buffer | null;
  readonly receivedAt: Date;
  readonly linkUntil: Date;
  readonly verifiedAt: Date | null;
  readonly answerBy: Date;
  readonly confirmBy: Date | null;
  /** The latest date an extension may reach. */
  readonly extendedBy: Date | null;
  readonly extendedAt: Date | null;
  readonly closedAt: Date | null;
}

const COLUMNS = sql`id, sender_id as "senderId", contact_id as "contactId", gate_id as "gateId", kind, law, state,
  language, by_agent as "byAgent", sealed, received_at as "receivedAt", link_until as "linkUntil",
  verified_at as "verifiedAt", answer_by as "answerBy", confirm_by as "confirmBy", extended_by as "extendedBy",
  extended_at as "extendedAt", closed_at as "closedAt"`;

export type PrivacyRequestDraft = Omit<PrivacyRequestRecord, "extendedAt">;

export async function insertPrivacyRequest(
  tx: Tx,
  workspaceId: string,
  draft: PrivacyRequestDraft,
): Promise<void> {
  const at = (instant: Date | null) => sql`${instant?.toISOString() ?? null}::timestamptz`;
  await tx.execute(sql`
    insert into privacy_request (id, workspace_id, sender_id, contact_id, gate_id, kind, law, state, language, by_agent,
      sealed, received_at, link_until, verified_at, answer_by, confirm_by, extended_by, closed_at)
    values (${draft.id}::uuid, ${workspaceId}::uuid, ${draft.senderId}::uuid, ${draft.contactId}::uuid, ${draft.gateId},
      ${draft.kind}, ${draft.law}, ${draft.state}, ${draft.language}, ${draft.byAgent}, ${draft.sealed},
      ${at(draft.receivedAt)}, ${at(draft.linkUntil)}, ${at(draft.verifiedAt)}, ${at(draft.answerBy)},
      ${at(draft.confirmBy)}, ${at(draft.extendedBy)}, ${at(draft.closedAt)})`);
}

/** A request, held until the transaction ends; null when this workspace has none of that id. */
export async function lockPrivacyRequest(tx: Tx, id: string): Promise<PrivacyRequestRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & PrivacyRequestRecord>(
    sql`select ${COLUMNS} from privacy_request where id = ${id}::uuid for update`,
  );
  return row ?? null;
}

export async function readPrivacyRequest(tx: Tx, id: string): Promise<PrivacyRequestRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & PrivacyRequestRecord>(
    sql`select ${COLUMNS} from privacy_request where id = ${id}::uuid`,
  );
  return row ?? null;
}

export interface PrivacyRequestChange {
  readonly state?: PrivacyRequestState;
  readonly verifiedAt?: Date;
  readonly answerBy?: Date;
  readonly extendedAt?: Date;
  readonly closedAt?: Date;
  readonly sealed?: Buffer;
  readonly linkUntil?: Date;
}

/** Changes a request that is held. */
export async function updatePrivacyRequest(tx: Tx, id: string, change: PrivacyRequestChange): Promise<void> {
  const at = (instant: Date | undefined) => sql`${instant?.toISOString() ?? null}::timestamptz`;
  await tx.execute(sql`
    update privacy_request set state = coalesce(${change.state ?? null}, state),
      verified_at = coalesce(${at(change.verifiedAt)}, verified_at),
      answer_by = coalesce(${at(change.answerBy)}, answer_by),
      extended_at = coalesce(${at(change.extendedAt)}, extended_at),
      closed_at = coalesce(${at(change.closedAt)}, closed_at),
      link_until = coalesce(${at(change.linkUntil)}, link_until),
      sealed = coalesce(${change.sealed ?? null}, sealed)
    where id = ${id}::uuid`);
}

/** The queue for staff: what is open first, by due date, then the newest of the rest. */
export async function listPrivacyRequests(
  tx: Tx,
  query: { readonly state: PrivacyRequestState | null; readonly limit: number },
): Promise<PrivacyRequestRecord[]> {
  const found = await tx.execute<Record<string, unknown> & PrivacyRequestRecord>(sql`
    select ${COLUMNS} from privacy_request where ${query.state}::text is null or state = ${query.state}
    order by (state = 'open') desc, case when state = 'open' then answer_by end, received_at desc, id
    limit ${query.limit}`);
  return [...found];
}

/** The same in the order they came, page by page. */
export async function pagePrivacyRequests(
  tx: Tx,
  query: {
    readonly state: PrivacyRequestState | null;
    readonly limit: number;
    readonly after: string | null;
  },
): Promise<PrivacyRequestRecord[]> {
  const found = await tx.execute<Record<string, unknown> & PrivacyRequestRecord>(sql`
    select ${COLUMNS} from privacy_request
    where (${query.state}::text is null or state = ${query.state})
      and (${query.after}::uuid is null or id > ${query.after}::uuid)
    order by id limit ${query.limit}`);
  return [...found];
}

export async function privacyRequestsOfContact(tx: Tx, contactId: string): Promise<PrivacyRequestRecord[]> {
  const found = await tx.execute<Record<string, unknown> & PrivacyRequestRecord>(
    sql`select ${COLUMNS} from privacy_request where contact_id = ${contactId}::uuid order by received_at, id`,
  );
  return [...found];
}

/** Who did what about a request, oldest first. */
export async function auditOfRequest(
  tx: Tx,
  id: string,
): Promise<{ action: string; actor: string; at: Date; detail: Readonly<Record<string, unknown>> }[]> {
  const found = await tx.execute<{
    action: string;
    actor: string;
    at: Date;
    detail: Readonly<Record<string, unknown>>;
  }>(sql`select action, actor, at, detail from audit_entry where subject = ${id} order by id`);
  return [...found];
}

/** The workspace of a sender's public page; null when there is no such sender. */
export async function workspaceOfSender(tx: Tx, senderId: string): Promise<string | null> {
  const [row] = await tx.execute<{ id: string | null }>(
    sql`select sender_workspace(${senderId}::uuid) as id`,
  );
  return row?.id ?? null;
}
