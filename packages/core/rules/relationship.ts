import { localDay } from "../hours/local-day.ts";
import { addMonths, HOUR_MS, instantMs } from "../instant.ts";
import type { Place } from "../place/places.ts";
import { type Case, isGiven } from "./case.ts";

/**
 * The end of the anniversary day, exclusive, on the earliest of the person's candidate clocks (UTC where none is
 * known): the day itself is still within "the two years immediately before the day".
 */
export function anniversaryMs(asked: Case, date: string | null | undefined, months: number): number | null {
  if (!isGiven(date)) return null;
  const atMs = instantMs(date);
  // A relationship that has not begun permits nothing.
  if (atMs > asked.nowMs) return null;
  const zones = asked.facts.tzCandidates ?? [];
  const ends = (zones.length === 0 ? ["UTC"] : zones).map((zone) => {
    // An instant falls on the day the person's own clock showed; a date is that day already.
    const began = date.includes("T") ? localDay(zone, atMs).date : date.slice(0, 10);
    const dayMs = addMonths(instantMs(began), months);
    // Noon in UTC is that day on every clock west of UTC+12, and the next one east of it.
    const around = localDay(zone, dayMs + 12 * HOUR_MS);
    return around.date === localDay("UTC", dayMs).date ? around.endMs : around.startMs;
  });
  return Math.min(...ends);
}

const EBR_PURCHASE_MONTHS = 18;
const EBR_PURCHASE_MONTHS_PA = 12;

/** Live calls to the sender's own recent customers or enquirers, in the US and in Canada. */
export function establishedRelationship(asked: Case, place: Place): "purchase" | "inquiry" | null {
  const { relationship } = asked.facts;
  if (asked.isAutomated || relationship === undefined) return null;
  if (relationship.collectedBy !== undefined && relationship.collectedBy !== asked.facts.campaign.controller)
    return null;
  const months = place.region === "US-PA" ? EBR_PURCHASE_MONTHS_PA : EBR_PURCHASE_MONTHS;
  const purchase = anniversaryMs(asked, relationship.lastPurchaseAt, months);
  if (relationship.contractInForce === true || (purchase !== null && asked.nowMs < purchase))
    return "purchase";
  const inquiry = anniversaryMs(asked, relationship.lastInquiryAt, place.country === "CA" ? 6 : 3);
  return inquiry !== null && asked.nowMs < inquiry ? "inquiry" : null;
}
