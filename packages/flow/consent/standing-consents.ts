import { deriveConsents } from "#core/consent-state";
import { compareInstants } from "#core/instant";
import type { StoredEvent } from "#db/queries/consent-events";
import { ledgerEvents } from "../gate/consent-facts.ts";

export interface StandingConsent {
  readonly purposeId: string;
  readonly senderId: string;
}

/** The purposes for which a consent stands on a key, once each, when nothing but a suppression holds it back. */
export function consentsLeftStanding(events: readonly StoredEvent[], now: Date): StandingConsent[] {
  const standing = deriveConsents(ledgerEvents(events)).filter(
    (consent) =>
      consent.withdrawnAt === undefined &&
      consent.purpose !== "*" &&
      (consent.expiresAt === undefined || compareInstants(consent.expiresAt, now.toISOString()) > 0),
  );
  const byPurpose = new Map(
    standing.map((consent) => [
      consent.purpose,
      { purposeId: consent.purpose, senderId: consent.controller },
    ]),
  );
  return [...byPurpose.values()];
}
