import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

export interface ApiKeyRecord {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly secretHash: Buffer;
  readonly revokedAt: Date | null;
}

/** A key by its public id, whichever workspace it belongs to. Read anew for every request: a revoked key is out at once. */
export async function findApiKey(tx: Tx, id: string): Promise<ApiKeyRecord | null> {
  const [row] = await tx.execute<
    Record<string, unknown> & Omit<ApiKeyRecord, "scopes"> & { scopes: string[] }
  >(sql`
    select id, workspace_id as "workspaceId", name, to_jsonb(scopes) as scopes, secret_hash as "secretHash",
      revoked_at as "revokedAt"
    from api_key_by_id(${id})`);
  return row ?? null;
}

export async function insertApiKey(
  tx: Tx,
  workspaceId: string,
  draft: {
    readonly id: string;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly secretHash: Buffer;
  },
): Promise<void> {
  await tx.execute(sql`
    insert into api_key (id, workspace_id, name, scopes, secret_hash, created_at)
    values (${draft.id}, ${workspaceId}, ${draft.name}, ${array(draft.scopes, "text")}, ${draft.secretHash}, consentry_now())`);
}

/** A workspace's keys, oldest first, `limit` of them after the one named `after`. Their ids tell no order. */
export async function listApiKeys(tx: Tx, limit: number, after: string | null) {
  const found = await tx.execute<{
    id: string;
    name: string;
    scopes: string[];
    createdAt: Date;
    revokedAt: Date | null;
  }>(sql`
    select id, name, to_jsonb(scopes) as scopes, created_at as "createdAt", revoked_at as "revokedAt"
    from api_key
    where ${after}::text is null
      or (created_at, id) > (select last.created_at, last.id from api_key last where last.id = ${after})
    order by created_at, id limit ${limit}`);
  return [...found];
}

/** Returns whether there was such a key that was not revoked. */
export async function revokeApiKey(tx: Tx, id: string): Promise<boolean> {
  const revoked = await tx.execute(sql`
    update api_key set revoked_at = consentry_now() where id = ${id} and revoked_at is null returning id`);
  return revoked.length > 0;
}

/** The workspaces a console user belongs to. */
export async function membershipsOf(tx: Tx, userId: string) {
  const found = await tx.execute<{ workspaceId: string; role: "owner" | "marketer" | "viewer" }>(
    sql`select workspace_id as "workspaceId", role from memberships_of(${userId})`,
  );
  return [...found];
}

export async function insertMember(
  tx: Tx,
  workspaceId: string,
  userId: string,
  role: "owner" | "marketer" | "viewer",
): Promise<void> {
  await tx.execute(sql`
    insert into member (workspace_id, user_id, role, created_at)
    values (${workspaceId}, ${userId}, ${role}, consentry_now()) on conflict do nothing`);
}
