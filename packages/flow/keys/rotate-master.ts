import { type Database, outsideWorkspaces } from "#db/database";
import { replaceSealed, SEALED_COLUMNS, type SealedColumn, walkSealed } from "#db/queries/rewrap";
import { type Keyring, seal, unseal } from "#db/vault/keyring";

const BATCH = 500;

export interface Rewrapped {
  readonly table: string;
  readonly values: number;
}

/**
 * Seals everything that stands under an older master key anew under the current one, in batches of one short
 * transaction each. Nothing waits for it: readers open with whichever key a blob names. It may be ended at any time
 * and begun again; it goes on until a pass finds nothing, so processes that still seal under the old key are caught.
 * @param owner a database opened with the owner's rights: it sees every workspace, and the ledger's evidence.
 */
export async function rotateMaster(owner: Database, master: Keyring): Promise<Rewrapped[]> {
  const older = Object.keys(master.keys).filter((keyId) => keyId !== master.current);
  const done: Rewrapped[] = [];
  for (const place of older.length === 0 ? [] : SEALED_COLUMNS) {
    let values = 0;
    for (let found = -1; found !== 0; ) {
      found = await rewrapOnce(owner, master, place, older);
      values += found;
    }
    done.push({ table: place.table, values });
  }
  return done;
}

async function rewrapOnce(
  owner: Database,
  master: Keyring,
  place: SealedColumn,
  older: readonly string[],
): Promise<number> {
  let replaced = 0;
  await outsideWorkspaces(owner, async (reading) => {
    for await (const batch of walkSealed(reading, place, older, BATCH)) {
      const values = batch.flatMap(({ id, sealed }) => {
        const context = `${place.contextWord}:${id}`;
        const plain = opened(master, sealed, context);
        return plain === null ? [] : [{ id, before: sealed, after: seal(master, plain, context) }];
      });
      if (values.length > 0)
        replaced += await outsideWorkspaces(owner, (tx) => replaceSealed(tx, place, values));
    }
  });
  return replaced;
}

/** Null: it only looks like it. A blob under a person's own key begins with random bytes. */
function opened(master: Keyring, sealed: Buffer, context: string): Buffer | null {
  try {
    return unseal(master, sealed, context);
  } catch {
    return null;
  }
}
