import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, counted, instant, workspaceColumn } from "./columns.ts";

/**
 * An erasure: its tombstones were committed with this row, and from then on nobody is contacted. The person's key is
 * destroyed last, when the copies that only the key's owner can be recognised in are gone; until then `shreddedAt`
 * is null and the sweeper goes on with it.
 */
export const erasure = pgTable("erasure", {
  contactId: uuid("contact_id").primaryKey(),
  workspaceId: workspaceColumn(),
  requestedAt: instant("requested_at").notNull(),
  actor: text("actor").notNull(),
  shreddedAt: instant("shredded_at"),
});

/**
 * Stops that still have to be written to the exported journal. A trigger on the ledger adds them in the transaction
 * of the stop, whoever writes it; the exporter deletes what stands in the file.
 */
export const stopJournalEntry = pgTable("stop_journal_entry", {
  eventId: counted("event_id").primaryKey(),
  workspaceId: workspaceColumn(),
});

/**
 * How far this database's own account of the journal's files goes. A restored backup brings back an older position:
 * what stands in the files after it are the stops the backup does not know.
 */
export const stopJournalPosition = pgTable("stop_journal_position", {
  file: text("file").primaryKey(),
  bytes: bigint("bytes", { mode: "number" }).notNull(),
});

/** A stop of the journal that was recorded anew after a backup was restored, by the leaf it had before. */
export const restoredStop = pgTable(
  "restored_stop",
  {
    workspaceId: workspaceColumn(),
    leaf: bytea("leaf").notNull(),
    eventId: counted("event_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.leaf] })],
);

/**
 * A request about a person's own data. What they wrote, and what was answered, is sealed under their key; the rest is
 * ids, dates and words of ours.
 */
export const privacyRequest = pgTable(
  "privacy_request",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    senderId: uuid("sender_id").notNull(),
    /** Null: nobody is known behind the address; only a stop can be asked for then. */
    contactId: uuid("contact_id"),
    gateId: counted("gate_id"),
    kind: text("kind", {
      enum: ["access", "rectification", "erasure", "restriction", "objection", "withdrawal"],
    }).notNull(),
    law: text("law", { enum: ["gdpr", "uk-gdpr", "ccpa", "pipeda", "lgpd"] }).notNull(),
    /** `unverified` until the person pressed the button behind the link; `open`: staff have to answer. */
    state: text("state", { enum: ["unverified", "open", "answered", "refused", "lapsed"] }).notNull(),
    language: text("language").notNull(),
    byAgent: boolean("by_agent").notNull(),
    sealed: bytea("sealed"),
    receivedAt: instant("received_at").notNull(),
    /** The link in the mail works until then. */
    linkUntil: instant("link_until").notNull(),
    verifiedAt: instant("verified_at"),
    answerBy: instant("answer_by").notNull(),
    confirmBy: instant("confirm_by"),
    extendedBy: instant("extended_by"),
    extendedAt: instant("extended_at"),
    closedAt: instant("closed_at"),
  },
  (table) => [
    index("privacy_request_by_contact").on(table.contactId),
    index("privacy_request_open").on(table.workspaceId, table.answerBy).where(sql`closed_at is null`),
  ],
);

/** How long a workspace keeps a class of data, where it chose other than the default. */
export const retentionPolicy = pgTable(
  "retention_policy",
  {
    workspaceId: workspaceColumn(),
    dataClass: text("data_class").notNull(),
    days: integer("days").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.dataClass] })],
);

/** A run of the retention job: when, and how much of each class it removed. */
export const retentionRun = pgTable(
  "retention_run",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    ranAt: instant("ran_at").notNull(),
    removed: jsonb("removed").$type<Readonly<Record<string, number>>>().notNull(),
  },
  (table) => [index("retention_run_by_workspace").on(table.workspaceId, table.ranAt)],
);
