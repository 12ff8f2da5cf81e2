import type { ConsentEventType } from "#db/queries/consent-events";

/** The W3C DPV term of what an event did to consent; a person withdraws, anybody else revokes. */
export function dpvState(type: ConsentEventType, actor: string): string {
  switch (type) {
    case "requested":
      return "dpv:ConsentRequested";
    case "given":
    case "confirmed":
    case "withdrawal-undone":
      return "dpv:ConsentGiven";
    case "renewed":
      return "dpv:RenewedConsentGiven";
    case "refused":
      return "dpv:ConsentRefused";
    case "withdrawn":
    case "objected":
    case "suppressed":
      return actor === "person" ? "dpv:ConsentWithdrawn" : "dpv:ConsentRevoked";
    case "expired":
      return "dpv:ConsentExpired";
    case "suppression-lifted":
      return "dpv:ConsentUnknown";
    default:
      return type satisfies never;
  }
}

/** The kind of personal data a channel uses (DPV's extension for personal data). */
export const dpvPersonalData = (channel: string): string =>
  channel === "email" ? "pd:EmailAddress" : "pd:TelephoneNumber";
