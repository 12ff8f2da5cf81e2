import { POLICY_DEFAULTS, POLICY_SETTINGS, type Policy } from "#core/policy";
import type { PolicyChange } from "./policy-schema.ts";

type Stored = Readonly<Record<string, unknown>>;

/** What is stored after a change: values set, nulls taken out. */
export function mergedPolicy(stored: Stored, change: PolicyChange): Stored {
  const merged = new Map(Object.entries(stored));
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key);
    else if (value !== undefined) merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** Before and after of everything that differs, for the audit; null where nothing was or is set. */
export function differences(
  before: Stored,
  after: Stored,
): Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>> {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return Object.fromEntries(
    keys
      .filter((key) => JSON.stringify(before[key] ?? null) !== JSON.stringify(after[key] ?? null))
      .map((key) => [key, { before: before[key] ?? null, after: after[key] ?? null }]),
  );
}

/** A setting as people see it: the value in force, who set it, and what it decides. */
export interface PolicyItem {
  readonly key: keyof Policy;
  readonly value: unknown;
  readonly default: unknown;
  readonly setBy: "default" | "workspace" | "sender";
  /** The legal basis is set on each sender alone. */
  readonly settableOn: readonly ("workspace" | "sender")[];
  readonly asks: string;
  readonly source: string;
}

/** Every setting with the value in force for the workspace, or for one of its senders. */
export function policyItems(
  workspace: Stored,
  sender: { readonly legalBasis: string; readonly policy: Stored } | null,
): readonly PolicyItem[] {
  return POLICY_SETTINGS.map(({ key, asks, source }): PolicyItem => {
    if (key === "legalBasis") {
      const value = sender?.legalBasis ?? SENDER_BASIS;
      const setBy = value === SENDER_BASIS ? "default" : "sender";
      return { key, value, default: SENDER_BASIS, setBy, settableOn: ["sender"], asks, source };
    }
    const own = sender?.policy[key];
    const shared = workspace[key];
    return {
      key,
      value: own ?? shared ?? POLICY_DEFAULTS[key],
      default: POLICY_DEFAULTS[key],
      setBy: own !== undefined ? "sender" : shared !== undefined ? "workspace" : "default",
      settableOn: ["workspace", "sender"],
      asks,
      source,
    };
  });
}

/** What a sender starts with: `POLICY_DEFAULTS` answers questions that name no sender. */
const SENDER_BASIS = "consent-only";
