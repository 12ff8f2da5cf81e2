import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";
import type { LeafFields } from "../ledger/chain.ts";
import type { GateTip } from "./gates.ts";

/** A consent event with what the ledger knows of it; nothing personal. */
export interface LedgerEventRow {
  readonly id: number;
  readonly fields: LeafFields;
  readonly commitment: Buffer;
  readonly leaf: Buffer;
  readonly head: Buffer;
}

type Instants = "occurredAt" | "recordedAt" | "expiresAt";

/** An event as `LEDGER_COLUMNS` reads it: but for the instants, what a leaf commits to stands there as it is hashed. */
export interface StoredLeaf
  extends Omit<LeafFields, Instants>,
    Omit<LedgerEventRow, "fields">,
    Record<string, unknown> {
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly expiresAt: Date | null;
}

/** Of a consent event `e`. */
export const LEDGER_COLUMNS = sql`e.id, e.workspace_id as "workspaceId", e.gate_id as "gateId", e.seq, e.type, e.channel,
  e.contact_id as "contactId", e.contact_point_id as "contactPointId", e.sender_id as "senderId",
  e.purpose_id as "purposeId", e.occurred_at as "occurredAt", e.recorded_at as "recordedAt", e.method, e.actor,
  e.claimed, e.lifts, e.notice_id as "noticeId", e.expires_at as "expiresAt", e.campaign_id as "campaignId",
  e.suppression_kind as "suppressionKind", e.commitment, e.leaf, e.head`;

/** @param stored with no other columns: all that is left of it is hashed. */
export function ledgerEventOf(stored: StoredLeaf): LedgerEventRow {
  const { id, commitment, leaf, head, occurredAt, recordedAt, expiresAt, ...rest } = stored;
  const fields: LeafFields = {
    ...rest,
    occurredAt: occurredAt.toISOString(),
    recordedAt: recordedAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
  return { id, fields, commitment, leaf, head };
}

/** Places in the order of sealing: a window of transactions, and the ids in it. */
export interface SealWindow {
  readonly xidFrom: string;
  readonly xidBelow: string;
  readonly afterId: number;
}

/**
 * The first events of a window, in the order of their ids. A key's events are chained under its gate row's lock, so
 * ids follow the chain (transaction numbers need not: see `belowWholeChains`).
 */
export async function readWindow(tx: Tx, window: SealWindow, limit: number): Promise<LedgerEventRow[]> {
  // The ids first, from their index alone: with the order and the limit outside, a planner that trusts the primary key
  // would read the whole table up to the window.
  const found = await tx.execute<StoredLeaf>(sql`
    with wanted as materialized (
      select id from consent_event
      where xid >= ${window.xidFrom}::xid8 and xid < ${window.xidBelow}::xid8 and id > ${window.afterId}
    )
    select ${LEDGER_COLUMNS} from (select id from wanted order by id limit ${limit}) w join consent_event e on e.id = w.id
    order by e.id`);
  return found.map(ledgerEventOf);
}

/** Events that stand in no batch up to the checkpoint of `size` (0: all of them), by id. */
export async function readEventsBehind(
  tx: Tx,
  size: number,
  afterId: number,
  limit: number,
): Promise<LedgerEventRow[]> {
  const found = await tx.execute<StoredLeaf>(sql`
    with wanted as materialized (
      select e.id from consent_event e left join ledger_checkpoint c on c.size = ${size}
      where c.size is null or e.xid >= c.xid_below or (e.xid >= c.xid_from and e.id > c.last_id)
    )
    select ${LEDGER_COLUMNS} from (select id from wanted where id > ${afterId} order by id limit ${limit}) w
    join consent_event e on e.id = w.id
    order by e.id`);
  return found.map(ledgerEventOf);
}

/** The events of one sealed batch, as the database holds them now. */
export interface SealedRows {
  readonly size: number;
  readonly rows: readonly LedgerEventRow[];
}

/** The events of the batches with checkpoints in (`afterSize`, `toSize`], in the order of the tree. */
export async function readSealedRows(tx: Tx, afterSize: number, toSize: number): Promise<SealedRows[]> {
  const found = await tx.execute<StoredLeaf & { size: number }>(sql`
    select c.size, ${LEDGER_COLUMNS}
    from ledger_checkpoint c join consent_event e on e.xid >= c.xid_from and e.xid < c.xid_below
      and e.id > c.after_id and e.id <= coalesce(c.last_id, 9223372036854775807)
    where c.size > ${afterSize} and c.size <= ${toSize}
    order by c.size, e.id`);
  const batches = new Map<number, LedgerEventRow[]>();
  for (const { size, ...stored } of found) {
    const batch = batches.get(size);
    if (batch === undefined) batches.set(size, [ledgerEventOf(stored)]);
    else batch.push(ledgerEventOf(stored));
  }
  return [...batches].map(([size, rows]) => ({ size, rows }));
}

/** How many consent events there are, of all workspaces. */
export async function countEvents(tx: Tx): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(sql`select count(*)::bigint as count from consent_event`);
  return row?.count ?? 0;
}

/** The tip of a key's chain, of any workspace. */
export type ChainTip = Omit<GateTip, "version"> & { readonly workspaceId: string };

/** The tips of all keys' chains, in batches, from the transaction's snapshot. */
export async function readGateTips(tx: Tx, afterId: number, limit: number): Promise<ChainTip[]> {
  const found = await tx.execute<Record<string, unknown> & ChainTip>(sql`
    select id, workspace_id as "workspaceId", head, chain_length as "chainLength" from gate
    where id > ${afterId} order by id limit ${limit}`);
  return [...found];
}

/** True when a key has an event of this number, wherever it stands. */
export async function eventExists(tx: Tx, gateId: number, seq: number): Promise<boolean> {
  const found = await tx.execute(sql`select 1 from consent_event where gate_id = ${gateId} and seq = ${seq}`);
  return found.length > 0;
}

/**
 * Where sealed events stand in the tree, by event id; those not yet sealed are absent. Counts over all workspaces, so it
 * needs the role `consentry_ledger`.
 */
export async function locateEvents(tx: Tx, eventIds: readonly number[]): Promise<Map<number, number>> {
  const found = await tx.execute<{ id: number; position: number }>(sql`
    select e.id, c.previous_size + (select count(*) from consent_event b where b.xid >= c.xid_from
      and b.xid < c.xid_below and b.id > c.after_id and b.id < e.id) as position
    from consent_event e cross join lateral (
      select * from ledger_checkpoint c
      where c.xid_below > e.xid and (c.last_id is null or c.last_id >= e.id)
      order by c.xid_below, c.size limit 1) c
    where e.id = any(${array(eventIds, "bigint")})`);
  return new Map(found.map((row) => [row.id, row.position]));
}
