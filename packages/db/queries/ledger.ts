import { sql } from "drizzle-orm";
import { rows, type Tx } from "../database.ts";
import type { ReadTile, Tile } from "../ledger/tiles.ts";
import type { SealWindow } from "./ledger-events.ts";

/** Where sealing stands. */
export interface LedgerState {
  readonly id: string;
  readonly sealedBelow: string;
  readonly openBelow: string | null;
  readonly afterId: number;
  readonly size: number;
}

/** There is one sealer at a time: false when another transaction seals. The lock ends with the transaction. */
export async function tryToSeal(tx: Tx): Promise<boolean> {
  return tryLock(tx, "consentry ledger seal");
}

/** One process at a time writes an export; `place` names the directory. */
export async function tryToExport(tx: Tx, place: string): Promise<boolean> {
  return tryLock(tx, `consentry ledger export ${place}`);
}

async function tryLock(tx: Tx, name: string): Promise<boolean> {
  const [row] = await tx.execute<{ got: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as got`,
  );
  return row?.got === true;
}

export async function readLedger(tx: Tx): Promise<LedgerState> {
  const [row] = await tx.execute<Record<string, unknown> & LedgerState>(sql`
    select id, sealed_below::text as "sealedBelow", open_below::text as "openBelow", after_id as "afterId", size
    from ledger`);
  if (row === undefined) throw new Error("the database has no ledger row");
  return row;
}

/**
 * The highest number up to `below` under which every event has the event before it on its key. A transaction gets its
 * number when it first writes, which may be long before it gets a key's lock: the later of two events on a key may bear
 * the lower number, and a third transaction with a number between them may still be open.
 */
export async function belowWholeChains(tx: Tx, below: string): Promise<string> {
  let whole = below;
  for (;;) {
    const [ahead] = await tx.execute<{ xid: string | null }>(sql`
      select min(later.xid)::text as xid
      from consent_event earlier
      join consent_event later on later.gate_id = earlier.gate_id and later.seq = earlier.seq + 1
      where earlier.xid >= ${whole}::xid8 and later.xid < ${whole}::xid8`);
    if (ahead?.xid == null) return whole;
    whole = ahead.xid;
  }
}

/** Every transaction below `below` is over; `next` is the next transaction's number. */
export async function readHorizon(tx: Tx): Promise<{ below: string; next: string }> {
  const [row] = await tx.execute<{ below: string; next: string }>(sql`
    select pg_snapshot_xmin(s)::text as below, pg_snapshot_xmax(s)::text as next from pg_current_snapshot() s`);
  if (row === undefined) throw new Error("the database gave no snapshot");
  return row;
}

/** Stores where sealing stands now. */
export async function moveLedger(tx: Tx, state: Omit<LedgerState, "id">): Promise<void> {
  await tx.execute(sql`
    update ledger set sealed_below = ${state.sealedBelow}::xid8, open_below = ${state.openBelow}::xid8,
      after_id = ${state.afterId}, size = ${state.size}`);
}

/** Stores new tiles, and new hashes of tiles that were not full. */
export async function writeTiles(tx: Tx, tiles: readonly Tile[]): Promise<void> {
  const records = tiles.map((tile) => ({ ...tile, hashes: tile.hashes.toString("hex") }));
  await tx.execute(sql`
    insert into ledger_tile (level, index, hashes)
    select level, index, decode(hashes, 'hex')
    from jsonb_to_recordset(${rows(records)}) as r(level smallint, index bigint, hashes text)
    on conflict (level, index) do update set hashes = excluded.hashes`);
}

/** Reads tiles, each once. */
export function tileReader(tx: Tx): ReadTile {
  const known = new Map<string, Buffer>();
  return async (level, index) => {
    const name = `${level}/${index}`;
    let hashes = known.get(name);
    if (hashes === undefined) {
      const [row] = await tx.execute<{ hashes: Buffer }>(
        sql`select hashes from ledger_tile where level = ${level} and index = ${index}`,
      );
      if (row === undefined) throw new Error(`the ledger has no tile ${name}`);
      hashes = row.hashes;
      known.set(name, hashes);
    }
    return hashes;
  };
}

/** A checkpoint as it is stored: its signed note, and which events the batch before it holds. */
export interface CheckpointRow {
  readonly size: number;
  readonly previousSize: number;
  readonly root: Buffer;
  readonly note: string;
  readonly sealedAt: Date;
}

export async function insertCheckpoint(
  tx: Tx,
  draft: CheckpointRow & SealWindow & { readonly lastId: number | null },
): Promise<void> {
  await tx.execute(sql`
    insert into ledger_checkpoint (size, previous_size, root, note, sealed_at, xid_from, xid_below, after_id, last_id)
    values (${draft.size}, ${draft.previousSize}, ${draft.root}, ${draft.note}, ${draft.sealedAt.toISOString()},
      ${draft.xidFrom}::xid8, ${draft.xidBelow}::xid8, ${draft.afterId}, ${draft.lastId})`);
}

const CHECKPOINT = sql`size, previous_size as "previousSize", root, note, sealed_at as "sealedAt"`;

/** Checkpoints behind a size, smallest first. */
export async function readCheckpoints(tx: Tx, afterSize: number, limit: number): Promise<CheckpointRow[]> {
  const found = await tx.execute<Record<string, unknown> & CheckpointRow>(sql`
    select ${CHECKPOINT} from ledger_checkpoint where size > ${afterSize} order by size limit ${limit}`);
  return [...found];
}

/** The newest checkpoint; null while nothing is sealed. */
export async function readLastCheckpoint(tx: Tx): Promise<CheckpointRow | null> {
  const [row] = await tx.execute<Record<string, unknown> & CheckpointRow>(
    sql`select ${CHECKPOINT} from ledger_checkpoint order by size desc limit 1`,
  );
  return row ?? null;
}

/** Notes how far an export is written; it leaves the database with the transaction that wrote it. */
export async function noteExport(tx: Tx, place: string, size: number): Promise<void> {
  await tx.execute(sql`
    insert into ledger_export (place, size, written_at) values (${place}, ${size}, consentry_now())
    on conflict (place) do update set size = excluded.size, written_at = excluded.written_at`);
}

/** Makes the transaction see the database as it is now, and change nothing; its first statement. */
export async function useSnapshot(tx: Tx): Promise<void> {
  await tx.execute(sql`set transaction isolation level repeatable read, read only`);
}
