/**
 * The input of one decision, as plain JSON: what `POST /v1/gate/evaluate` accepts and what the sending gate
 * assembles from the database. Instants are ISO 8601 UTC strings; an absent list is empty; an absent optional
 * fact means that no such fact exists; an absent group (`call`, `message`, `registrations`) was not asked about.
 */
import type { Policy } from "./policy.ts";

export type Channel = "email" | "phone";
export type CallMode = "live-manual" | "predictive" | "prerecorded";
export type Party = "consumer" | "business" | "sole-trader";
export type CampaignKind = "marketing" | "transactional" | "mixed";
/** Where the law leaves a choice: what is not given has its default. */
export type PolicyFacts = { readonly [K in keyof Policy]?: Policy[K] };
export type SuppressionKind =
  | "unsubscribe"
  | "objection"
  | "complaint"
  | "hard-bounce"
  | "internal-dnc"
  | "erasure";

export interface CampaignFacts {
  readonly kind: CampaignKind;
  readonly purpose: string;
  /** The key of the sender that speaks (the GDPR controller). */
  readonly controller: string;
  /** What a call is about; scopes call caps. */
  readonly subject?: string;
  readonly mode?: CallMode;
  /** Share of live-answered calls abandoned in the last 30 days, 0..1. */
  readonly abandonedRate30d?: number;
  /** The sender's own cap over any channel. */
  readonly frequencyCap?: { readonly max: number; readonly windowHours: number };
  readonly relatedToContract?: boolean;
  readonly sharesDataWithThirdParty?: boolean;
  readonly sector?: string;
  /** The campaign's own calling hours, narrower than the law's: wall-clock times `HH:MM`, `to` exclusive. */
  readonly callWindow?: { readonly from: string; readonly to: string };
}

export interface ConsentProof {
  readonly noticeHash?: string;
  readonly noticeVersion?: string;
  readonly statementShown?: string;
  readonly method?: string;
  readonly ip?: string;
  readonly confirmedAt?: string;
  readonly signature?: string;
  readonly number?: string;
  readonly text?: string;
}

export interface ConsentFact {
  readonly channel: Channel;
  readonly purpose: string;
  readonly controller: string;
  readonly type: "express" | "express-written";
  readonly givenAt: string;
  readonly withdrawnAt?: string;
  /** When the grant lapses under the purpose's own lifetime; an instant, exclusive. */
  readonly expiresAt?: string;
  /** When a notice that means something else took the place of the one it was given under; an instant, exclusive. */
  readonly noticeChangedAt?: string;
  /** The exact contact point the consent was given for, when it differs from the one in question. */
  readonly key?: string;
  readonly contactId?: string;
  readonly collectedBy?: string;
  readonly namedControllers?: readonly string[];
  readonly parentalAuthorisation?: boolean;
  readonly proof?: ConsentProof;
  /** The consent event this fact was derived from, when it comes from the ledger. */
  readonly eventId?: string;
}

export interface SuppressionFact {
  readonly kind: SuppressionKind;
  /** The address or number as it was reported; compared by canonical key. */
  readonly key: string;
  readonly at: string;
  readonly contactId?: string;
  readonly dsn?: string;
  readonly feedbackType?: string;
  /** Absent: the entry binds every sender. */
  readonly controller?: string;
  readonly eventId?: string;
}

export interface RawEvent {
  readonly type: string;
  readonly at: string;
  readonly body?: string;
  readonly text?: string;
  readonly userAgent?: string;
}

export interface Facts {
  readonly country: string | null;
  readonly region?: string;
  readonly contactPoint: string;
  readonly contactId?: string;
  readonly sharedWith?: readonly string[];
  readonly party?: Party;
  readonly age?: number;
  readonly campaign: CampaignFacts;
  readonly consents?: readonly ConsentFact[];
  readonly relationship?: {
    readonly lastPurchaseAt?: string | null;
    readonly lastInquiryAt?: string | null;
    readonly contractInForce?: boolean;
    readonly collectedBy?: string;
    readonly collectedDuring?: "sale" | "negotiation" | "free-account-with-paid-tier";
    readonly similarProducts?: boolean;
    readonly optOutOfferedAtCollection?: boolean;
    readonly refusedAtCollection?: boolean;
  };
  readonly suppressions?: readonly SuppressionFact[];
  readonly events?: readonly RawEvent[];
  readonly registries?: readonly {
    readonly id: string;
    readonly listed: boolean;
    readonly listedAt?: string;
    readonly listAsOf: string;
  }[];
  readonly reassignment?: {
    readonly db: string;
    readonly answer: "yes" | "no" | "no-data";
    readonly queriedAt: string;
    readonly consentDate: string;
  };
  readonly source?: {
    readonly kind: "first-party" | "csv-import" | "purchased-list" | "third-party-named-consent";
    readonly vendor?: string;
    readonly obtainedAt?: string;
    readonly provenanceVerified?: boolean;
    readonly art14NoticeAt?: string | null;
    /** When the vendor last carried out the deletions that Californians asked of data brokers (DROP). */
    readonly deletionsRunAt?: string | null;
  };
  /** Earlier contacts on this subject, unanswered ones included. */
  readonly attempts?: readonly string[];
  /** How much the person themselves wants to hear, on any channel, from any sender. */
  readonly wishes?: {
    readonly pausedUntil?: string;
    readonly frequencyCap?: { readonly max: number; readonly windowHours: number };
    /** Earlier contacts on any of their contact points, for their own cap. */
    readonly contactedAt?: readonly string[];
  };
  readonly tzCandidates?: readonly string[];
  readonly holidays?: readonly string[];
  readonly restrictedSince?: string;
  readonly privacySignals?: { readonly gpc: boolean; readonly at: string; readonly linkedToContact: boolean };
  readonly bulkSenderToProvider?: boolean;
  /** Share of this sender's messages to the mailbox provider reported as spam over 7 days, 0..1. */
  readonly spamRate7d?: number;
  readonly policy?: PolicyFacts;
  readonly call?: {
    readonly callerId?: string;
    readonly scriptVersion?: string;
    /** The voice is made by a machine; not said of a recorded call: it may be. */
    readonly artificialVoice?: boolean;
    /** The script says so at the start. */
    readonly disclosesArtificialVoice?: boolean;
  };
  readonly registrations?: readonly {
    readonly jurisdiction: string;
    readonly kind: string;
    readonly number: string;
    readonly validUntil: string;
  }[];
  readonly liaId?: string;
  readonly message?: {
    readonly from?: string;
    readonly subject?: string;
    readonly postalAddress?: string | null;
    readonly bodyUnsubscribe?: boolean;
    readonly listUnsubscribe?: string;
    readonly listUnsubscribePost?: boolean;
    readonly dkimSignedHeaders?: readonly string[];
    readonly dmarcAligned?: boolean;
    readonly unsubscribeRequiresLogin?: boolean;
    readonly containsArt14Notice?: boolean;
  };
}

/** One question to the gate. `now` is an argument: the gate has no clock. */
export interface Question {
  readonly channel: Channel;
  readonly now: string;
  readonly facts: Facts;
}
