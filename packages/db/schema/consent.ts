import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { bytea, counted, instant, workspaceColumn, xid8 } from "./columns.ts";

export const CONSENT_EVENT_TYPES = [
  "requested",
  "given",
  "confirmed",
  "renewed",
  "refused",
  "withdrawn",
  "objected",
  "expired",
  "suppressed",
  "suppression-lifted",
  "withdrawal-undone",
] as const;

/**
 * The consent ledger: append-only (the app role may neither update nor delete). Personal data of an event stands in
 * `evidence`, sealed under the person's key together with the salt of its commitment; the chain and every later
 * proof are over the commitment only, so that erasure keeps them valid.
 */
export const consentEvent = pgTable(
  "consent_event",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceColumn(),
    gateId: counted("gate_id").notNull(),
    /** Place in the key's chain, from 1. */
    seq: counted("seq").notNull(),
    /** The gate row's version after the bump that came with this event. */
    gateVersion: counted("gate_version").notNull(),
    contactId: uuid("contact_id"),
    /** The exact contact point; null covers every point on the key. */
    contactPointId: uuid("contact_point_id"),
    channel: text("channel", { enum: ["email", "phone"] }).notNull(),
    senderId: uuid("sender_id"),
    purposeId: uuid("purpose_id"),
    type: text("type", { enum: CONSENT_EVENT_TYPES }).notNull(),
    occurredAt: instant("occurred_at").notNull(),
    recordedAt: instant("recorded_at").notNull(),
    method: text("method").notNull(),
    actor: text("actor").notNull(),
    /** Evidence that an API client states and we did not witness. */
    claimed: boolean("claimed").notNull(),
    /** The person acted themselves, so an older withdrawal is lifted. */
    lifts: boolean("lifts").notNull().default(false),
    noticeId: uuid("notice_id"),
    expiresAt: instant("expires_at"),
    campaignId: uuid("campaign_id"),
    suppressionKind: text("suppression_kind"),
    evidence: bytea("evidence"),
    commitment: bytea("commitment").notNull(),
    leaf: bytea("leaf").notNull(),
    head: bytea("head").notNull(),
    /** The transaction that recorded it, set by the database: sealing takes events whose transactions are over. */
    xid: xid8("xid").notNull().default(sql`pg_current_xact_id()`),
  },
  (table) => [
    index("consent_event_by_xid").on(table.xid, table.id),
    unique("consent_event_chain").on(table.gateId, table.seq),
    index("consent_event_by_contact").on(table.contactId),
    index("consent_event_by_campaign").on(table.campaignId, table.recordedAt),
  ],
);

/** A do-not-contact entry on a canonical key. Never deleted; lifting it names the event that did. */
export const suppression = pgTable(
  "suppression",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceColumn(),
    gateId: counted("gate_id").notNull(),
    kind: text("kind", {
      enum: ["unsubscribe", "objection", "complaint", "hard-bounce", "internal-dnc", "erasure"],
    }).notNull(),
    /** Null: the entry binds every sender of the workspace. */
    senderId: uuid("sender_id"),
    contactId: uuid("contact_id"),
    at: instant("at").notNull(),
    eventId: counted("event_id").notNull(),
    liftedByEventId: counted("lifted_by_event_id"),
  },
  (table) => [index("suppression_by_gate").on(table.gateId)],
);

/** One row per acknowledged stop: how long the person or the operator waited, and what was still on the wire. */
export const stopEntry = pgTable(
  "stop_entry",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceColumn(),
    kind: text("kind", {
      enum: ["unsubscribe", "withdrawal", "suppression", "erasure", "pause", "cancel", "freeze", "policy"],
    }).notNull(),
    gateId: counted("gate_id"),
    contactId: uuid("contact_id"),
    /** For a person's stop: the campaign whose message it came from; for a pause or cancel: that campaign. */
    campaignId: uuid("campaign_id"),
    /** Null: everything is stopped for this key. */
    purposeId: uuid("purpose_id"),
    requestedAt: instant("requested_at").notNull(),
    acknowledgedAt: instant("acknowledged_at").notNull(),
    waitedMs: integer("waited_ms").notNull(),
    barrierWaitedMs: integer("barrier_waited_ms").notNull(),
    inFlight: integer("in_flight").notNull(),
  },
  (table) => [
    index("stop_entry_by_campaign").on(table.campaignId, table.acknowledgedAt),
    index("stop_entry_by_gate").on(table.gateId),
    index("stop_entry_by_workspace").on(table.workspaceId, table.acknowledgedAt),
  ],
);

/** One-time undo of a person's own stop: the nonce stands only in the answer to the stop. */
export const undoNonce = pgTable("undo_nonce", {
  nonceHash: bytea("nonce_hash").primaryKey(),
  workspaceId: workspaceColumn(),
  gateId: counted("gate_id").notNull(),
  eventIds: counted("event_ids").array().notNull(),
  expiresAt: instant("expires_at").notNull(),
  usedAt: instant("used_at"),
});
