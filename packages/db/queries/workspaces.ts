import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

export interface WorkspaceRecord {
  readonly id: string;
  readonly name: string;
  readonly frozenAt: Date | null;
}

export async function insertWorkspace(tx: Tx, id: string, name: string): Promise<void> {
  await tx.execute(
    sql`insert into workspace (id, name, created_at) values (${id}, ${name}, consentry_now())`,
  );
}

export async function readWorkspace(tx: Tx, id: string): Promise<WorkspaceRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & WorkspaceRecord>(
    sql`select id, name, frozen_at as "frozenAt" from workspace where id = ${id}::uuid`,
  );
  return row ?? null;
}

/** The workspaces of this database. */
export async function readWorkspaceIds(tx: Tx): Promise<string[]> {
  const found = await tx.execute<{ id: string }>(sql`select id from workspace order by created_at, id`);
  return found.map((row) => row.id);
}
