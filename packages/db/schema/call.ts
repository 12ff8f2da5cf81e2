import { sql } from "drizzle-orm";
import { date, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { counted, instant, workspaceColumn } from "./columns.ts";

/** How a phone campaign calls: kept with the campaign, fixed once it is scheduled. */
export interface CallPlan {
  /** Calls to one person, unanswered ones included, before the recipient ends. */
  readonly attemptsMax: number;
  /** Minutes between an unanswered call and the next. */
  readonly spacingMinutes: number;
  /** Campaigns of a higher priority are called first. */
  readonly priority: number;
}

/** What agents say, by version. Rows are never changed: a call names the version it was made with. */
export const callScript = pgTable(
  "call_script",
  {
    workspaceId: workspaceColumn(),
    campaignId: uuid("campaign_id").notNull(),
    version: integer("version").notNull(),
    text: text("text").notNull(),
    actor: text("actor").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.campaignId, table.version] })],
);

/**
 * One recipient in one agent's hands, from the reservation to the disposition. `revealed` has a row in `in_flight`
 * until the dial starts or the number is hidden.
 */
export const call = pgTable(
  "call",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    campaignId: uuid("campaign_id").notNull(),
    month: date("month", { mode: "string" }).notNull(),
    recipientId: counted("recipient_id").notNull(),
    gateId: counted("gate_id").notNull(),
    contactId: uuid("contact_id").notNull(),
    /** Whose call it is: a console user's id or the name an API client gives its agent. */
    agent: text("agent").notNull(),
    state: text("state", { enum: ["reserved", "revealed", "dialled", "ended"] }).notNull(),
    scriptVersion: integer("script_version").notNull(),
    reservedAt: instant("reserved_at").notNull(),
    reservedUntil: instant("reserved_until").notNull(),
    /** When the number was shown; an attempt for every cap. Null again when it was hidden without a dial. */
    attemptedAt: instant("attempted_at"),
    /** What the permit relied on; whoever finds another version screens again. */
    permitId: uuid("permit_id"),
    gateVersion: counted("gate_version"),
    policyEpoch: counted("policy_epoch"),
    campaignVersion: counted("campaign_version"),
    /** The dial has to start before this instant. */
    dialBy: instant("dial_by"),
    /** Why the number has to be hidden; the desk has not acknowledged it yet, or it has and the call is over. */
    stopReason: text("stop_reason"),
    dialledAt: instant("dialled_at"),
    /** The desk's last sign of life. */
    seenAt: instant("seen_at").notNull(),
    endedAt: instant("ended_at"),
    outcome: text("outcome"),
    callbackAt: instant("callback_at"),
  },
  (table) => [
    uniqueIndex("call_open_by_agent").on(table.workspaceId, table.agent).where(sql`ended_at is null`),
    uniqueIndex("call_open_by_recipient").on(table.recipientId).where(sql`ended_at is null`),
    index("call_by_gate").on(table.gateId, table.attemptedAt),
    index("call_by_contact").on(table.contactId, table.attemptedAt),
    index("call_by_recipient").on(table.recipientId),
    index("call_open").on(table.workspaceId, table.seenAt).where(sql`ended_at is null`),
  ],
);

/** The written do-not-call policy, by version. @source 47 CFR 64.1200(d)(1); 16 CFR 310.4(b)(3)(i) */
export const callingPolicy = pgTable(
  "calling_policy",
  {
    workspaceId: workspaceColumn(),
    version: integer("version").notNull(),
    text: text("text").notNull(),
    actor: text("actor").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.version] })],
);

/** That an agent has read a version of the policy. @source 47 CFR 64.1200(d)(2) */
export const callingPolicyAcknowledgement = pgTable(
  "calling_policy_acknowledgement",
  {
    workspaceId: workspaceColumn(),
    version: integer("version").notNull(),
    agent: text("agent").notNull(),
    at: instant("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.version, table.agent] })],
);
