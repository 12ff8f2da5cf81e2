/** What the consent columns of a row say. */
export interface ImportedConsent {
  readonly purpose: string | null;
  readonly givenAt: Date | null;
  readonly source: string | null;
  readonly noticeVersion: string | null;
  /** `undated`: the file says that the person stopped, and no usable time. */
  readonly withdrawnAt: Date | "undated" | null;
}

const EARLIEST = Date.UTC(1990, 0, 1);
const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
/** How exports write that a column holds nothing. */
const NOTHING = /^(null|\\n|n\/a|-|0000-00-00.*)$/i;
const NO = /^(false|no|n|0)$/i;
const YES = /^(true|yes|y|1|x)$/i;

/** The consent columns of a row; null when they are empty. */
export function readConsent(
  original: Readonly<Record<string, string>>,
  now: Date,
  refuse: (column: string, reason: string) => void,
): ImportedConsent | null {
  if (!Object.keys(original).some((target) => target.startsWith("consent."))) return null;
  const instant = (column: string, text: string): Date | null => {
    const read = readInstant(text, now);
    if (read instanceof Date) return read;
    refuse(column, read);
    return null;
  };
  const given = original["consent.givenAt"];
  const withdrawn = original["consent.withdrawnAt"];
  return {
    purpose: original["consent.purpose"] ?? null,
    givenAt: given === undefined || NOTHING.test(given) ? null : instant("consent.givenAt", given),
    source: original["consent.source"] ?? null,
    noticeVersion: original["consent.noticeVersion"] ?? null,
    withdrawnAt:
      withdrawn === undefined || NOTHING.test(withdrawn) || NO.test(withdrawn)
        ? null
        : YES.test(withdrawn)
          ? "undated"
          : // A time we cannot read does not make an opt-out go away.
            (instant("consent.withdrawnAt", withdrawn) ?? "undated"),
  };
}

/** ISO 8601 dates and times; without an offset they are UTC, wherever this runs. */
export function readInstant(text: string, now: Date): Date | "time-invalid" | "time-in-the-future" {
  const match = INSTANT.exec(text);
  if (match === null) return "time-invalid";
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "0", zone = "Z"] = match;
  const milliseconds = fraction.padEnd(3, "0").slice(0, 3);
  const local = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`);
  const offset = zone === "Z" ? zone : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset}`);
  // 30 February would be read as 2 March.
  if (Number.isNaN(at.getTime()) || local.getUTCDate() !== Number(day)) return "time-invalid";
  if (at.getTime() < EARLIEST) return "time-invalid";
  return at > now ? "time-in-the-future" : at;
}
