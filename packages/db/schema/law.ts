import { boolean, date, index, jsonb, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { bytea, counted, instant, workspaceColumn } from "./columns.ts";

/** Where contacts' data came from, when not from themselves. Unverified: nobody from it is contacted. */
export const source = pgTable(
  "source",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    key: text("key").notNull(),
    name: text("name").notNull(),
    kind: text("kind", { enum: ["csv-import", "purchased-list", "third-party-named-consent"] }).notNull(),
    vendor: text("vendor"),
    /** When somebody of the workspace saw the original form, and what was seen. */
    verifiedAt: instant("verified_at"),
    verifiedNote: text("verified_note"),
    /** When the vendor last carried out the deletions that Californians asked of data brokers. */
    deletionsRunAt: instant("deletions_run_at"),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [unique("source_key").on(table.workspaceId, table.key)],
);

/** What a person and a sender have to do with each other: the dates that some legal bases rest on. */
export const relationship = pgTable(
  "relationship",
  {
    workspaceId: workspaceColumn(),
    contactId: uuid("contact_id").notNull(),
    senderId: uuid("sender_id").notNull(),
    lastPurchaseAt: date("last_purchase_at", { mode: "string" }),
    lastInquiryAt: date("last_inquiry_at", { mode: "string" }),
    contractInForce: boolean("contract_in_force").notNull().default(false),
    collectedDuring: text("collected_during", {
      enum: ["sale", "negotiation", "free-account-with-paid-tier"],
    }),
    similarProducts: boolean("similar_products"),
    optOutOfferedAtCollection: boolean("opt_out_offered_at_collection"),
    refusedAtCollection: boolean("refused_at_collection"),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.contactId, table.senderId] })],
);

/** The copy of an outside do-not-call list that this workspace holds. */
export const registryCopy = pgTable(
  "registry_copy",
  {
    workspaceId: workspaceColumn(),
    registryId: text("registry_id").notNull(),
    /** The list's own date; null while parts of a new copy are still to come: such a copy is of no use yet. */
    asOf: instant("as_of"),
    importedAt: instant("imported_at").notNull(),
    /** The file version in force, beside single entries; null: there is none. */
    versionId: uuid("version_id"),
    /** How many numbers that version lists under each version of the index key. */
    versionNumbers: jsonb("version_numbers").$type<Record<string, number>>().notNull().default({}),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.registryId] })],
);

/** A number listed by the API, by the keyed digest of its canonical key; the number itself is not stored. */
export const registryEntry = pgTable(
  "registry_entry",
  {
    workspaceId: workspaceColumn(),
    registryId: text("registry_id").notNull(),
    /** Which version of the index key made the digest; a number has one entry for each that was live. */
    keyVersion: text("key_version").notNull(),
    digest: bytea("digest").notNull(),
    listedAt: date("listed_at", { mode: "string" }),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.registryId, table.digest] }),
    index("registry_entry_by_digest").on(table.workspaceId, table.digest),
  ],
);

/** The stored answer of a reassigned-numbers database about one number. */
export const reassignmentAnswer = pgTable("reassignment_answer", {
  gateId: counted("gate_id").primaryKey(),
  workspaceId: workspaceColumn(),
  database: text("database").notNull(),
  answer: text("answer", { enum: ["yes", "no", "no-data"] }).notNull(),
  queriedAt: instant("queried_at").notNull(),
  consentDate: date("consent_date", { mode: "string" }).notNull(),
});
