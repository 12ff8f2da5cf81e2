import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** The switches this workspace has set. */
export async function readWorkspacePolicy(
  tx: Tx,
  workspaceId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const [row] = await tx.execute<{ policy: Record<string, unknown> }>(
    sql`select policy from workspace where id = ${workspaceId}::uuid`,
  );
  return row?.policy ?? {};
}

/** The same, with the row locked until the transaction ends: two changes must not both build on the older one. */
export async function lockWorkspacePolicy(
  tx: Tx,
  workspaceId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const [row] = await tx.execute<{ policy: Record<string, unknown> }>(
    sql`select policy from workspace where id = ${workspaceId}::uuid for no key update`,
  );
  if (row === undefined) throw new Error("the workspace does not exist");
  return row.policy;
}

/** Stores a workspace's switches. The caller bumps the policy epoch in the same transaction. */
export async function setWorkspacePolicy(
  tx: Tx,
  workspaceId: string,
  policy: Readonly<Record<string, unknown>>,
): Promise<void> {
  await tx.execute(sql`
    update workspace set policy = ${JSON.stringify(policy)}::jsonb where id = ${workspaceId}::uuid`);
}
