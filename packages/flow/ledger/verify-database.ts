import { type Database, outsideWorkspaces, readClock, type Tx } from "#db/database";
import { leafOf, leafText } from "#db/ledger/chain";
import { originOf } from "#db/ledger/checkpoint";
import { HASH_BYTES } from "#db/ledger/merkle";
import { TILE_WIDTH } from "#db/ledger/tiles";
import { type CheckpointRow, readCheckpoints, readLedger, tileReader, useSnapshot } from "#db/queries/ledger";
import {
  countEvents,
  eventExists,
  type LedgerEventRow,
  readEventsBehind,
  readGateTips,
  readSealedRows,
} from "#db/queries/ledger-events";
import type { ExportedEvent, OtherSide } from "./event-checks.ts";
import { type Finding, incomplete, tampered } from "./findings.ts";
import type { KeyChains } from "./key-chains.ts";
import type { ExportedCheckpoint } from "./verify-checkpoints.ts";
import type { FilesVerified } from "./verify-files.ts";

const CHECKPOINTS_AT_ONCE = 20;
const ROWS_AT_ONCE = 5_000;

/** A sealed batch as the database holds it. */
interface Batch {
  readonly checkpoint: CheckpointRow;
  readonly rows: readonly LedgerEventRow[];
}

/** The database as the other side of a walk over the files, from one snapshot. */
export interface DatabaseSide extends OtherSide {
  /** What the files cannot tell: events not yet sealed, and the tips that the gate rows hold. */
  rest(verified: FilesVerified, ageMsMax: number): Promise<Finding | null>;
}

/** Runs `work` with the database as it is now; nothing that is written meanwhile is seen. */
export function withDatabaseSide<T>(
  database: Database,
  work: (side: DatabaseSide) => Promise<T>,
): Promise<T> {
  return outsideWorkspaces(database, async (tx) => {
    await useSnapshot(tx);
    return work(databaseSide(tx));
  });
}

function databaseSide(tx: Tx): DatabaseSide {
  const readTile = tileReader(tx);
  /** Batches that were read and are not passed yet. */
  let batches: Batch[] = [];
  let loadedSize = 0;
  let tile: { index: number; hashes: Buffer } = { index: -1, hashes: Buffer.alloc(0) };

  const loadMore = async (): Promise<Finding | null> => {
    const rows = await readCheckpoints(tx, loadedSize, CHECKPOINTS_AT_ONCE);
    const last = rows.at(-1);
    if (last === undefined)
      return tampered(
        "checkpoint-rolled-back",
        { position: loadedSize },
        `the database has no checkpoint behind size ${loadedSize}, but the files have`,
      );
    const found = await readSealedRows(tx, loadedSize, last.size);
    for (const checkpoint of rows) {
      if (checkpoint.previousSize !== loadedSize)
        return tampered(
          "checkpoint-altered",
          { position: loadedSize },
          `a checkpoint between sizes ${loadedSize} and ${checkpoint.size} is gone from the database`,
        );
      batches.push({ checkpoint, rows: found.find((each) => each.size === checkpoint.size)?.rows ?? [] });
      loadedSize = checkpoint.size;
    }
    return null;
  };

  return {
    load: async (first, below) => {
      batches = batches.filter((batch) => batch.checkpoint.size > first);
      while (loadedSize < below) {
        const finding = await loadMore();
        if (finding !== null) return finding;
      }
      return null;
    },
    event: async (event, entry) => {
      const batch = batches.find((each) => each.checkpoint.size > event.position);
      if (batch === undefined) throw new Error(`no batch was loaded for position ${event.position}`);
      const index = Math.floor(event.position / TILE_WIDTH);
      if (tile.index !== index) tile = { index, hashes: await readTile(0, index) };
      const at = (event.position % TILE_WIDTH) * HASH_BYTES;
      if (!tile.hashes.subarray(at, at + HASH_BYTES).equals(entry))
        return tampered("event-altered", event, "the files' event is not the one in the database's tree");
      return compare(tx, batch, event);
    },
    checkpoint: (checkpoint) => compareCheckpoint(batches, checkpoint),
    rest: (verified, ageMsMax) => checkRest(tx, verified, ageMsMax),
  };
}

function compareCheckpoint(batches: readonly Batch[], exported: ExportedCheckpoint): Finding | null {
  const batch = batches.find((each) => each.checkpoint.size >= exported.size);
  if (batch?.checkpoint.size !== exported.size)
    return tampered(
      "checkpoint-altered",
      { position: exported.previousSize },
      `the checkpoint of size ${exported.size} is gone from the database`,
    );
  if (batch.checkpoint.note !== exported.note || !batch.checkpoint.root.equals(exported.root))
    return tampered(
      "checkpoint-altered",
      { position: exported.previousSize },
      `the checkpoint of size ${exported.size} is another one in the database`,
    );
  const { rows } = batch;
  const extra = rows[exported.size - batch.checkpoint.previousSize];
  return extra === undefined
    ? null
    : tampered(
        "event-inserted",
        placeOf(extra, exported.size),
        "the database has more events than were sealed",
      );
}

