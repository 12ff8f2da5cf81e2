import type { Policy } from "#core/policy";

/** Settings that are shares: people read and write them in per cent. */
const SHARES: ReadonlySet<keyof Policy> = new Set(["spamRateThrottle", "spamRateCeiling"]);

/** A value of a setting as people read it. */
export function settingText(key: keyof Policy, value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (SHARES.has(key)) return `${Number((Number(value) * 100).toFixed(4))} %`;
  if (Array.isArray(value)) return value.length === 0 ? "nowhere" : value.join(", ");
  return String(value);
}

/** The same as a form's field shows it. */
export function settingField(key: keyof Policy, value: unknown): string {
  if (SHARES.has(key)) return String(Number((Number(value) * 100).toFixed(4)));
  return Array.isArray(value) ? value.join(", ") : settingText(key, value);
}

/** What a form's field means; an empty one goes back to what would hold without it. What makes no sense is refused later. */
export function readSetting(key: keyof Policy, kind: SettingKind, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  switch (kind) {
    case "yes-no":
      return trimmed === "yes" ? true : trimmed === "no" ? false : trimmed;
    case "number":
      // Through a text, so that 0.25 % is 0.0025 and nothing beside it.
      return SHARES.has(key) ? Number((Number(trimmed) / 100).toFixed(6)) : Number(trimmed);
    case "countries":
      return trimmed.toLowerCase() === "nowhere"
        ? []
        : trimmed.split(/[\s,]+/).map((code) => code.toUpperCase());
    case "basis":
      return trimmed;
    default:
      return kind satisfies never;
  }
}

export type SettingKind = "yes-no" | "number" | "countries" | "basis";

export function kindOf(key: keyof Policy, standard: unknown): SettingKind {
  if (key === "legalBasis") return "basis";
  if (typeof standard === "boolean") return "yes-no";
  return Array.isArray(standard) ? "countries" : "number";
}
