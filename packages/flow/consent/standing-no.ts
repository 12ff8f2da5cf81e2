import type { StoredEvent } from "#db/queries/consent-events";
import type { StandingSuppression } from "#db/queries/suppressions";

/**
 * True when a standing "no" of the person would have to be lifted, which only the person's own act can: a withdrawal
 * or refusal of this purpose, an objection, or a suppression (a bounce says nothing about the person's will).
 */
export function hasStandingNo(
  events: readonly StoredEvent[],
  suppressions: readonly StandingSuppression[],
  senderId: string,
  purposeId: string,
): boolean {
  if (
    suppressions.some(
      (entry) => entry.kind !== "hard-bounce" && (entry.senderId === null || entry.senderId === senderId),
    )
  ) {
    return true;
  }
  let standsNo = false;
  for (const event of [...events].sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime())) {
    if (event.type === "objected" && (event.senderId === null || event.senderId === senderId))
      standsNo = true;
    if (event.purposeId !== purposeId) continue;
    if (event.type === "withdrawn" || event.type === "refused") standsNo = true;
    if (event.type === "confirmed" || event.type === "withdrawal-undone") standsNo = false;
    if ((event.type === "given" || event.type === "renewed") && event.lifts) standsNo = false;
  }
  return standsNo;
}
