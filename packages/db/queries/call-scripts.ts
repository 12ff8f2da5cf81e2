import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** Adds a version of what a campaign's agents say. */
export async function insertScript(
  tx: Tx,
  workspaceId: string,
  draft: {
    readonly campaignId: string;
    readonly version: number;
    readonly text: string;
    readonly actor: string;
  },
): Promise<void> {
  await tx.execute(sql`
    insert into call_script (workspace_id, campaign_id, version, text, actor, created_at)
    values (${workspaceId}, ${draft.campaignId}, ${draft.version}, ${draft.text}, ${draft.actor}, consentry_now())`);
}

/** One version of a script; null when there is none. */
export async function readScript(tx: Tx, campaignId: string, version: number): Promise<string | null> {
  const [row] = await tx.execute<{ text: string }>(sql`
    select text from call_script where campaign_id = ${campaignId}::uuid and version = ${version}`);
  return row?.text ?? null;
}
