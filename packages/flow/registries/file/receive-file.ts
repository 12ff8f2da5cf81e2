import { randomUUIDv7 } from "node:crypto";
import type { Readable } from "node:stream";
import { inWorkspace, readClock, type Tx } from "#db/database";
import { holdsCopy, lockCopy } from "#db/queries/registries";
import { stageRun } from "#db/queries/registry-blocks";
import {
  createRegistryImport,
  failRegistryImport,
  holdReceiving,
  noteReceived,
  openRegistryImport,
  type RegistryImportMode,
} from "#db/queries/registry-imports";
import { blindKeys } from "#db/vault/blind-index";
import type { FlowDeps } from "../../deps.ts";
import { knownRegistry } from "../registries.ts";
import { type DigestPool, startDigestPool } from "./digest-pool.ts";
import { columnsOf, headerOf } from "./formats.ts";
import { lineTally } from "./line-tally.ts";
import { countryOfFile, type FileFormat, formatOf } from "./publishers.ts";
import type { Reading } from "./read-lines.ts";
import type { Run } from "./runs.ts";
import { firstLine, UnreadableList, wholeLines } from "./split-lines.ts";

/** Who sends nothing for so long has gone; another import of the list may begin. */
export const SILENT_SECONDS_MAX = 60;
const NOTE_EVERY_MS = 1_000;
const GIVEN_UP = "nothing came for too long, and the import was given up";

export interface RegistryFile {
  readonly workspaceId: string;
  readonly actor: string;
  readonly registryId: string;
  /** The list's own date, not that of the upload. */
  readonly asOf: Date;
  /** Absent: the layout of the registry's publisher. */
  readonly format?: FileFormat | undefined;
  /**
   * `replace`: the file is the whole list. `add`, `remove`: its numbers come to or leave the list held. `changes`: each
   * line says which, `A` or `D`.
   */
  readonly mode: RegistryImportMode;
  /** More files of this copy follow (one for each area code, perhaps): the last one dates it. */
  readonly isPartial: boolean;
  readonly file: Readable;
  /** For progress alone. */
  readonly bytesExpected: number | null;
}

export type ReceiveFileResult =
  | { readonly kind: "queued"; readonly importId: string; readonly rows: number }
  | { readonly kind: "registry-unknown" }
  | { readonly kind: "as-of-in-future" }
  | { readonly kind: "as-of-older"; readonly held: Date }
  /** There is nothing that could be added to or taken from. */
  | { readonly kind: "no-copy" }
  | { readonly kind: "import-under-way"; readonly importId: string }
  | { readonly kind: "unreadable"; readonly message: string };

/**
 * Takes a file of listed numbers as it arrives and stages the numbers' keyed digests; nothing of the file itself is
 * kept. The version in force stays until a worker has built the new one.
 */
export async function receiveFile(deps: FlowDeps, request: RegistryFile): Promise<ReceiveFileResult> {
  if (knownRegistry(request.registryId) === null) return { kind: "registry-unknown" };
  const importId = randomUUIDv7();
  const refused = await inWorkspace(deps.database, request.workspaceId, (tx) =>
    openImport(tx, deps, request, importId),
  );
  if (refused !== null) return refused;
  const ask = { workspaceId: request.workspaceId, importId };
  try {
    const rows = await stageFile(deps, request, importId);
    await deps.ring({ kind: "registry-import", ...ask });
    return { kind: "queued", importId, rows };
  } catch (error) {
    const message = error instanceof UnreadableList ? error.message : "the import broke off";
    await inWorkspace(deps.database, ask.workspaceId, (tx) => failRegistryImport(tx, importId, message));
    if (!(error instanceof UnreadableList)) throw error;
    return { kind: "unreadable", message };
  }
}

