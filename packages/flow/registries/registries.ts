import { REGISTRIES } from "#core/rules/do-not-call-lists";
import type { CopyRecord } from "#db/queries/registries";

const STATE_LIST = /^US-[A-Z]{2}-DNC$/;
/** As old as a copy of a US state's list may be. @source the rule `dnc-registry-stale` */
const STATE_LIST_DAYS_MAX = 31;
const DAY_MS = 86_400_000;

/** A do-not-call list the gate knows: how old a copy may be, and why. Null: the gate would never read such a list. */
export function knownRegistry(id: string): {
  readonly country: string;
  readonly daysMax: number;
  readonly citation: string;
  readonly until: string | null;
} | null {
  const registry = REGISTRIES.find((each) => each.id === id);
  if (registry !== undefined) return registry;
  return STATE_LIST.test(id)
    ? { country: "US", daysMax: STATE_LIST_DAYS_MAX, citation: "law of the state", until: null }
    : null;
}

/** A list and the copy of it: what is missing or old keeps everyone it protects from being called. */
export interface RegistryStatus {
  readonly registryId: string;
  readonly citation: string;
  readonly daysMax: number;
  /** ISO instant from which no copy is needed any more; null: it is needed for good. */
  readonly neededUntil: string | null;
  readonly asOf: Date | null;
  readonly numbers: number;
  /** Days until the copy is too old, rounded down; negative: it is. Null: there is no whole copy. */
  readonly daysLeft: number | null;
}

/** Every list the gate knows with the copy held of it, and the state lists of which there is one. */
export function registryStatus(copies: readonly CopyRecord[], now: Date): readonly RegistryStatus[] {
  const held = new Map(copies.map((copy) => [copy.registryId, copy]));
  const ids = [...new Set([...REGISTRIES.map((registry) => registry.id), ...held.keys()])].sort();
  return ids.flatMap((registryId) => {
    const registry = knownRegistry(registryId);
    if (registry === null) return [];
    const { daysMax, citation, until } = registry;
    const copy = held.get(registryId);
    const asOf = copy?.asOf ?? null;
    const daysLeft =
      asOf === null ? null : Math.floor((asOf.getTime() + daysMax * DAY_MS - now.getTime()) / DAY_MS);
    const numbers = copy?.numbers ?? 0;
    return [{ registryId, citation, daysMax, neededUntil: until, asOf, numbers, daysLeft }];
  });
}
