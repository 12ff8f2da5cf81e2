import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/**
 * Notes who did what, in the transaction that did it. `detail` holds ids and settings, never personal data.
 */
export async function recordAudit(
  tx: Tx,
  workspaceId: string,
  actor: string,
  action: string,
  subject: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await tx.execute(sql`
    insert into audit_entry (workspace_id, actor, action, subject, detail, at)
    values (${workspaceId}, ${actor}, ${action}, ${subject}, ${JSON.stringify(detail)}::jsonb, consentry_now())`);
}
