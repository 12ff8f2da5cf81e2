import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** Time that workers lost is caught up, but at most this much of it at once. */
const CATCH_UP_MAX_MS = 100;

/**
 * Reserves `count` send times of a campaign's shared rate. All workers reserve from one row, so together they keep
 * the rate however many they are.
 * @returns milliseconds from now to the first reserved time (may be slightly negative); the others follow at
 *   `1000 / ratePerSecond` milliseconds.
 */
export async function reservePace(
  tx: Tx,
  campaignId: string,
  count: number,
  ratePerSecond: number,
): Promise<number> {
  const spanMs = (count * 1000) / ratePerSecond;
  const [row] = await tx.execute<{ delay_ms: number }>(sql`
    update campaign_pace set next_at =
      greatest(next_at, consentry_now() - ${CATCH_UP_MAX_MS} * interval '1 millisecond')
        + ${spanMs}::float8 * interval '1 millisecond'
    where campaign_id = ${campaignId}::uuid
    returning extract(epoch from next_at - consentry_now())::float8 * 1000 - ${spanMs}::float8 as delay_ms`);
  if (row === undefined) throw new Error("the campaign has no pace row; it was never planned");
  return row.delay_ms;
}

/** Starts a campaign's pace; nothing happens when it has one. */
export async function startPace(tx: Tx, workspaceId: string, campaignId: string): Promise<void> {
  await tx.execute(sql`
    insert into campaign_pace (campaign_id, workspace_id, next_at)
    values (${campaignId}, ${workspaceId}, consentry_now()) on conflict do nothing`);
}
