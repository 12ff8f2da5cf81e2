import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

export interface CallingPolicyRow {
  readonly version: number;
  readonly text: string;
  readonly createdAt: Date;
}

/** The written do-not-call policy in force: the newest version; null when none was written. */
export async function readCallingPolicy(tx: Tx): Promise<CallingPolicyRow | null> {
  const [row] = await tx.execute<Record<string, unknown> & CallingPolicyRow>(sql`
    select version, text, created_at as "createdAt" from calling_policy order by version desc limit 1`);
  return row ?? null;
}

/** Writes the next version. Two writers at once: the second waits and gets the version after. */
export async function insertCallingPolicy(
  tx: Tx,
  workspaceId: string,
  text: string,
  actor: string,
): Promise<number> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`calling-policy:${workspaceId}`}, 0))`,
  );
  const [row] = await tx.execute<{ version: number }>(sql`
    insert into calling_policy (workspace_id, version, text, actor, created_at)
    select ${workspaceId}::uuid, coalesce(max(version), 0) + 1, ${text}, ${actor}, consentry_now() from calling_policy
    returning version`);
  if (row === undefined) throw new Error("the calling policy was not stored");
  return row.version;
}

/** Notes that an agent has read a version. Again changes nothing. */
export async function acknowledgeCallingPolicy(
  tx: Tx,
  workspaceId: string,
  version: number,
  agent: string,
): Promise<void> {
  await tx.execute(sql`
    insert into calling_policy_acknowledgement (workspace_id, version, agent, at)
    values (${workspaceId}, ${version}, ${agent}, consentry_now()) on conflict do nothing`);
}

/** Who has acknowledged a version, and when. */
export async function acknowledgementsOf(tx: Tx, version: number): Promise<{ agent: string; at: Date }[]> {
  const found = await tx.execute<{ agent: string; at: Date }>(sql`
    select agent, at from calling_policy_acknowledgement where version = ${version} order by at, agent`);
  return [...found];
}
