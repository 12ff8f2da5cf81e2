import { canonicalKey } from "#core/canonical-key";
import { inWorkspace, readClock, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { bumpPolicyEpoch } from "#db/queries/campaign-state";
import { bumpGates, holdGateCreation } from "#db/queries/gates";
import {
  dateCopy,
  delistOthers,
  dropVersion,
  type EntryDraft,
  gatesOfDigests,
  listNumbers,
  lockCopy,
} from "#db/queries/registries";
import { openRegistryImport } from "#db/queries/registry-imports";
import { blindDigests } from "#db/vault/blind-index";
import type { VaultKeys } from "#db/vault/secrets";
import type { FlowDeps } from "../deps.ts";
import { knownRegistry } from "./registries.ts";

export interface RegistryImport {
  readonly workspaceId: string;
  readonly actor: string;
  readonly registryId: string;
  /** The list's own date, not that of the upload. */
  readonly asOf: Date;
  readonly numbers: readonly { readonly number: string; readonly listedAt: string | null }[];
  /** True: the numbers join those held. False: they take their place. */
  readonly append: boolean;
  /**
   * More parts follow. Until the last one a replaced copy counts as missing, and one that is added to keeps its date:
   * a list that is only half here must not pass for a fresh one.
   */
  readonly isPartial: boolean;
}

export type RegistryImportResult =
  | { readonly kind: "imported"; readonly asOf: Date | null; readonly contactPoints: number }
  | { readonly kind: "registry-unknown" }
  | { readonly kind: "as-of-in-future" }
  /** A file of this list is being taken over. */
  | { readonly kind: "import-under-way"; readonly importId: string }
  | { readonly kind: "as-of-older"; readonly held: Date }
  | { readonly kind: "not-a-number"; readonly place: number };

/**
 * Takes over a do-not-call list, or a part of one. Numbers are kept as keyed digests alone. Permits of people whose
 * entry came, went or changed go stale in the same transaction.
 */
export async function importRegistry(deps: FlowDeps, request: RegistryImport): Promise<RegistryImportResult> {
  const { workspaceId, registryId, asOf } = request;
  if (knownRegistry(registryId) === null) return { kind: "registry-unknown" };
  const drafted = entriesOf(deps.keys, request);
  if (typeof drafted === "number") return { kind: "not-a-number", place: drafted };
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<RegistryImportResult> => {
    if (asOf > (await readClock(tx))) return { kind: "as-of-in-future" };
    const held = await lockCopy(tx, workspaceId, registryId);
    if (held !== null && asOf < held) return { kind: "as-of-older", held };
    const open = await openRegistryImport(tx, registryId);
    if (open !== null) return { kind: "import-under-way", importId: open.id };
    // A file's version may list millions: instead of looking for each, every permit of the workspace goes stale.
    const isVersionDropped = !request.append && (await dropVersion(tx, registryId));
    const gateIds = await exchangeEntries(tx, request, drafted);
    const dated = request.isPartial ? (request.append ? held : null) : asOf;
    await dateCopy(tx, registryId, dated);
    // The copy that calls all over the workspace relied on is gone until the last part has come.
    if (isVersionDropped || (held !== null && dated === null)) await bumpPolicyEpoch(tx, workspaceId);
    await bumpGates(tx, gateIds);
    await recordAudit(tx, workspaceId, request.actor, "registry-imported", registryId, {
      asOf: asOf.toISOString(),
      before: held?.toISOString() ?? null,
      numbers: drafted.length,
      append: request.append,
      partial: request.isPartial,
    });
    return { kind: "imported", asOf: dated, contactPoints: gateIds.length };
  });
}

/** Each number once, as its digests; or the place of one that is none. The last of equal numbers counts. */
function entriesOf(keys: VaultKeys, request: RegistryImport): readonly EntryDraft[] | number {
  const entries = new Map<string, EntryDraft>();
  for (const [place, { number, listedAt }] of request.numbers.entries()) {
    const canonical = canonicalKey("phone", number);
    if (canonical === null) return place;
    // The same digest as the gate row's index holds: a listed number is found from the gate row.
    const digests = blindDigests(keys.index, request.workspaceId, "gate", `phone:${canonical}`);
    entries.set(canonical, { digests, listedAt });
  }
  return [...entries.values()];
}

/** Stores the entries; the gate rows whose entry came, went or changed. */
async function exchangeEntries(
  tx: Tx,
  { workspaceId, registryId, append }: RegistryImport,
  entries: readonly EntryDraft[],
): Promise<readonly number[]> {
  const delisted = append ? [] : await delistOthers(tx, registryId, entries);
  const changed = await listNumbers(tx, workspaceId, registryId, entries);
  await holdGateCreation(tx, workspaceId);
  return [...new Set([...delisted, ...(await gatesOfDigests(tx, changed))])];
}
