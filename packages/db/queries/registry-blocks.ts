import { type SQL, sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/*
 * A version of a list as sorted 8-byte digests in blocks, and the parts it is made from. A digest's first byte is its
 * part; no block reaches over two parts.
 */
export const PARTS = 256;
const BLOCK_BYTES = 1024;
const DIGEST_BYTES = 8;

/** Digests end to end, most significant byte first; `days` beside them, two bytes each. Null: none is dated. */
export interface DigestBytes {
  readonly digests: Buffer;
  readonly days: Buffer | null;
}

/** Parts `from` up to, not with, `to`. */
export interface PartRange {
  readonly from: number;
  readonly to: number;
}

const lowest = ({ from }: PartRange) => Buffer.from([from]);
/** Above every digest of the range. */
const past = ({ to }: PartRange) => (to === PARTS ? Buffer.alloc(33, 0xff) : Buffer.from([to]));

/** Stages a sorted run. `starts[part]` is the place of the part's first digest, `starts[256]` their count. */
export async function stageRun(
  tx: Tx,
  place: {
    readonly workspaceId: string;
    readonly importId: string;
    readonly keyVersion: string;
    readonly isRemoval: boolean;
    readonly run: number;
  },
  { digests, days }: DigestBytes,
  starts: readonly number[],
): Promise<void> {
  await tx.execute(sql`
    insert into registry_part (workspace_id, import_id, key_version, is_removal, part, run, digests, days)
    select ${place.workspaceId}::uuid, ${place.importId}::uuid, ${place.keyVersion}, ${place.isRemoval}, part, ${place.run},
      substring(${digests}::bytea from 8 * start + 1 for 8 * (past - start)),
      substring(${days}::bytea from 2 * start + 1 for 2 * (past - start))
    from unnest(${array(starts.slice(0, PARTS), "int")}, ${array(starts.slice(1), "int")}) with ordinality
      as cut(start, past, nr), lateral (select (nr - 1)::int as part) numbered
    where past > start`);
}

/** How many bytes of digests are staged in each part from this one on. */
export async function stagedBytes(tx: Tx, importId: string, from: number): Promise<Map<number, number>> {
  const found = await tx.execute<{ part: number; bytes: number }>(sql`
    select part, sum(octet_length(digests))::bigint as bytes from registry_part
    where import_id = ${importId}::uuid and part >= ${from} group by part`);
  return new Map(found.map((row) => [row.part, row.bytes]));
}

const ZERO_DAYS = sql`decode(repeat('0000', octet_length(digests) / 8), 'hex')`;
const JOINED = sql`string_agg(digests, ''::bytea) as digests,
  case when bool_or(days is not null) then string_agg(coalesce(days, ${ZERO_DAYS}), ''::bytea) end as days`;

async function readBytes(tx: Tx, query: SQL): Promise<DigestBytes | null> {
  const [row] = await tx.execute<{ digests: Buffer | null; days: Buffer | null }>(query);
  return row === undefined || row.digests === null ? null : { digests: row.digests, days: row.days };
}

/** What is staged in a range, not sorted over its runs. */
export async function readStaged(
  tx: Tx,
  importId: string,
  keyVersion: string,
  isRemoval: boolean,
  range: PartRange,
): Promise<DigestBytes | null> {
  return await readBytes(
    tx,
    sql`
      select ${JOINED} from registry_part
      where import_id = ${importId}::uuid and key_version = ${keyVersion} and is_removal = ${isRemoval}
        and part >= ${range.from} and part < ${range.to}`,
  );
}

export async function deleteStaged(tx: Tx, importId: string, range: PartRange): Promise<void> {
  await tx.execute(sql`
    delete from registry_part where import_id = ${importId}::uuid and part >= ${range.from} and part < ${range.to}`);
}

/** What a version lists in a range. */
export async function readBlocks(
  tx: Tx,
  versionId: string,
  keyVersion: string,
  range: PartRange,
): Promise<DigestBytes | null> {
  return await readBytes(
    tx,
    sql`
      select ${JOINED} from registry_block
      where version_id = ${versionId}::uuid and key_version = ${keyVersion}
        and first >= ${lowest(range)} and first < ${past(range)}`,
  );
}

/** Single entries of a list (those of the API) in a range. */
export async function readEntries(
  tx: Tx,
  registryId: string,
  keyVersion: string,
  range: PartRange,
): Promise<DigestBytes | null> {
  return await readBytes(
    tx,
    sql`
      select string_agg(substring(digest from 1 for 8), ''::bytea) as digests,
        case when count(listed_at) > 0 then string_agg(int2send(case when listed_at is null then 0
          else greatest(listed_at - date '2000-01-01', 1) end::int2), ''::bytea) end as days
      from registry_entry where registry_id = ${registryId} and key_version = ${keyVersion}
        and digest >= ${lowest(range)} and digest < ${past(range)}`,
  );
}

/** Writes sorted digests of a range into blocks of a version that is being built. */
export async function writeBlocks(
  tx: Tx,
  place: { readonly workspaceId: string; readonly versionId: string; readonly keyVersion: string },
  { digests, days }: DigestBytes,
): Promise<void> {
  if (digests.length === 0) return;
  const starts: number[] = [0];
  for (let at = DIGEST_BYTES, start = 0; at < digests.length; at += DIGEST_BYTES) {
    if (at - start < BLOCK_BYTES && digests[at] === digests[start]) continue;
    starts.push(at);
    start = at;
  }
  const ends = [...starts.slice(1), digests.length];
  await tx.execute(sql`
    insert into registry_block (workspace_id, version_id, key_version, first, digests, days)
    select ${place.workspaceId}::uuid, ${place.versionId}::uuid, ${place.keyVersion},
      substring(${digests}::bytea from start + 1 for 8), substring(${digests}::bytea from start + 1 for past - start),
      substring(${days}::bytea from start / 4 + 1 for (past - start) / 4)
    from unnest(${array(starts, "int")}, ${array(ends, "int")}) as cut(start, past)`);
}

/** Takes a version out of a range, and the single entries beside it: both are in the version now in force. */
export async function deleteListed(
  tx: Tx,
  versionId: string | null,
  registryId: string,
  keyVersions: readonly string[],
  range: PartRange,
): Promise<void> {
  if (versionId !== null)
    await tx.execute(sql`
      delete from registry_block where version_id = ${versionId}::uuid
        and key_version = any(${array(keyVersions, "text")}) and first >= ${lowest(range)} and first < ${past(range)}`);
  await tx.execute(sql`
    delete from registry_entry where registry_id = ${registryId}
      and digest >= ${lowest(range)} and digest < ${past(range)}`);
}

/** The keys of this workspace whose digest lies in a range: 8 bytes of it, and the gate row. */
export async function gatesInRange(
  tx: Tx,
  keyVersion: string,
  range: PartRange,
): Promise<{ readonly digests: Buffer; readonly gateIds: readonly number[] }> {
  const [row] = await tx.execute<{ digests: Buffer | null; gateIds: number[] | null }>(sql`
    select string_agg(substring(digest from 1 for 8), ''::bytea order by digest) as digests,
      jsonb_agg(gate_id order by digest) as "gateIds"
    from gate_index where key_version = ${keyVersion} and digest >= ${lowest(range)} and digest < ${past(range)}`);
  return { digests: row?.digests ?? Buffer.alloc(0), gateIds: row?.gateIds ?? [] };
}
