/** Why a contact may happen. */
export type AllowReason =
  | "consent-express"
  | "transactional"
  | "soft-opt-in"
  | "corporate-subscriber"
  | "implied-consent-purchase"
  | "implied-consent-inquiry"
  | "opt-out-regime"
  | "ebr-transaction"
  | "ebr-inquiry"
  | "ebr"
  | "running-contract"
  | "legitimate-interest-call";

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
  | "source-provenance-unverified"
  | "art14-notice-overdue"
  | "consent-missing"
  | "consent-withdrawn"
  | "consent-expired"
  | "consent-notice-changed"
  | "consent-proof-missing"
  | "consent-purpose-mismatch"
  | "consent-channel-mismatch"
  | "consent-controller-mismatch"
  | "consent-not-yet-valid"
  | "consent-requested"
  | "pewc-missing"
  | "soft-opt-in-invalid"
  | "implied-consent-expired"
  | "lia-missing"
  | "dnc-registry-stale"
  | "dnc-registry-listed"
  | "rpo-overrides-consent"
  | "number-reassigned"
  | "reassigned-check-missing"
  | "ccpa-opt-out-signal"
  | "data-broker-source"
  | "sender-identity-missing"
  | "unsubscribe-mechanism-invalid"
  | "misleading-header-subject"
  | "one-click-unsigned"
  | "auth-not-aligned"
  | "caller-id-missing"
  | "script-missing"
  | "abandonment-cap"
  | "sector-ban"
  | "state-registration-missing"
  | "jurisdiction-unresolved"
  | "facts-unreadable"
  | "rule-error"
  /** A wait that cannot end in an allow is a block. */
  | DeferReason;

/** Why a contact has to wait. */
export type DeferReason = "paused-by-person" | "frequency-cap" | "quiet-hours" | "spam-rate-ceiling";

/** Groups of facts that `notChecked` may name: the caller did not ask about them, or the policy leaves them out. */
export type FactGroup = "message" | "call" | "registrations";

/** What every answer carries. */
interface Answer {
  readonly notChecked: readonly FactGroup[];
  readonly ruleset: string;
  /** The consent event (or the suppression's event) the answer rests on, when there is one. */
  readonly evidenceEventId: string | null;
}

/** The answer of the gate: a closed union. `failing` lists every rule that did not pass, decisive first. */
export type Decision =
  | (Answer & {
      readonly verdict: "allow";
      readonly reason: AllowReason;
      readonly failing: readonly [];
      /** The earliest instant at which a fact this answer rests on lapses or a window closes, or null. */
      readonly validUntil: string | null;
    })
  | (Answer & {
      readonly verdict: "block";
      readonly reason: BlockReason;
      readonly failing: readonly BlockReason[];
    })
  | (Answer & {
      readonly verdict: "defer";
      readonly reason: DeferReason;
      readonly until: string;
      readonly failing: readonly DeferReason[];
    });
