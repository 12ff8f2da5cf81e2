import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** Notes that a person is being erased, in the transaction of the tombstones. False: it was noted before. */
export async function beginErasure(
  tx: Tx,
  workspaceId: string,
  contactId: string,
  actor: string,
): Promise<boolean> {
  const begun = await tx.execute(sql`
    insert into erasure (contact_id, workspace_id, requested_at, actor)
    values (${contactId}, ${workspaceId}, consentry_now(), ${actor}) on conflict do nothing returning contact_id`);
  return begun.length > 0;
}

/** When the person was asked to be erased and when the key was destroyed; null when nobody asked. */
export async function readErasure(
  tx: Tx,
  contactId: string,
): Promise<{ readonly requestedAt: Date; readonly shreddedAt: Date | null } | null> {
  const [row] = await tx.execute<{ requestedAt: Date; shreddedAt: Date | null }>(sql`
    select requested_at as "requestedAt", shredded_at as "shreddedAt" from erasure
    where contact_id = ${contactId}::uuid`);
  return row ?? null;
}

/**
 * Destroys people's keys and everything that names them. What stays are ids: the contact's, its points', and the
 * ledger with its commitments, whose evidence nobody can open any more. The caller holds the contacts' locks.
 */
export async function shredContacts(tx: Tx, contactIds: readonly string[]): Promise<void> {
  if (contactIds.length === 0) return;
  const ids = array(contactIds, "uuid");
  const points = sql`contact_point where contact_id = any(${ids})`;
  await tx.execute(sql`delete from point_index where contact_point_id in (select id from ${points})`);
  await tx.execute(sql`delete from name_index where contact_id = any(${ids})`);
  await tx.execute(sql`delete from relationship where contact_id = any(${ids})`);
  await tx.execute(sql`
    update sign_up set sealed = null, purged_at = coalesce(purged_at, consentry_now())
    where contact_id = any(${ids})`);
  await tx.execute(sql`update privacy_request set sealed = null where contact_id = any(${ids})`);
  // What waits for any of their addresses may say who they are, whoever asked for it.
  await tx.execute(sql`
    update service_message set sealed = null, state = 'failed', reason = 'suppressed-erasure', ended_at = consentry_now()
    where state = 'queued' and (contact_id = any(${ids}) or gate_id in (select gate_id from ${points}))`);
  await tx.execute(sql`
    update contact set wrapped_key = null, identity = null, attributes = '{}', country = null, region = null,
      language = null, party = 'consumer', age = null, restricted_since = null, obtained_at = null,
      art14_notice_at = null, opt_out_signal_at = null, erased_at = coalesce(erased_at, consentry_now()),
      updated_at = consentry_now()
    where id = any(${ids})`);
  // Who was merged into them left the key of their evidence.
  await tx.execute(sql`
    update contact set wrapped_key = null, erased_at = coalesce(erased_at, consentry_now()), updated_at = consentry_now()
    where merged_into = any(${ids})`);
  await tx.execute(
    sql`update erasure set shredded_at = consentry_now() where contact_id = any(${ids}) and shredded_at is null`,
  );
}

/** Erasures, of all workspaces, whose process ended before the key was destroyed. */
export async function unfinishedErasures(tx: Tx): Promise<{ workspaceId: string; contactId: string }[]> {
  const open = await tx.execute<{ workspaceId: string; contactId: string }>(
    sql`select workspace_id as "workspaceId", contact_id as "contactId" from unfinished_erasures()`,
  );
  return [...open];
}
