import { inWorkspace, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { bumpPolicyEpoch } from "#db/queries/campaign-state";
import { bumpGates } from "#db/queries/gates";
import { copyVersion, lockCopy } from "#db/queries/registries";
import {
  deleteListed,
  deleteStaged,
  gatesInRange,
  PARTS,
  type PartRange,
  readBlocks,
  readEntries,
  readStaged,
  stagedBytes,
  writeBlocks,
} from "#db/queries/registry-blocks";
import {
  bringIntoForce,
  failRegistryImport,
  finishRegistryImport,
  holdRegistryImport,
  noteAnnounced,
  noteMerged,
  type RegistryImportRow,
} from "#db/queries/registry-imports";
import type { FlowDeps } from "../../deps.ts";
import {
  countWithout,
  type DigestSet,
  digestsOf,
  fromBytes,
  joined,
  listedDay,
  NOTHING,
  toBytes,
  without,
} from "./digest-set.ts";

/** Digests of one step: sorting them takes some 20 ms, during which the process does nothing else. */
const STEP_BYTES = 1024 * 1024;
/** Gate rows bumped in one transaction: a stop waits for it at most some 20 ms. */
const BUMPED_TOGETHER = 250;

export interface RegistryFileAsk {
  readonly workspaceId: string;
  readonly importId: string;
  /** Steps made at most; absent: all. What is left goes on with the next ring. */
  readonly stepsMax?: number;
}

/**
 * Brings a received file into force, step by step, each step in a transaction with its progress: a process that dies
 * loses nothing. First the new version is built beside the one in force; one transaction exchanges them; then everyone
 * whose entry came, went or changed loses their permits, and the old version goes.
 */
export async function runFile(deps: FlowDeps, ask: RegistryFileAsk): Promise<{ readonly isOver: boolean }> {
  for (let step = 0; step < (ask.stepsMax ?? Number.POSITIVE_INFINITY); step += 1) {
    const next = await inWorkspace(deps.database, ask.workspaceId, (tx) => stepInside(tx, ask));
    if (next === "over") return { isOver: true };
    if (next !== "on") await announce(deps, ask, next);
  }
  return { isOver: false };
}

/** Makes a step, or answers the import whose next range is to be announced, which takes several transactions. */
async function stepInside(tx: Tx, ask: RegistryFileAsk): Promise<"on" | "over" | RegistryImportRow> {
  const imported = await holdRegistryImport(tx, ask.importId);
  switch (imported?.state) {
    case "queued":
    case "merging":
      if (imported.nextPart < PARTS) await merge(tx, ask, imported);
      else await exchange(tx, ask.workspaceId, imported);
      return "on";
    case "announcing":
      if (imported.nextPart < PARTS) return imported;
      await finish(tx, ask.workspaceId, imported);
      return "over";
    default:
      return "over";
  }
}

async function merge(tx: Tx, { workspaceId }: RegistryFileAsk, imported: RegistryImportRow): Promise<void> {
  const base = imported.mode === "replace" ? null : await copyVersion(tx, imported.registryId);
  const range = await nextRange(tx, imported, base?.numbers ?? {});
  const numbers = { ...imported.versionNumbers };
  const keyVersions = new Set([...imported.keyVersions, ...Object.keys(base?.numbers ?? {})]);
  for (const keyVersion of keyVersions) {
    const held =
      base === null ? NOTHING : await listedIn(tx, base.versionId, imported.registryId, keyVersion, range);
    const staged = (isRemoval: boolean) => readStaged(tx, imported.id, keyVersion, isRemoval, range);
    const added = fromBytes(await staged(false));
    // What a file both adds and removes stays: better a call too few.
    const removed = without(fromBytes(await staged(true)), added);
    const merged = without(joined([held, added]), removed);
    await writeBlocks(tx, { workspaceId, versionId: imported.id, keyVersion }, toBytes(merged));
    numbers[keyVersion] = (numbers[keyVersion] ?? 0) + merged.digests.length;
  }
  await deleteStaged(tx, imported.id, range);
  await noteMerged(tx, imported.id, range.to, numbers);
}

/** As many parts as one step bears; at least one. */
async function nextRange(
  tx: Tx,
  { id, nextPart }: RegistryImportRow,
  base: Readonly<Record<string, number>>,
): Promise<PartRange> {
  const staged = await stagedBytes(tx, id, nextPart);
  const held = (8 * Object.values(base).reduce((sum, count) => sum + count, 0)) / PARTS;
  let to = nextPart;
  for (let bytes = 0; to < PARTS; to += 1) {
    bytes += (staged.get(to) ?? 0) + held;
    if (bytes > STEP_BYTES && to > nextPart) break;
  }
  return { from: nextPart, to };
}

/** A version and the single entries beside it. */
async function listedIn(
  tx: Tx,
  versionId: string | null,
  registryId: string,
  keyVersion: string,
  range: PartRange,
): Promise<DigestSet> {
  const blocks = versionId === null ? null : await readBlocks(tx, versionId, keyVersion, range);
  return joined([fromBytes(blocks), fromBytes(await readEntries(tx, registryId, keyVersion, range))]);
}

async function exchange(tx: Tx, workspaceId: string, imported: RegistryImportRow): Promise<void> {
  const { registryId, isPartial, mode, asOf } = imported;
  const held = await lockCopy(tx, workspaceId, registryId);
  if (held !== null && asOf < held) {
    await failRegistryImport(tx, imported.id, `the copy held is newer, of ${held.toISOString()}`);
    return;
  }
  const dated = isPartial ? (mode === "replace" ? null : held) : asOf;
  await bringIntoForce(tx, imported, dated);
  // The copy that calls all over the workspace relied on is gone until the last file has come.
  if (held !== null && dated === null) await bumpPolicyEpoch(tx, workspaceId);
}

/** Bumps the gate rows of one range whose entry came, went or changed, a few in each transaction. */
async function announce(deps: FlowDeps, ask: RegistryFileAsk, imported: RegistryImportRow): Promise<void> {
  const { workspaceId } = ask;
  const { registryId, baseVersion, nextPart } = imported;
  const inTx = <T>(work: (tx: Tx) => Promise<T>) => inWorkspace(deps.database, workspaceId, work);
  const total = Math.max(1, ...Object.values(imported.versionNumbers));
  const parts = Math.max(1, Math.floor((STEP_BYTES * PARTS) / (8 * total)));
  const range = { from: nextPart, to: Math.min(PARTS, nextPart + parts) };
  const changed = new Set<number>();
  const counted = { added: Number.POSITIVE_INFINITY, removed: 0 };
  for (const keyVersion of imported.keyVersions) {
    const { before, after, gates } = await inTx(async (tx) => ({
      before: await listedIn(tx, baseVersion, registryId, keyVersion, range),
      after: fromBytes(await readBlocks(tx, imported.id, keyVersion, range)),
      gates: await gatesInRange(tx, keyVersion, range),
    }));
    // Under a key that came or went since the last version everything seems new or gone; the others know better.
    counted.added = Math.min(counted.added, countWithout(after, before));
    counted.removed = Math.max(counted.removed, countWithout(before, after));
    const digests = digestsOf(gates.digests);
    for (const [at, gateId] of gates.gateIds.entries()) {
      const digest = digests[at] as bigint;
      if (listedDay(before, digest) !== listedDay(after, digest)) changed.add(gateId);
    }
  }
  const gateIds = [...changed].sort((one, other) => one - other);
  for (let at = 0; at < gateIds.length; at += BUMPED_TOGETHER)
    await inTx((tx) => bumpGates(tx, gateIds.slice(at, at + BUMPED_TOGETHER)));
  await inTx(async (tx) => {
    const held = await holdRegistryImport(tx, imported.id);
    // Another worker was faster: the rows are bumped once more, which harms nobody, and counted once.
    if (held?.state !== "announcing" || held.nextPart !== nextPart) return;
    await deleteListed(tx, baseVersion, registryId, imported.keyVersions, range);
    await noteAnnounced(tx, imported.id, range.to, { ...counted, contactPoints: gateIds.length });
  });
}

async function finish(tx: Tx, workspaceId: string, imported: RegistryImportRow): Promise<void> {
  await finishRegistryImport(tx, imported.id);
  await recordAudit(tx, workspaceId, imported.actor, "registry-imported", imported.registryId, {
    importId: imported.id,
    asOf: imported.asOf.toISOString(),
    mode: imported.mode,
    partial: imported.isPartial,
    numbers: Math.max(0, ...Object.values(imported.versionNumbers)),
    added: imported.added,
    removed: imported.removed,
    refused: imported.refused,
  });
}
