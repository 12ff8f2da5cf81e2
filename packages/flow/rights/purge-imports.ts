import { inWorkspace } from "#db/database";
import {
  holdStaged,
  importsWithKeys,
  refusalsAfter,
  rewriteRefusals,
  rewriteStaged,
  type SealedImport,
  stagedRowNumbers,
  waitForChunk,
} from "#db/queries/import-copies";
import { decrypt, encrypt, unseal } from "#db/vault/keyring";
import { type StagedRows, stageContext } from "../contacts/import/receive-import.ts";
import { refusalContext, type SealedRefusal } from "../contacts/import/run-import.ts";
import type { FlowDeps } from "../deps.ts";
import { mentions, type PersonMarks } from "./person-marks.ts";

const PAGE = 1_000;

export interface PurgedImports {
  readonly stagedRows: number;
  readonly refusals: number;
}

/**
 * Takes a person out of uploaded files: their rows that still wait are emptied, and of their refused rows only the
 * number and the reason stay. Call it when the tombstone is in force: rows merged later are refused without a copy.
 */
export async function purgeImports(
  deps: FlowDeps,
  workspaceId: string,
  marks: PersonMarks,
): Promise<PurgedImports> {
  const purged = { stagedRows: 0, refusals: 0 };
  for (const file of await inWorkspace(deps.database, workspaceId, importsWithKeys)) {
    const key = unseal(deps.keys.master, file.wrappedKey, `import:${file.id}`);
    await inWorkspace(deps.database, workspaceId, (tx) => waitForChunk(tx, file.id));
    purged.stagedRows += await purgeStaged(deps, workspaceId, file, key, marks);
    purged.refusals += await purgeRefusals(deps, workspaceId, file, key, marks);
  }
  return purged;
}

async function purgeStaged(
  deps: FlowDeps,
  workspaceId: string,
  file: SealedImport,
  key: Buffer,
  marks: PersonMarks,
): Promise<number> {
  let emptied = 0;
  for (const row of await inWorkspace(deps.database, workspaceId, (tx) => stagedRowNumbers(tx, file.id))) {
    emptied += await inWorkspace(deps.database, workspaceId, async (tx) => {
      const sealed = await holdStaged(tx, file.id, row);
      if (sealed === null) return 0;
      const context = stageContext(file.id, row);
      const staged = JSON.parse(decrypt(key, sealed, context).toString()) as StagedRows;
      const theirs = staged.rows.map((values) => values.some((value) => mentions(marks, value)));
      const count = theirs.filter(Boolean).length;
      if (count === 0) return 0;
      const rows = staged.rows.map((values, place) =>
        theirs[place] === true ? values.map(() => "") : values,
      );
      const text = JSON.stringify({ targets: staged.targets, rows } satisfies StagedRows);
      await rewriteStaged(tx, file.id, { row, sealed: encrypt(key, Buffer.from(text), context) });
      return count;
    });
  }
  return emptied;
}

async function purgeRefusals(
  deps: FlowDeps,
  workspaceId: string,
  file: SealedImport,
  key: Buffer,
  marks: PersonMarks,
): Promise<number> {
  let rewritten = 0;
  for (let afterRow = 0; ; ) {
    const refusals = await inWorkspace(deps.database, workspaceId, (tx) =>
      refusalsAfter(tx, file.id, afterRow, PAGE),
    );
    const last = refusals.at(-1);
    if (last === undefined) return rewritten;
    afterRow = last.row;
    const theirs = refusals.flatMap(({ row, column, sealed }) => {
      const context = refusalContext(file.id, row);
      const refusal = JSON.parse(decrypt(key, sealed, context).toString()) as SealedRefusal;
      if (!Object.values(refusal.said).some((value) => mentions(marks, value))) return [];
      const text = JSON.stringify({ ...refusal, said: {} } satisfies SealedRefusal);
      return [{ row, column, sealed: encrypt(key, Buffer.from(text), context) }];
    });
    if (theirs.length > 0)
      await inWorkspace(deps.database, workspaceId, (tx) => rewriteRefusals(tx, file.id, theirs));
    rewritten += theirs.length;
  }
}