async function openImport(
  tx: Tx,
  deps: FlowDeps,
  request: RegistryFile,
  importId: string,
): Promise<ReceiveFileResult | null> {
  const { workspaceId, registryId, asOf } = request;
  if (asOf > (await readClock(tx))) return { kind: "as-of-in-future" };
  // The lock keeps numbers that come by the API from being changed between these checks and the import's beginning.
  const held = await lockCopy(tx, workspaceId, registryId);
  if (held !== null && asOf < held) return { kind: "as-of-older", held };
  if (request.mode !== "replace" && !(await holdsCopy(tx, registryId))) return { kind: "no-copy" };
  const isOpen = await createRegistryImport(tx, {
    id: importId,
    workspaceId,
    registryId,
    actor: request.actor,
    format: request.format ?? formatOf(registryId),
    mode: request.mode,
    isPartial: request.isPartial,
    asOf,
    bytesExpected: request.bytesExpected,
    keyVersions: blindKeys(deps.keys.index, workspaceId, "gate").map((key) => key.keyVersion),
  });
  if (isOpen) return null;
  const other = await openRegistryImport(tx, registryId);
  return { kind: "import-under-way", importId: other?.id ?? "" };
}

async function stageFile(deps: FlowDeps, request: RegistryFile, importId: string): Promise<number> {
  const { workspaceId } = request;
  const tally = lineTally();
  let bytes = 0;
  let run = 0;
  let notedAt = performance.now();
  let pool: DigestPool | null = null;
  const note = async (isWhole: boolean) => {
    notedAt = performance.now();
    const isOpen = await inWorkspace(deps.database, workspaceId, (tx) =>
      noteReceived(tx, importId, { bytes, ...tally.soFar() }, isWhole),
    );
    if (!isOpen) throw new UnreadableList(GIVEN_UP);
  };
  const takeRun = async ({ starts, keyVersion, isRemoval, ...given }: Run) => {
    const place = { workspaceId, importId, keyVersion, isRemoval, run };
    run += 1;
    const [digests, days] = [Buffer.from(given.digests.buffer), given.days && Buffer.from(given.days.buffer)];
    await inWorkspace(deps.database, workspaceId, async (tx) => {
      if (!(await holdReceiving(tx, importId))) throw new UnreadableList(GIVEN_UP);
      await stageRun(tx, place, { digests, days }, starts);
    });
  };
  try {
    let chunk = 0;
    for await (const lines of wholeLines(request.file)) {
      bytes += lines.length;
      if (pool === null) {
        const { reading, skipped } = readingOf(request, firstLine(lines));
        tally.begin(skipped);
        const keys = blindKeys(deps.keys.index, workspaceId, "gate");
        pool = startDigestPool({ keys, reading }, tally.add, takeRun);
        if (skipped === 1) {
          await pool.add(chunk++, afterFirstLine(lines));
          continue;
        }
      }
      await pool.add(chunk++, lines);
      if (performance.now() - notedAt > NOTE_EVERY_MS) await note(false);
    }
    await pool?.finish();
    demandNumbers(tally.soFar());
    await note(true);
    return tally.soFar().rows;
  } finally {
    await pool?.close();
  }
}

/** Chooses how lines are read by the first one. `skipped`: 1 when it is a header. */
function readingOf({ format, registryId, mode }: RegistryFile, first: string) {
  const country = countryOfFile(format ?? formatOf(registryId), registryId);
  const header = headerOf(first);
  if (header === "no-number")
    throw new UnreadableList("the header names no column of numbers; call it number or phone");
  const columns = header ?? columnsOf(first);
  if (mode === "changes" && columns.change < 0)
    throw new UnreadableList(
      "no column says A or D, which a file of changes needs; in a header, call it change",
    );
  const reading: Reading = { country, columns, mode };
  return { reading, skipped: header === null ? 0 : 1 };
}

function afterFirstLine(lines: Uint8Array): Uint8Array {
  const end = lines.indexOf(0x0a);
  return end < 0 ? new Uint8Array() : lines.slice(end + 1);
}

const REFUSED_SHARE_MAX = 0.01;
const REFUSED_ALWAYS_BORNE = 100;

/** A list of which much cannot be read would leave people out of it: better none, and the one in force stays. */
function demandNumbers({
  rows,
  refusedByReason,
}: {
  rows: number;
  refusedByReason: Record<string, number>;
}): void {
  const refused = Object.values(refusedByReason).reduce((sum, count) => sum + count, 0);
  if (rows === refused) throw new UnreadableList("the file has no number that can be read");
  if (refused > Math.max(REFUSED_ALWAYS_BORNE, rows * REFUSED_SHARE_MAX))
    throw new UnreadableList(`${refused} of ${rows} lines cannot be read; is the format right?`);
}
