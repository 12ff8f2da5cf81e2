import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** How many people agreed under one of these notices. Reads the whole ledger of the workspace: for a page seldom asked. */
export async function peopleUnderNotices(tx: Tx, noticeIds: readonly string[]): Promise<number> {
  if (noticeIds.length === 0) return 0;
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(distinct contact_id)::int as count from consent_event
    where notice_id = any(${array(noticeIds, "uuid")}) and type in ('given', 'confirmed', 'renewed')`);
  return row?.count ?? 0;
}
