import { isTimeZone } from "../pages/components/zone-options.tsx";

export type LocalTime =
  | { readonly kind: "instant"; readonly at: Date }
  | { readonly kind: "problem"; readonly message: string };

/**
 * The instant that a date and a time mean in a place. Where its clocks are put forward a time does not exist, where they
 * are put back one comes twice: neither is guessed at.
 */
export function readLocalTime(date: string, time: string, zone: string): LocalTime {
  if (!isTimeZone(zone)) return { kind: "problem", message: "choose a time zone from the list" };
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || !/^\d{2}:\d{2}(:\d{2})?$/.test(time))
    return { kind: "problem", message: "write the date as 2026-11-24 and the time as 09:30" };
  try {
    const local = Temporal.PlainDateTime.from(`${date}T${time}`, { overflow: "reject" });
    const zoned = local.toZonedDateTime(zone, { disambiguation: "reject" });
    return { kind: "instant", at: new Date(zoned.epochMilliseconds) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {
      kind: "problem",
      message: `there is no such time in ${zone}, or the clocks are changed then and it comes twice`,
    };
  }
}
