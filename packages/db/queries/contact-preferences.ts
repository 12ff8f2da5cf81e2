import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** How much a person wants to hear; all null: as it comes. */
export interface Pace {
  readonly pausedUntil: Date | null;
  readonly capMax: number | null;
  readonly capWindowHours: number | null;
}

export interface PaceEntry extends Pace {
  readonly contactId: string;
  readonly createdAt: Date;
}

const COLUMNS = sql`contact_id as "contactId", paused_until as "pausedUntil", cap_max as "capMax",
  cap_window_hours as "capWindowHours", created_at as "createdAt"`;

/** Records a person's choice. The caller bumps the contact's gate rows. */
export async function insertPace(tx: Tx, workspaceId: string, contactId: string, pace: Pace): Promise<void> {
  await tx.execute(sql`
    insert into contact_preference (workspace_id, contact_id, paused_until, cap_max, cap_window_hours, created_at)
    values (${workspaceId}::uuid, ${contactId}::uuid, ${pace.pausedUntil?.toISOString() ?? null}::timestamptz,
      ${pace.capMax}, ${pace.capWindowHours}, consentry_now())`);
}

/**
 * The choices in force; contacts that never chose are absent.
 * @param asOf those that were in force at this past instant; null: those in force now.
 */
export async function readPaces(
  tx: Tx,
  contactIds: readonly string[],
  asOf: Date | null = null,
): Promise<PaceEntry[]> {
  if (contactIds.length === 0) return [];
  const found = await tx.execute<Record<string, unknown> & PaceEntry>(sql`
    select distinct on (contact_id) ${COLUMNS} from contact_preference
    where contact_id = any(${array(contactIds, "uuid")})
      and (${asOf?.toISOString() ?? null}::timestamptz is null
        or created_at < ${asOf?.toISOString() ?? null}::timestamptz)
    order by contact_id, id desc`);
  return [...found];
}

/** Every choice a person made, newest first. */
export async function readPaceHistory(tx: Tx, contactId: string, limit: number): Promise<PaceEntry[]> {
  const found = await tx.execute<Record<string, unknown> & PaceEntry>(sql`
    select ${COLUMNS} from contact_preference where contact_id = ${contactId}::uuid order by id desc limit ${limit}`);
  return [...found];
}

/**
 * When these people were contacted on any of their points, or may have been: for caps of their own choice. What
 * somebody got before they were merged into one of these counts as theirs.
 * @param before only contacts before this instant; null for all.
 */
export async function contactsOfPeopleSince(
  tx: Tx,
  contactIds: readonly string[],
  since: Date,
  before: Date | null,
): Promise<{ contactId: string; at: Date }[]> {
  if (contactIds.length === 0) return [];
  const found = await tx.execute<{ contactId: string; at: Date }>(sql`
    with known as materialized (
      select k.id, coalesce(k.merged_into, k.id) as person from contact k
      where k.id = any(${array(contactIds, "uuid")}) or k.merged_into = any(${array(contactIds, "uuid")})
    )
    select k.person as "contactId", r.redeemed_at as at from known k join recipient r on r.contact_id = k.id
    where r.redeemed_at >= ${since.toISOString()}::timestamptz
      and r.redeemed_at < coalesce(${before?.toISOString() ?? null}::timestamptz, 'infinity')
      and r.state in ('redeemed', 'contacted', 'unconfirmed')
    union
    select c.contact_id, c.attempted_at from call c
    where c.contact_id = any(${array(contactIds, "uuid")}) and c.attempted_at >= ${since.toISOString()}::timestamptz
      and c.attempted_at < coalesce(${before?.toISOString() ?? null}::timestamptz, 'infinity')`);
  return [...found];
}
