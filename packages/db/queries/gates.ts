import { sql } from "drizzle-orm";
import { array, digestList, rows, type Tx } from "../database.ts";
import { EMPTY_HEAD } from "../ledger/chain.ts";
import type { BlindDigest } from "../vault/blind-index.ts";

/** The canonical key of a contact point, as its blind digests (one per live index version). */
export interface GateKey {
  readonly channel: "email" | "phone";
  readonly digests: readonly BlindDigest[];
}

/** A gate row that this transaction holds, with the tip of its consent chain. */
export interface GateTip {
  readonly id: number;
  readonly version: number;
  readonly head: Buffer;
  readonly chainLength: number;
}

/** The gate row ids of known keys, by hex digest. Unknown keys are absent. */
export async function findGates(tx: Tx, digests: readonly BlindDigest[]): Promise<Map<string, number>> {
  if (digests.length === 0) return new Map();
  const found = await tx.execute<{ digest: string; gate_id: number }>(sql`
    select encode(i.digest, 'hex') as digest, i.gate_id from gate_index i
    where i.digest = any(${digestList(digests.map((entry) => entry.digest.toString("hex")))})`);
  return new Map(found.map((row) => [row.digest, row.gate_id]));
}

/**
 * Keeps new gate rows from being made until the transaction ends. Who writes about keys that may have no row yet
 * (a registry's numbers) takes this before looking which have one: a row made meanwhile would not be bumped.
 */
export async function holdGateCreation(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`gates:${workspaceId}`}, 0))`);
}

/**
 * The gate row of every key, made where it is missing; in the order of `keys`, equal keys give equal ids.
 * Creation is serialised per workspace until the transaction ends: two writers must not make two rows for one key.
 */
export async function ensureGates(tx: Tx, workspaceId: string, keys: readonly GateKey[]): Promise<number[]> {
  const digests = keys.flatMap((key) => key.digests);
  let known = await findGates(tx, digests);
  const isKnown = (key: GateKey) => key.digests.some((entry) => known.has(entry.digest.toString("hex")));
  if (!keys.every(isKnown)) {
    await holdGateCreation(tx, workspaceId);
    known = await findGates(tx, digests);
    const missing = new Map(
      keys.filter((key) => !isKnown(key)).map((key) => [key.digests[0]?.digest.toString("hex") ?? "", key]),
    );
    for (const [digest, id] of await createGates(tx, workspaceId, [...missing.values()]))
      known.set(digest, id);
  }
  return keys.map((key) => {
    for (const entry of key.digests) {
      const id = known.get(entry.digest.toString("hex"));
      if (id !== undefined) return id;
    }
    throw new Error("a gate row that was just made cannot be found");
  });
}

/** Returns the ids of the new rows by hex digest. */
async function createGates(
  tx: Tx,
  workspaceId: string,
  keys: readonly GateKey[],
): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map();
  const made = await tx.execute<{ id: number }>(sql`
    insert into gate (workspace_id, channel, head)
    select ${workspaceId}::uuid, channel, decode(${EMPTY_HEAD.toString("hex")}, 'hex')
    from unnest(${array(
      keys.map((key) => key.channel),
      "text",
    )}) with ordinality as asked(channel, place)
    order by place
    returning id`);
  const index = keys.flatMap((key, place) =>
    key.digests.map((entry) => {
      const row = made[place];
      if (row === undefined) throw new Error("a gate row that was just made did not come back");
      return { key_version: entry.keyVersion, digest: entry.digest.toString("hex"), gate_id: row.id };
    }),
  );
  await tx.execute(sql`
    insert into gate_index (workspace_id, key_version, digest, gate_id)
    select ${workspaceId}::uuid, key_version, decode(digest, 'hex'), gate_id
    from jsonb_to_recordset(${rows(index)}) as r(key_version text, digest text, gate_id bigint)`);
  return new Map(index.map((entry) => [entry.digest, entry.gate_id]));
}

/**
 * Locks gate rows in sorted order and bumps their versions: from the commit on, every permit given before is stale.
 * Whatever can change an answer for a key calls this in its own transaction.
 * @throws when an id is no gate row of this workspace.
 */
export async function bumpGates(tx: Tx, gateIds: readonly number[]): Promise<void> {
  const unique = [...new Set(gateIds)];
  if (unique.length === 0) return;
  const bumped = await tx.execute(sql`
    with locked as materialized (
      select id from gate where id = any(${array(unique, "bigint")}) order by id for no key update
    )
    update gate g set version = g.version + 1, bumped_by = pg_current_xact_id()
    from locked where g.id = locked.id
    returning g.id`);
  if (bumped.length !== unique.length) throw new Error("a gate row to bump does not exist in this workspace");
}

/**
 * Locks gate rows in sorted order and reads the tips of their chains, for events that are to be added to them.
 * @throws when an id is no gate row of this workspace.
 */
export async function lockTips(tx: Tx, gateIds: readonly number[]): Promise<Map<number, GateTip>> {
  const unique = [...new Set(gateIds)];
  const held = await tx.execute<Record<string, unknown> & GateTip>(sql`
    select id, version, head, chain_length as "chainLength" from gate
    where id = any(${array(unique, "bigint")}) order by id for no key update`);
  if (held.length !== unique.length)
    throw new Error("a gate row to write to does not exist in this workspace");
  return new Map(held.map((row) => [row.id, row]));
}

/** Bumps gate rows that are held as `bumpGates` does, and moves the heads of their chains in the same breath. */
export async function bumpTips(tx: Tx, tips: readonly GateTip[]): Promise<void> {
  const moved = tips.map((tip) => ({ id: tip.id, head: tip.head.toString("hex"), length: tip.chainLength }));
  await tx.execute(sql`
    update gate g set version = g.version + 1, bumped_by = pg_current_xact_id(), head = decode(r.head, 'hex'),
      chain_length = r.length
    from jsonb_to_recordset(${rows(moved)}) as r(id bigint, head text, length bigint)
    where g.id = any(${array(
      tips.map((tip) => tip.id),
      "bigint",
    )}) and g.id = r.id`);
}

/**
 * Locks gate rows in sorted order without changing them, for writers that first look what stands on the key:
 * two presses of the same stop must not both find that it is not yet in force.
 */
export async function lockGates(tx: Tx, gateIds: readonly number[]): Promise<void> {
  await tx.execute(sql`
    select id from gate where id = any(${array([...new Set(gateIds)], "bigint")}) order by id for no key update`);
}
