import { type Database, outsideWorkspaces, readClock, type Tx } from "#db/database";
import { originOf, signCheckpoint } from "#db/ledger/checkpoint";
import { EMPTY_ROOT, entryHash } from "#db/ledger/merkle";
import { noteSigner } from "#db/ledger/note";
import { appendToTiles, openTiles } from "#db/ledger/tiles";
import {
  belowWholeChains,
  insertCheckpoint,
  type LedgerState,
  moveLedger,
  readHorizon,
  readLastCheckpoint,
  readLedger,
  tileReader,
  tryToSeal,
  writeTiles,
} from "#db/queries/ledger";
import { type LedgerEventRow, readWindow } from "#db/queries/ledger-events";
import type { Keyring } from "#db/vault/keyring";

/** Events of one batch at most. */
export const BATCH_EVENTS_MAX = 10_000;

export type Sealed =
  | {
      readonly kind: "sealed";
      readonly origin: string;
      readonly previousSize: number;
      readonly size: number;
      readonly note: string;
      readonly events: readonly LedgerEventRow[];
    }
  | { readonly kind: "nothing-to-seal" | "somebody-else-seals" }
  /** The database's transaction numbers are behind: it was restored into another server from a dump. */
  | { readonly kind: "numbers-went-back" };

/**
 * Seals the next batch of consent events of all workspaces: appends them to the tree and stores a signed checkpoint, in
 * one transaction. Only events whose transactions are surely over are taken, so that none can turn up behind, and only
 * with all that came before them on their keys.
 * @param database opened under the role `consentry_ledger`.
 */
export async function sealBatch(
  database: Database,
  ledgerKeys: Keyring,
  eventsMax = BATCH_EVENTS_MAX,
): Promise<Sealed> {
  return outsideWorkspaces(database, async (tx): Promise<Sealed> => {
    if (!(await tryToSeal(tx))) return { kind: "somebody-else-seals" };
    const state = await readLedger(tx);
    const horizon = await readHorizon(tx);
    if (BigInt(horizon.next) < BigInt(state.sealedBelow)) return { kind: "numbers-went-back" };
    const window = {
      xidFrom: state.sealedBelow,
      xidBelow: state.openBelow ?? (await belowWholeChains(tx, horizon.below)),
      afterId: state.openBelow === null ? 0 : state.afterId,
    };
    if (BigInt(window.xidBelow) <= BigInt(window.xidFrom)) return { kind: "nothing-to-seal" };
    const events = await readWindow(tx, window, eventsMax);
    const last = events.at(-1);
    const isWhole = events.length < eventsMax;
    if (last === undefined) {
      // The rest of an open window was exactly one batch before.
      if (state.openBelow !== null) await closeWindow(tx, state, window.xidBelow);
      return { kind: "nothing-to-seal" };
    }
    const sealed = await append(tx, ledgerKeys, state, events);
    await insertCheckpoint(tx, { ...sealed, ...window, lastId: isWhole ? null : last.id });
    await moveLedger(tx, {
      sealedBelow: isWhole ? window.xidBelow : window.xidFrom,
      openBelow: isWhole ? null : window.xidBelow,
      afterId: isWhole ? 0 : last.id,
      size: sealed.size,
    });
    return {
      kind: "sealed",
      origin: originOf(state.id),
      previousSize: state.size,
      size: sealed.size,
      note: sealed.note,
      events,
    };
  });
}

const closeWindow = (tx: Tx, state: LedgerState, xidBelow: string): Promise<void> =>
  moveLedger(tx, { sealedBelow: xidBelow, openBelow: null, afterId: 0, size: state.size });

/** Appends the events' leaves to the tiles and signs the tree as it is then. */
async function append(tx: Tx, ledgerKeys: Keyring, state: LedgerState, events: readonly LedgerEventRow[]) {
  const read = tileReader(tx);
  const open = new Map<number, Buffer>();
  for (const { level, index } of openTiles(state.size)) open.set(level, await read(level, index));
  const appended = appendToTiles(
    state.size,
    open,
    events.map(({ fields, leaf }) => entryHash(fields.workspaceId, fields.gateId, fields.seq, leaf)),
  );
  await writeTiles(tx, appended.tiles);
  const previous = await readLastCheckpoint(tx);
  const now = await readClock(tx);
  // A clock that was set back must not make the checkpoints' times go back.
  const sealedAt = previous !== null && previous.sealedAt > now ? previous.sealedAt : now;
  const origin = originOf(state.id);
  const note = signCheckpoint(
    {
      origin,
      size: appended.size,
      root: appended.root,
      time: sealedAt.toISOString(),
      previousSize: state.size,
      previousRoot: previous?.root ?? EMPTY_ROOT,
    },
    noteSigner(ledgerKeys, origin),
  );
  return { size: appended.size, previousSize: state.size, root: appended.root, note, sealedAt };
}
