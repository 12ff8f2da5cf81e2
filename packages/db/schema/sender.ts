import { boolean, integer, jsonb, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import type { NoticeInformation } from "#core/notice-text";
import { bytea, instant, workspaceColumn } from "./columns.ts";

/** The legal entity that speaks (the GDPR controller). */
export const sender = pgTable(
  "sender",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    key: text("key").notNull(),
    name: text("name").notNull(),
    postalAddress: text("postal_address").notNull(),
    fromName: text("from_name").notNull(),
    fromAddress: text("from_address").notNull(),
    replyTo: text("reply_to"),
    callerId: text("caller_id"),
    legalBasis: text("legal_basis", { enum: ["consent-only", "law"] })
      .notNull()
      .default("consent-only"),
    /** Choices of this sender that differ from the workspace's. */
    policy: jsonb("policy").$type<Record<string, unknown>>().notNull().default({}),
    /** Mailbox providers treat it as a bulk sender (about 5,000 messages a day to one provider; for good). */
    isBulkSender: boolean("is_bulk_sender").notNull().default(false),
    dkimDomain: text("dkim_domain"),
    dkimSelector: text("dkim_selector"),
    /** PEM private key, sealed with the master key. */
    dkimKey: bytea("dkim_key"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [unique("sender_key").on(table.workspaceId, table.key)],
);

/** What contact is for. Belongs to one sender; maps to a W3C DPV term. */
export const purpose = pgTable(
  "purpose",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    senderId: uuid("sender_id").notNull(),
    key: text("key").notNull(),
    name: text("name").notNull(),
    description: text("description").notNull(),
    dpvTerm: text("dpv_term").notNull().default("dpv:DirectMarketing"),
    kind: text("kind", { enum: ["marketing", "transactional"] })
      .notNull()
      .default("marketing"),
    /** Consent for this purpose lapses this many days after it was given; null: the rule-set's default. */
    consentLifetimeDays: integer("consent_lifetime_days"),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [unique("purpose_key").on(table.workspaceId, table.senderId, table.key)],
);

/** The exact wording shown when consent was asked. Never changed: a new wording is a new version. */
export const notice = pgTable(
  "notice",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    purposeId: uuid("purpose_id").notNull(),
    channel: text("channel", { enum: ["email", "phone"] }).notNull(),
    version: text("version").notNull(),
    language: text("language").notNull(),
    /** Everything people read, in one text. */
    wording: text("wording").notNull(),
    /** The sentence beside the box, where the wording is made of it and of `information`. */
    statement: text("statement"),
    information: jsonb("information").$type<NoticeInformation>(),
    /**
     * Counts the meanings a purpose and channel has had, from 1. Versions and languages of one number say the same; a
     * consent counts only under the largest.
     */
    meaning: integer("meaning").notNull().default(1),
    /** SHA-256 of the wording, UTF-8. */
    hash: bytea("hash").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [
    unique("notice_version").on(
      table.workspaceId,
      table.purposeId,
      table.channel,
      table.version,
      table.language,
    ),
  ],
);
