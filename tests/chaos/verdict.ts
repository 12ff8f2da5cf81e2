/** What a section found: figures, and promises kept or broken. Prints as it goes. */
export interface Verdict {
  /** A figure that nothing hangs on. */
  tell(text: string): void;
  /** A promise. `offenders` are printed, at most a few; it is kept when there are none. */
  promise(text: string, offenders: readonly unknown[]): void;
  /** Something that must really have happened, else the run proves nothing. */
  sometimes(text: string, count: number, atLeast: number): void;
  readonly broken: number;
}

const SHOWN_MAX = 8;

export function startVerdict(): Verdict {
  let broken = 0;
  const judge = (isKept: boolean, text: string) => {
    if (!isKept) broken += 1;
    console.log(`${isKept ? "ok  " : "FAIL"} ${text}`);
  };
  return {
    tell: (text) => console.log(`     ${text}`),
    promise: (text, offenders) => {
      judge(offenders.length === 0, `${text}: ${offenders.length} against it`);
      for (const offender of offenders.slice(0, SHOWN_MAX)) console.log(`       ${JSON.stringify(offender)}`);
    },
    sometimes: (text, count, atLeast) => judge(count >= atLeast, `${text}: ${count} (at least ${atLeast})`),
    get broken() {
      return broken;
    },
  };
}

/** The value below which this share of the values lies; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** What stands more than once in a list, each once. */
export function repeated<T>(values: readonly T[]): T[] {
  const seen = new Set<T>();
  const again = new Set<T>();
  for (const value of values) (seen.has(value) ? again : seen).add(value);
  return [...again];
}
