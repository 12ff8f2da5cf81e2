import { sql } from "drizzle-orm";
import { array, digestList, rows, type Tx } from "../database.ts";
import { EMPTY_HEAD } from "../ledger/chain.ts";
import type { BlindDigest } from "../vault/blind-index.ts";

/** The canonical key of a contact point, as its blind digests (one per live index version). */
export interface GateKey {
  readonly channel: "email" | "phone";
  readonly digests: readonly BlindDigest[];
}

export interface BumpedGate {
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
    await createGates(tx, workspaceId, [...missing.values()]);
    known = await findGates(tx, digests);
  }
  return keys.map((key) => {
    for (const entry of key.digests) {
      const id = known.get(entry.digest.toString("hex"));
      if (id !== undefined) return id;
    }
    throw new Error("a gate row that was just made cannot be found");
  });
}

async function createGates(tx: Tx, workspaceId: string, keys: readonly GateKey[]): Promise<void> {
  if (keys.length === 0) return;
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
    key.digests.map((entry) => ({
      key_version: entry.keyVersion,
      digest: entry.digest.toString("hex"),
      gate_id: made[place]?.id,
    })),
  );
  await tx.execute(sql`
    insert into gate_index (workspace_id, key_version, digest, gate_id)
    select ${workspaceId}::uuid, key_version, decode(digest, 'hex'), gate_id
    from jsonb_to_recordset(${rows(index)}) as r(key_version text, digest text, gate_id bigint)`);
}

/**
 * Locks gate rows in sorted order and bumps their versions: from the commit on, every permit given before is stale.
 * Whatever can change an answer for a key calls this in its own transaction.
 * @throws when an id is no gate row of this workspace.
 */
export async function bumpGates(tx: Tx, gateIds: readonly number[]): Promise<Map<number, BumpedGate>> {
  const unique = [...new Set(gateIds)].sort((a, b) => a - b);
  if (unique.length === 0) return new Map();
  const bumped = await tx.execute<{ id: number; version: number; head: Buffer; chain_length: number }>(sql`
    with locked as materialized (
      select id from gate where id = any(${array(unique, "bigint")}) order by id for no key update
    )
    update gate g set version = g.version + 1, bumped_by = pg_current_xact_id()
    from locked where g.id = locked.id
    returning g.id, g.version, g.head, g.chain_length`);
  if (bumped.length !== unique.length) throw new Error("a gate row to bump does not exist in this workspace");
  return new Map(
    bumped.map((row) => [
      row.id,
      { id: row.id, version: row.version, head: row.head, chainLength: row.chain_length },
    ]),
  );
}

/**
 * Locks gate rows in sorted order without changing them, for writers that first look what stands on the key:
 * two presses of the same stop must not both find that it is not yet in force.
 */
export async function lockGates(tx: Tx, gateIds: readonly number[]): Promise<void> {
  await tx.execute(sql`
    select id from gate where id = any(${array([...new Set(gateIds)], "bigint")}) order by id for no key update`);
}
