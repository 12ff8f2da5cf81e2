import {
  bigint,
  boolean,
  date,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import type { CallPlan } from "./call.ts";
import { bytea, counted, instant, workspaceColumn } from "./columns.ts";

export interface CampaignContent {
  readonly subject: string;
  readonly html: string;
  /** Absent: derived from the HTML. */
  readonly text?: string;
}

/** What the law asks about a campaign besides sender and purpose; what is absent does not apply. */
export interface CampaignCircumstances {
  /** The trade it sells for, where a law bans canvassing: `energy`, `home-renovation`… */
  readonly sector?: string;
  /** It is about contracts that run. */
  readonly relatedToContract?: boolean;
  readonly sharesDataWithThirdParty?: boolean;
  /** What calls are about; scopes call caps. */
  readonly subject?: string;
  readonly mode?: "live-manual" | "predictive" | "prerecorded";
  /** Hours of the campaign's own, narrower than the law's. */
  readonly callWindow?: { readonly from: string; readonly to: string };
  readonly scriptVersion?: string;
  /** The voice of the call is a machine's, and the script says so. */
  readonly artificialVoice?: boolean;
  readonly disclosesArtificialVoice?: boolean;
  /** The legitimate-interest assessment it rests on. */
  readonly liaId?: string;
  /** The message itself tells people where their data came from. */
  readonly containsArt14Notice?: boolean;
}

/** A planned sending. Like the workspace row it holds nothing that changes often: every redeem locks it. */
export const campaign = pgTable(
  "campaign",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    name: text("name").notNull(),
    channel: text("channel", { enum: ["email", "phone"] }).notNull(),
    senderId: uuid("sender_id").notNull(),
    purposeId: uuid("purpose_id").notNull(),
    state: text("state", {
      enum: ["draft", "scheduled", "planning", "sending", "paused", "cancelled", "finished"],
    }).notNull(),
    /** Bumped by every edit and every change of state; permits carry it. */
    version: counted("version").notNull().default(1),
    audience: jsonb("audience").notNull(),
    /** Null for calls. */
    content: jsonb("content").$type<CampaignContent>(),
    /** Null for email. */
    callPlan: jsonb("call_plan").$type<CallPlan>(),
    /** The version of the script in force; null for email. */
    scriptVersion: integer("script_version"),
    /** What the law asks about the campaign besides sender and purpose. */
    circumstances: jsonb("circumstances").$type<CampaignCircumstances>().notNull().default({}),
    /** Messages per second over all workers; null: as fast as the relay takes them. */
    ratePerSecond: numeric("rate_per_second", { mode: "number" }),
    frequencyCapMax: integer("frequency_cap_max"),
    frequencyCapWindowHours: integer("frequency_cap_window_hours"),
    scheduledAt: instant("scheduled_at"),
    endsAt: instant("ends_at"),
    /** First day of the month the campaign was scheduled in; the partition of its recipients. */
    month: date("month", { mode: "string" }),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [index("campaign_by_workspace").on(table.workspaceId, table.createdAt)],
);

/** A share of a campaign's recipients that one doorbell job names. Done when its rows say so. */
export const campaignSlice = pgTable(
  "campaign_slice",
  {
    workspaceId: workspaceColumn(),
    campaignId: uuid("campaign_id").notNull(),
    slice: integer("slice").notNull(),
    size: integer("size").notNull(),
    doneAt: instant("done_at"),
    /** Counts per state and reason when it was planned or settled last; final when it is done. */
    tally: jsonb("tally").$type<SliceTally>(),
    /** When a doorbell was last rung, and when the slice next has something to do. */
    rungAt: instant("rung_at"),
    nextAt: instant("next_at"),
    /** Since when a job works on it; null: nobody moved since it was planned or settled. Only then do its counts hold. */
    workedAt: instant("worked_at"),
    settledAt: instant("settled_at"),
    /** Messages handed over until then, by the instant (Unix seconds) at which their five seconds begin. */
    handedOver: jsonb("handed_over").$type<Readonly<Record<string, number>>>(),
  },
  (table) => [
    primaryKey({ columns: [table.campaignId, table.slice] }),
    index("campaign_slice_open").on(table.workspaceId, table.doneAt),
  ],
);

export type SliceTally = readonly { state: string; reason: string | null; count: number }[];

/** The shared pace of a campaign: workers reserve send times here, so that all of them together keep one rate. */
export const campaignPace = pgTable("campaign_pace", {
  campaignId: uuid("campaign_id").primaryKey(),
  workspaceId: workspaceColumn(),
  nextAt: instant("next_at").notNull(),
});

/** How far the planning of a campaign has come; planning may be interrupted anywhere and goes on from here. */
export const campaignPlan = pgTable("campaign_plan", {
  campaignId: uuid("campaign_id").primaryKey(),
  workspaceId: workspaceColumn(),
  recipients: integer("recipients").notNull().default(0),
  startedAt: instant("started_at").notNull(),
  plannedAt: instant("planned_at"),
});

/**
 * One row per (campaign, contact point). Partitioned by month; `state` stands in no index, so that its changes
 * stay heap-only; work is found by slice.
 */
export const recipient = pgTable(
  "recipient",
  {
    month: date("month", { mode: "string" }).notNull(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    workspaceId: workspaceColumn(),
    campaignId: uuid("campaign_id").notNull(),
    slice: integer("slice").notNull(),
    contactId: uuid("contact_id").notNull(),
    contactPointId: uuid("contact_point_id").notNull(),
    gateId: counted("gate_id").notNull(),
    duplicateOf: counted("duplicate_of"),
    state: text("state", {
      enum: [
        "planned",
        "permitted",
        "blocked",
        "deferred",
        "cancelled",
        "redeemed",
        "contacted",
        "failed",
        "unconfirmed",
      ],
    }).notNull(),
    reason: text("reason"),
    decisionId: counted("decision_id"),
    permitId: uuid("permit_id"),
    permitGateVersion: counted("permit_gate_version"),
    permitPolicyEpoch: counted("permit_policy_epoch"),
    permitCampaignVersion: counted("permit_campaign_version"),
    permitExpiresAt: instant("permit_expires_at"),
    workerSession: uuid("worker_session"),
    /** Not screened before this instant: a deferral or a backoff. */
    notBefore: instant("not_before"),
    /** Hand-over attempts that count towards five. */
    attempts: smallint("attempts").notNull().default(0),
    aborts: smallint("aborts").notNull().default(0),
    redeemedAt: instant("redeemed_at"),
    endedAt: instant("ended_at"),
    reply: text("reply"),
    queueId: text("queue_id"),
  },
  (table) => [
    primaryKey({ columns: [table.month, table.id] }),
    index("recipient_by_slice").on(table.campaignId, table.slice),
    index("recipient_by_contact").on(table.contactId),
    index("recipient_by_gate").on(table.gateId),
  ],
);

/** Every answer the gate gave, with what it rested on. Partitioned by month. */
export const decision = pgTable(
  "decision",
  {
    month: date("month", { mode: "string" }).notNull(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    workspaceId: workspaceColumn(),
    campaignId: uuid("campaign_id").notNull(),
    recipientId: counted("recipient_id").notNull(),
    gateId: counted("gate_id").notNull(),
    verdict: text("verdict", { enum: ["allow", "block", "defer"] }).notNull(),
    reason: text("reason").notNull(),
    until: instant("until"),
    failing: text("failing").array().notNull(),
    notChecked: text("not_checked").array().notNull(),
    ruleset: text("ruleset").notNull(),
    gateVersion: counted("gate_version").notNull(),
    policyEpoch: counted("policy_epoch").notNull(),
    evidenceEventId: counted("evidence_event_id"),
    /** Keyed digest of the question; null: its facts could not be read, or it is older than this column. */
    factsHash: bytea("facts_hash"),
    inline: boolean("inline").notNull(),
    decidedAt: instant("decided_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.month, table.id] }),
    index("decision_by_recipient").on(table.recipientId),
    index("decision_by_campaign").on(table.campaignId, table.id),
  ],
);

/**
 * What is on the wire now: redeem inserts, outcome deletes, stops wait for it. Small and unpartitioned. A service
 * message is no campaign's: its row has its own id as the permit and names no recipient.
 */
export const inFlight = pgTable(
  "in_flight",
  {
    permitId: uuid("permit_id").primaryKey(),
    workspaceId: workspaceColumn(),
    gateId: counted("gate_id").notNull(),
    campaignId: uuid("campaign_id"),
    month: date("month", { mode: "string" }),
    recipientId: counted("recipient_id"),
    workerSession: uuid("worker_session").notNull(),
    redeemedAt: instant("redeemed_at").notNull(),
  },
  (table) => [
    index("in_flight_by_gate").on(table.gateId),
    index("in_flight_by_campaign").on(table.campaignId),
    index("in_flight_by_workspace").on(table.workspaceId),
    index("in_flight_by_session").on(table.workerSession),
  ],
);

/** A worker process. It belongs to no workspace: workers serve all of them. */
export const workerSession = pgTable("worker_session", {
  id: uuid("id").primaryKey(),
  startedAt: instant("started_at").notNull(),
  heartbeatAt: instant("heartbeat_at").notNull(),
  endedAt: instant("ended_at"),
});

/** A message that was completed although a stop had been acknowledged before. Must stay empty. */
export const lateContact = pgTable("late_contact", {
  id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
  workspaceId: workspaceColumn(),
  campaignId: uuid("campaign_id").notNull(),
  recipientId: counted("recipient_id").notNull(),
  stopEntryId: counted("stop_entry_id").notNull(),
  detectedAt: instant("detected_at").notNull(),
});
