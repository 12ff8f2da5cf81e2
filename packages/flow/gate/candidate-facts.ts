import type { CandidateRow, SpeakerRow } from "#db/queries/candidates";
import type { StoredEvent } from "#db/queries/consent-events";
import type { Pace } from "#db/queries/contact-preferences";
import type { ReassignmentRow, RelationshipRow } from "#db/queries/law-facts";
import type { StandingSuppression } from "#db/queries/suppressions";
import type { CampaignCircumstances } from "#db/schema/campaign";

/** What is the same for every recipient of a campaign. */
export interface CampaignContext {
  readonly speaker: SpeakerRow;
  readonly channel: "email" | "phone";
  readonly subject: string;
  readonly circumstances: CampaignCircumstances;
  readonly frequencyCap: { readonly max: number; readonly windowHours: number } | null;
}

/** Everything read about one contact point in this micro-batch. */
export interface CandidateFacts {
  readonly candidate: CandidateRow;
  readonly contactPoint: string;
  readonly events: readonly StoredEvent[];
  readonly suppressions: readonly StandingSuppression[];
  /** Instants of earlier contacts, for caps. */
  readonly attempts: readonly Date[];
  /** How much the person wants to hear; null: they never chose. */
  readonly pace: Pace | null;
  /** Contacts on any of the person's points; read where their own cap asks for it. */
  readonly contactedAt: readonly Date[];
  /** With the campaign's sender; null where nothing is known. */
  readonly relationship: RelationshipRow | null;
  /** Copies of do-not-call lists; read for calls alone. */
  readonly registries: readonly RegistryFact[];
  readonly reassignment: ReassignmentRow | null;
}

export interface RegistryFact {
  readonly id: string;
  readonly asOf: Date;
  readonly listed: boolean;
  readonly listedAt: string | null;
}
