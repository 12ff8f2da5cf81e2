import type { FieldProblem } from "../field-problems.ts";

/** Caller, seller and purpose are said before anything else. @source 16 CFR 310.4(d); C. conso L.221-16; RCW 80.36.390 */
const FIRST_SLOTS = ["agent", "seller", "purpose"] as const;
const KNOWN_SLOTS: ReadonlySet<string> = new Set([...FIRST_SLOTS, "name"]);
/** How many words an opening has: who calls, for whom and why have to be in it. */
const OPENING_WORDS = 50;

const SLOT = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** What is wrong with a script: an opening that does not say who calls, or a slot nobody fills. */
export function checkScript(text: string): FieldProblem[] {
  const slots = [...text.matchAll(SLOT)];
  const problems = slots
    .filter(([, name = ""]) => !KNOWN_SLOTS.has(name))
    .map(([, name = ""]) => ({
      path: "/script",
      message: `has {{${name.slice(0, 40)}}}, which is not one of {{agent}}, {{seller}}, {{purpose}}, {{name}}`,
    }));
  const opening = text.replaceAll(SLOT, "{{$1}}").split(/\s+/).slice(0, OPENING_WORDS).join(" ");
  const missing = FIRST_SLOTS.filter((name) => !opening.includes(`{{${name}}}`));
  if (missing.length === 0) return problems;
  return [
    ...problems,
    {
      path: "/script",
      message: `has to name ${missing.map((name) => `{{${name}}}`).join(", ")} in its first ${OPENING_WORDS} words: caller, seller and purpose come before anything else`,
    },
  ];
}

export interface ScriptValues {
  readonly agent: string;
  readonly seller: string;
  readonly purpose: string;
  /** The person's; null: not known, and left out. */
  readonly name: string | null;
}

/** The script as it is said in one call. */
export const spokenScript = (text: string, values: ScriptValues): string =>
  text.replaceAll(SLOT, (_slot, name: string) =>
    name in values ? (values[name as keyof ScriptValues] ?? "") : "",
  );
