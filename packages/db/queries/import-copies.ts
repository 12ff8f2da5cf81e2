import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** An import of which sealed rows or refusals may still be there, and the key they are sealed under. */
export interface SealedImport {
  readonly id: string;
  readonly wrappedKey: Buffer;
}

export async function importsWithKeys(tx: Tx): Promise<SealedImport[]> {
  const found = await tx.execute<Record<string, unknown> & SealedImport>(
    sql`select id, wrapped_key as "wrappedKey" from contact_import where wrapped_key is not null`,
  );
  return [...found];
}

/** Waits until the chunk that is being merged has ended: what it refused is then there to be read. */
export async function waitForChunk(tx: Tx, importId: string): Promise<void> {
  await tx.execute(sql`select 1 from contact_import where id = ${importId}::uuid for update`);
}

export interface StagedCopy {
  readonly row: number;
  readonly sealed: Buffer;
}

/** The first rows of the stages of a file that wait to be merged. */
export async function stagedRowNumbers(tx: Tx, importId: string): Promise<number[]> {
  const found = await tx.execute<{ row: number }>(
    sql`select row from import_row where import_id = ${importId}::uuid order by row`,
  );
  return found.map((each) => each.row);
}

/** A stage, held until the transaction ends; null when it was merged meanwhile. */
export async function holdStaged(tx: Tx, importId: string, row: number): Promise<Buffer | null> {
  const [found] = await tx.execute<{ sealed: Buffer }>(
    sql`select sealed from import_row where import_id = ${importId}::uuid and row = ${row} for update`,
  );
  return found?.sealed ?? null;
}

export async function rewriteStaged(tx: Tx, importId: string, staged: StagedCopy): Promise<void> {
  await tx.execute(sql`
    update import_row set sealed = ${staged.sealed} where import_id = ${importId}::uuid and row = ${staged.row}`);
}

/** Refusals after a row, whole rows at a time: at least `limit` of them where there are so many. */
export async function refusalsAfter(
  tx: Tx,
  importId: string,
  afterRow: number,
  limit: number,
): Promise<{ row: number; column: string; sealed: Buffer }[]> {
  const found = await tx.execute<{ row: number; column: string; sealed: Buffer }>(sql`
    select row, "column", sealed from import_refusal
    where import_id = ${importId}::uuid and row > ${afterRow} and row <= coalesce((
      select row from import_refusal where import_id = ${importId}::uuid and row > ${afterRow}
      order by row offset ${limit} limit 1), 2147483647)
    order by row`);
  return [...found];
}

/** Puts another text in the place of what a refused row said. All refusals of a row say the same. */
export async function rewriteRefusals(
  tx: Tx,
  importId: string,
  refusals: readonly { readonly row: number; readonly column: string; readonly sealed: Buffer }[],
): Promise<void> {
  for (const refusal of refusals) {
    await tx.execute(sql`
      update import_refusal set sealed = ${refusal.sealed}
      where import_id = ${importId}::uuid and row = ${refusal.row} and "column" = ${refusal.column}`);
  }
}
