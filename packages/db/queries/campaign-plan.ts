import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/**
 * Claims the planning of a campaign for this transaction: a second planner waits for the row and then finds the plan
 * made. Returns false when it was.
 */
export async function startPlan(tx: Tx, workspaceId: string, campaignId: string): Promise<boolean> {
  await tx.execute(sql`
    insert into campaign_plan (campaign_id, workspace_id, started_at)
    values (${campaignId}, ${workspaceId}, consentry_now()) on conflict do nothing`);
  const [row] = await tx.execute<{ planned: boolean }>(sql`
    select planned_at is not null as planned from campaign_plan where campaign_id = ${campaignId}::uuid for update`);
  return row !== undefined && !row.planned;
}

/** Notes that the audience is planned and marks its slices as rung. Returns the slices, in order. */
export async function finishPlan(tx: Tx, campaignId: string, recipients: number): Promise<number[]> {
  await tx.execute(sql`
    update campaign_plan set planned_at = consentry_now(), recipients = ${recipients}
    where campaign_id = ${campaignId}::uuid`);
  const slices = await tx.execute<{ slice: number }>(sql`
    update campaign_slice set rung_at = consentry_now() where campaign_id = ${campaignId}::uuid returning slice`);
  return slices.map((row) => row.slice).sort((a, b) => a - b);
}
