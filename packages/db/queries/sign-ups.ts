import { sql } from "drizzle-orm";
import { array, rows, type Tx } from "../database.ts";
import type { SignUpWish } from "../schema/front-door.ts";

export interface SignUpRecord {
  readonly id: string;
  readonly formId: string | null;
  readonly senderId: string;
  readonly contactId: string;
  readonly contactPointId: string;
  readonly gateId: number;
  readonly language: string;
  readonly wishes: readonly SignUpWish[];
  readonly sealed: Buffer | null;
  readonly messageId: string | null;
  readonly madeContact: boolean;
  /** The sender asks before a consent ends; nobody filled in a form. */
  readonly renews: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly confirmedAt: Date | null;
  readonly purgedAt: Date | null;
}

export type SignUpDraft = Omit<SignUpRecord, "createdAt" | "confirmedAt" | "purgedAt">;

const COLUMNS = sql`id, form_id as "formId", sender_id as "senderId", contact_id as "contactId",
  contact_point_id as "contactPointId", gate_id as "gateId", language, wishes, sealed, message_id as "messageId",
  made_contact as "madeContact", renews, created_at as "createdAt", expires_at as "expiresAt",
  confirmed_at as "confirmedAt", purged_at as "purgedAt"`;

export async function insertSignUp(tx: Tx, workspaceId: string, draft: SignUpDraft): Promise<void> {
  await tx.execute(sql`
    insert into sign_up (id, workspace_id, form_id, sender_id, contact_id, contact_point_id, gate_id, language, wishes,
      sealed, message_id, made_contact, renews, created_at, expires_at)
    values (${draft.id}::uuid, ${workspaceId}::uuid, ${draft.formId}::uuid, ${draft.senderId}::uuid,
      ${draft.contactId}::uuid, ${draft.contactPointId}::uuid, ${draft.gateId}, ${draft.language},
      ${rows(draft.wishes)}, ${draft.sealed}, ${draft.messageId}::uuid,
      ${draft.madeContact}, ${draft.renews}, consentry_now(), ${draft.expiresAt.toISOString()}::timestamptz)`);
}

export async function readSignUp(tx: Tx, signUpId: string): Promise<SignUpRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & SignUpRecord>(
    sql`select ${COLUMNS} from sign_up where id = ${signUpId}::uuid`,
  );
  return row ?? null;
}

/** The sign-up whose link a service message carries; null for another kind of message. */
export async function signUpOfMessage(tx: Tx, messageId: string): Promise<SignUpRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & SignUpRecord>(
    sql`select ${COLUMNS} from sign_up where message_id = ${messageId}::uuid`,
  );
  return row ?? null;
}

/** Uses a sign-up's one confirmation. False when it was used before: of two presses at once one wins. */
export async function claimSignUp(tx: Tx, signUpId: string): Promise<boolean> {
  const claimed = await tx.execute(sql`
    update sign_up set confirmed_at = consentry_now()
    where id = ${signUpId}::uuid and confirmed_at is null and purged_at is null and expires_at > consentry_now()
    returning id`);
  return claimed.length > 0;
}

/** Stores what the confirmation of a sign-up came to: the events its other wishes became. */
export async function setSignUpWishes(
  tx: Tx,
  signUpId: string,
  wishes: readonly SignUpWish[],
): Promise<void> {
  await tx.execute(sql`
    update sign_up set wishes = ${rows(wishes)}, sealed = null
    where id = ${signUpId}::uuid`);
}

/** Sign-ups that nobody confirmed in time, locked; no other sweeper takes them. */
export async function takeOldSignUps(
  tx: Tx,
  madeBefore: Date,
  limit: number,
): Promise<{ id: string; contactId: string; madeContact: boolean }[]> {
  const taken = await tx.execute<{ id: string; contactId: string; madeContact: boolean }>(sql`
    select id, contact_id as "contactId", made_contact as "madeContact" from sign_up
    where confirmed_at is null and purged_at is null and created_at < ${madeBefore.toISOString()}::timestamptz
    order by created_at limit ${limit} for update skip locked`);
  return [...taken];
}

/** The workspaces that have unconfirmed sign-ups made before this instant. */
export async function workspacesWithOldSignUps(tx: Tx, madeBefore: Date): Promise<string[]> {
  const found = await tx.execute<{ id: string }>(
    sql`select id from workspaces_with_old_sign_ups(${madeBefore.toISOString()}::timestamptz) as t(id)`,
  );
  return found.map((row) => row.id);
}

/** Drops what these sign-ups keep of a person. */
export async function purgeSignUps(tx: Tx, signUpIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    update sign_up set sealed = null, purged_at = consentry_now() where id = any(${array(signUpIds, "uuid")})`);
}

/**
 * Those of these contacts of whom nothing is known but purged sign-ups: no event other than `requested`, no other
 * sign-up open or confirmed, never in a campaign, no relationship, nobody merged into them, no request about their data
 * that they verified.
 */
export async function contactsOfSignUpsAlone(tx: Tx, contactIds: readonly string[]): Promise<string[]> {
  if (contactIds.length === 0) return [];
  const found = await tx.execute<{ id: string }>(sql`
    select c.id from contact c
    where c.id = any(${array(contactIds, "uuid")}) and c.erased_at is null
      and not exists (select 1 from consent_event e where e.contact_id = c.id and e.type <> 'requested')
      and not exists (select 1 from sign_up s where s.contact_id = c.id and s.purged_at is null)
      and not exists (select 1 from recipient r where r.contact_id = c.id)
      and not exists (select 1 from relationship r where r.contact_id = c.id)
      and not exists (select 1 from contact m where m.merged_into = c.id)
      and not exists (select 1 from privacy_request q
        where q.contact_id = c.id and q.state not in ('unverified', 'lapsed'))`);
  return found.map((row) => row.id);
}
