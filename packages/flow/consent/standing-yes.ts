import { consentStatus } from "#core/consent-state";
import type { StoredEvent } from "#db/queries/consent-events";
import { ledgerEvents } from "../gate/consent-facts.ts";

/** True when consent for exactly this contact point and purpose stands, so that a further grant renews it. */
export function hasStandingYes(
  events: readonly StoredEvent[],
  asked: { readonly contactPointId: string; readonly purposeId: string },
  now: Date,
): boolean {
  const ofPurpose = events.filter(
    (event) =>
      (event.purposeId === null || event.purposeId === asked.purposeId) &&
      (event.contactPointId === null || event.contactPointId === asked.contactPointId),
  );
  return consentStatus(ledgerEvents(ofPurpose), now.toISOString()) === "yes";
}
