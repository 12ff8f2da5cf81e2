import { DAY_MS, instantMs } from "../instant.ts";
import type { Case } from "./case.ts";

/** A copy or query dated later than tomorrow is of no known age. A date alone may be that of another zone. */
export function isYoung(asked: Case, date: string, daysMax: number): boolean {
  const ageMs = asked.askedAtMs - instantMs(date);
  return ageMs >= -DAY_MS && ageMs <= daysMax * DAY_MS;
}
