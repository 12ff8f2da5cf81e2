import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";
import { EVERYTHING, type Page, pageById } from "../page.ts";

export interface SourceRecord {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly kind: "csv-import" | "purchased-list" | "third-party-named-consent";
  readonly vendor: string | null;
  /** When somebody of the workspace saw the original form; null: nobody from this source is contacted. */
  readonly verifiedAt: Date | null;
  readonly verifiedNote: string | null;
  /** When the vendor last carried out the deletions that Californians asked of data brokers. */
  readonly deletionsRunAt: Date | null;
  readonly createdAt: Date;
}

const SOURCE = sql`id, key, name, kind, vendor, verified_at as "verifiedAt", verified_note as "verifiedNote",
  deletions_run_at as "deletionsRunAt", created_at as "createdAt"`;

/** Inserts a source, unverified; null when its key is taken. */
export async function insertSource(
  tx: Tx,
  workspaceId: string,
  draft: Pick<SourceRecord, "id" | "key" | "name" | "kind" | "vendor">,
): Promise<SourceRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & SourceRecord>(sql`
    insert into source (id, workspace_id, key, name, kind, vendor, created_at)
    values (${draft.id}, ${workspaceId}, ${draft.key}, ${draft.name}, ${draft.kind}, ${draft.vendor}, consentry_now())
    on conflict do nothing returning ${SOURCE}`);
  return row ?? null;
}

export async function readSources(tx: Tx, page: Page = EVERYTHING): Promise<SourceRecord[]> {
  const found = await tx.execute<Record<string, unknown> & SourceRecord>(
    sql`select ${SOURCE} from source ${pageById(page)}`,
  );
  return [...found];
}

/** True when this workspace has a source of that id. */
export async function isSource(tx: Tx, sourceId: string): Promise<boolean> {
  return (await tx.execute(sql`select 1 from source where id = ${sourceId}::uuid`)).length > 0;
}

/** How many contacts' data came from a source. */
export async function contactsFromSource(tx: Tx, sourceId: string): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(*)::int as count from contact where source_id = ${sourceId}::uuid and erased_at is null`);
  return row?.count ?? 0;
}

/** A source, locked until the transaction ends; null when this workspace has none of that id. */
export async function lockSource(tx: Tx, sourceId: string): Promise<SourceRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & SourceRecord>(
    sql`select ${SOURCE} from source where id = ${sourceId}::uuid for no key update`,
  );
  return row ?? null;
}

/** Says that a locked source was verified, what was seen, and when deletions were run; or, with null, that it is not. */
export async function setVerification(
  tx: Tx,
  sourceId: string,
  note: string | null,
  deletionsRunAt: Date | null,
): Promise<SourceRecord> {
  const [row] = await tx.execute<Record<string, unknown> & SourceRecord>(sql`
    update source set verified_note = ${note}, verified_at = case when ${note}::text is not null then consentry_now() end,
      deletions_run_at = ${deletionsRunAt?.toISOString() ?? null}::timestamptz
    where id = ${sourceId}::uuid returning ${SOURCE}`);
  if (row === undefined) throw new Error("the source to verify does not exist");
  return row;
}
