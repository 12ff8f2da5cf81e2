/** Why a contact may happen. */
export type AllowReason = "consent-express" | "transactional";

/** Why a contact must not happen. Codes are stable: the API, the console and support all use them. */
export type BlockReason =
  | "suppressed-unsubscribe"
  | "suppressed-objection"
  | "suppressed-complaint"
  | "suppressed-hard-bounce"
  | "suppressed-erasure"
  | "internal-dnc"
  | "processing-restricted"
  | "minor-protected"
  | "consent-missing"
  | "consent-withdrawn"
  | "consent-expired"
  | "consent-proof-missing"
  | "consent-purpose-mismatch"
  | "consent-channel-mismatch"
  | "consent-controller-mismatch"
  | "consent-not-yet-valid"
  | "consent-requested"
  | "sender-identity-missing"
  | "unsubscribe-mechanism-invalid"
  | "jurisdiction-unresolved"
  | "frequency-cap"
  | "facts-unreadable"
  | "rule-error";

/** Why a contact has to wait. */
export type DeferReason = "frequency-cap";

/** Groups of rules that `notChecked` may name: a group that is not built, or that was not asked about. */
export type RuleGroup =
  | "provenance"
  | "registries"
  | "reassigned-numbers"
  | "privacy-signals"
  | "authentication"
  | "caller-identity"
  | "call-script"
  | "abandonment"
  | "sector-bans"
  | "state-registration"
  | "call-caps"
  | "calling-hours"
  | "message"
  | "call"
  | "registrations";

/**
 * The answer of the gate: a closed union. `failing` lists every rule that did not pass, decisive first;
 * `evidenceEventId` is the consent event (or the suppression's event) the answer rests on, when there is one.
 */
export type Decision =
  | {
      readonly verdict: "allow";
      readonly reason: AllowReason;
      readonly failing: readonly [];
      readonly notChecked: readonly RuleGroup[];
      readonly ruleset: string;
      readonly evidenceEventId: string | null;
      /** The earliest instant at which a fact this answer rests on lapses, or null. */
      readonly validUntil: string | null;
    }
  | {
      readonly verdict: "block";
      readonly reason: BlockReason;
      readonly failing: readonly BlockReason[];
      readonly notChecked: readonly RuleGroup[];
      readonly ruleset: string;
      readonly evidenceEventId: string | null;
    }
  | {
      readonly verdict: "defer";
      readonly reason: DeferReason;
      readonly until: string;
      readonly failing: readonly DeferReason[];
      readonly notChecked: readonly RuleGroup[];
      readonly ruleset: string;
      readonly evidenceEventId: string | null;
    };
