import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, counted, instant, workspaceColumn, xid8 } from "./columns.ts";

/**
 * A person. What identifies them is one AES-256-GCM blob under a random key of their own; that key is wrapped by
 * the master key, and losing it shreds the person. Attributes are declared non-identifying and stay plain.
 */
export const contact = pgTable(
  "contact",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    wrappedKey: bytea("wrapped_key"),
    identity: bytea("identity"),
    attributes: jsonb("attributes").$type<Record<string, string | number | boolean>>().notNull().default({}),
    country: text("country"),
    region: text("region"),
    language: text("language"),
    party: text("party", { enum: ["consumer", "business", "sole-trader"] })
      .notNull()
      .default("consumer"),
    age: integer("age"),
    restrictedSince: instant("restricted_since"),
    /** Where the data came from; null: from the person. */
    sourceId: uuid("source_id"),
    obtainedAt: instant("obtained_at"),
    /** When the person was told where the data came from (GDPR Art. 14). */
    art14NoticeAt: instant("art14_notice_at"),
    /** When a browser's opt-out of sale and sharing (GPC) was linked to this person. */
    optOutSignalAt: instant("opt_out_signal_at"),
    /** The contact this one turned out to be. Of itself it keeps the key alone, for the evidence sealed under it. */
    mergedInto: uuid("merged_into"),
    erasedAt: instant("erased_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [
    index("contact_by_workspace").on(table.workspaceId, table.id),
    index("contact_by_merged_into").on(table.mergedInto).where(sql`merged_into is not null`),
  ],
);

/** One email address or phone number of a contact; the address itself is inside the contact's blob. */
export const contactPoint = pgTable(
  "contact_point",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    contactId: uuid("contact_id").notNull(),
    channel: text("channel", { enum: ["email", "phone"] }).notNull(),
    gateId: counted("gate_id").notNull(),
    isPrimary: boolean("is_primary").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [
    index("contact_point_by_contact").on(table.contactId),
    index("contact_point_by_gate").on(table.gateId),
  ],
);

/**
 * The gate row: one per (workspace, channel, canonical key). Its version changes with everything that can change
 * an answer for that key; its head is the tip of the key's consent chain.
 */
export const gate = pgTable("gate", {
  id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
  workspaceId: workspaceColumn(),
  channel: text("channel", { enum: ["email", "phone"] }).notNull(),
  version: counted("version").notNull().default(1),
  /** The transaction that bumped the version last; a trigger compares it when a consent event is inserted. */
  bumpedBy: xid8("bumped_by"),
  head: bytea("head").notNull(),
  chainLength: counted("chain_length").notNull().default(0),
});

/** Keyed-HMAC blind index: canonical key → gate row. Writers insert every live index version. */
export const gateIndex = pgTable(
  "gate_index",
  {
    workspaceId: workspaceColumn(),
    keyVersion: text("key_version").notNull(),
    digest: bytea("digest").notNull(),
    gateId: counted("gate_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.digest, table.keyVersion] })],
);

/** Keyed-HMAC blind index: exact contact point → contact point (a phone number may be shared). */
export const pointIndex = pgTable(
  "point_index",
  {
    workspaceId: workspaceColumn(),
    keyVersion: text("key_version").notNull(),
    digest: bytea("digest").notNull(),
    contactPointId: uuid("contact_point_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.digest, table.keyVersion, table.contactPointId] }),
    index("point_index_by_point").on(table.contactPointId),
  ],
);

/** Keyed-HMAC blind index: full name, case-folded → contact. */
export const nameIndex = pgTable(
  "name_index",
  {
    workspaceId: workspaceColumn(),
    keyVersion: text("key_version").notNull(),
    digest: bytea("digest").notNull(),
    contactId: uuid("contact_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.digest, table.keyVersion, table.contactId] }),
    index("name_index_by_contact").on(table.contactId),
  ],
);