const placeOf = ({ fields }: LedgerEventRow, position: number | null) => ({
  position,
  workspaceId: fields.workspaceId,
  gateId: fields.gateId,
  seq: fields.seq,
});

async function compare(tx: Tx, batch: Batch, event: ExportedEvent): Promise<Finding | null> {
  const { checkpoint, rows } = batch;
  const row = rows[event.position - checkpoint.previousSize];
  const isSame = (each: LedgerEventRow | undefined) =>
    each?.fields.gateId === event.gateId && each.fields.seq === event.seq;
  if (row !== undefined && isSame(row)) {
    return leafText(row.fields, row.commitment) === event.text &&
      row.leaf.toString("hex") === event.leafHex &&
      row.head.toString("hex") === event.headHex
      ? null
      : tampered("event-altered", event, "the database's event is not the one that was sealed");
  }
  const sealed = checkpoint.size - checkpoint.previousSize;
  if (row !== undefined && rows.length > sealed && rows.some(isSame))
    return tampered(
      "event-inserted",
      placeOf(row, event.position),
      "the database has an event where none was sealed",
    );
  if (await eventExists(tx, event.gateId, event.seq))
    return tampered("events-reordered", event, "the event stands in another place in the database");
  return rows.length < sealed
    ? tampered("event-missing", event, "the event is gone from the database")
    : tampered("event-altered", event, "the database has another key's event in its place");
}

async function checkRest(tx: Tx, verified: FilesVerified, ageMsMax: number): Promise<Finding | null> {
  const size = verified.newest?.size ?? 0;
  const ledger = await readLedger(tx);
  if (verified.newest !== null && verified.newest.origin !== originOf(ledger.id))
    return tampered("checkpoint-order", {}, `the files are of another ledger (${verified.newest.origin})`);
  const now = await readClock(tx);
  const behind = await checkBehind(tx, size, verified.chains);
  if (behind.finding !== null) return behind.finding;
  const total = await countEvents(tx);
  if (total !== size + behind.count)
    return tampered(
      "event-inserted",
      { position: size },
      `the database has ${total} events, ${size} are sealed and ${behind.count} wait`,
    );
  const tips = await checkTips(tx, verified.chains);
  if (tips !== null) return tips;
  const [unexported] = await readCheckpoints(tx, size, 1);
  if (unexported !== undefined && now.getTime() - unexported.sealedAt.getTime() > ageMsMax)
    return incomplete(
      "export-behind",
      `the database has sealed ${ledger.size} events, the files hold ${size}`,
    );
  const isLate = behind.oldest !== null && now.getTime() - Date.parse(behind.oldest) > ageMsMax;
  return isLate && ledger.size < total
    ? incomplete(
        "unsealed-tail",
        `${total - ledger.size} events wait to be sealed, the oldest since ${behind.oldest}`,
      )
    : null;
}

/** Events behind the newest exported checkpoint: their leaves and chains must hold all the same. */
async function checkBehind(tx: Tx, size: number, chains: KeyChains) {
  let afterId = 0;
  let count = 0;
  let oldest: string | null = null;
  for (;;) {
    const rows = await readEventsBehind(tx, size, afterId, ROWS_AT_ONCE);
    for (const row of rows) {
      const { fields } = row;
      const at = placeOf(row, null);
      const leafHex = row.leaf.toString("hex");
      if (leafOf(fields, row.commitment).toString("hex") !== leafHex)
        return {
          count,
          oldest,
          finding: tampered("event-altered", at, "the event is not what its leaf says"),
        };
      if (!chains.advance(fields.gateId, fields.workspaceId, fields.seq, leafHex, row.head.toString("hex")))
        return {
          count,
          oldest,
          finding: tampered("chain-broken", at, "the event does not continue its key's chain"),
        };
      if (oldest === null || fields.recordedAt < oldest) oldest = fields.recordedAt;
      count += 1;
      afterId = row.id;
    }
    if (rows.length < ROWS_AT_ONCE) return { count, oldest, finding: null };
  }
}

async function checkTips(tx: Tx, chains: KeyChains): Promise<Finding | null> {
  let afterId = 0;
  let withEvents = 0;
  for (;;) {
    const tips = await readGateTips(tx, afterId, ROWS_AT_ONCE);
    for (const gate of tips) {
      const tip = chains.tip(gate.id);
      const at = { workspaceId: gate.workspaceId, gateId: gate.id, seq: gate.chainLength };
      const isSame =
        tip === null
          ? gate.chainLength === 0
          : tip.seq === gate.chainLength && tip.headHex === gate.head.toString("hex");
      if (!isSame)
        return tampered(
          "tip-mismatch",
          at,
          `the key's row says ${gate.chainLength} events, its chain has ${tip?.seq ?? 0}`,
        );
      if (tip !== null) withEvents += 1;
      afterId = gate.id;
    }
    if (tips.length < ROWS_AT_ONCE) break;
  }
  return withEvents === chains.size
    ? null
    : tampered("tip-mismatch", {}, `${chains.size - withEvents} keys with events are gone from the database`);
}
