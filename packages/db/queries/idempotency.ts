import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

export interface IdempotencyEntry {
  readonly requestHash: Buffer;
  readonly status: number | null;
  readonly response: Buffer | null;
}

/**
 * Claims a key for a request. Null: claimed, go on. Otherwise what stands there: the same request, answered or still
 * under way, or another one. An entry older than 24 h, or one that was never answered for 5 minutes, is taken over.
 */
export async function claimIdempotencyKey(
  tx: Tx,
  workspaceId: string,
  apiKeyId: string,
  key: string,
  requestHash: Buffer,
): Promise<IdempotencyEntry | null> {
  const claimed = await tx.execute(sql`
    insert into idempotency_entry as e (workspace_id, api_key_id, key, request_hash, created_at)
    values (${workspaceId}, ${apiKeyId}, ${key}, ${requestHash}, consentry_now())
    on conflict (workspace_id, api_key_id, key) do update
      set request_hash = excluded.request_hash, created_at = excluded.created_at, status = null, response = null
      where e.created_at < consentry_now() - interval '24 hours'
        or (e.status is null and e.created_at < consentry_now() - interval '5 minutes')
    returning key`);
  if (claimed.length > 0) return null;
  const [row] = await tx.execute<Record<string, unknown> & IdempotencyEntry>(sql`
    select request_hash as "requestHash", status, response from idempotency_entry
    where api_key_id = ${apiKeyId} and key = ${key}`);
  return row ?? null;
}

export async function storeIdempotentAnswer(
  tx: Tx,
  apiKeyId: string,
  key: string,
  status: number,
  response: Buffer,
): Promise<void> {
  await tx.execute(sql`
    update idempotency_entry set status = ${status}, response = ${response}
    where api_key_id = ${apiKeyId} and key = ${key}`);
}

/** Lets a request that failed for our own fault be tried again under the same key. */
export async function releaseIdempotencyKey(tx: Tx, apiKeyId: string, key: string): Promise<void> {
  await tx.execute(sql`
    delete from idempotency_entry where api_key_id = ${apiKeyId} and key = ${key} and status is null`);
}

/** The stored answers of a workspace, still sealed. */
export async function storedAnswers(tx: Tx): Promise<{ apiKeyId: string; key: string; response: Buffer }[]> {
  const found = await tx.execute<{ apiKeyId: string; key: string; response: Buffer }>(sql`
    select api_key_id as "apiKeyId", key, response from idempotency_entry where response is not null`);
  return [...found];
}

/** Forgets an answer: the same request would be worked on anew. */
export async function forgetAnswer(tx: Tx, apiKeyId: string, key: string): Promise<void> {
  await tx.execute(sql`delete from idempotency_entry where api_key_id = ${apiKeyId} and key = ${key}`);
}
