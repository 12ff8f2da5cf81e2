import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, counted, instant, workspaceColumn } from "./columns.ts";

/** A tenant. The row holds nothing that changes often: every redeem locks it `FOR SHARE`. */
export const workspace = pgTable("workspace", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull(),
  /** Bumped by everything at workspace level that can change an answer: senders, purposes, policy, rule-set. */
  policyEpoch: counted("policy_epoch").notNull().default(1),
  frozenAt: instant("frozen_at"),
  /** Choices the law leaves to the workspace; what is not set has its default. */
  policy: jsonb("policy").$type<Record<string, unknown>>().notNull().default({}),
  createdAt: instant("created_at").notNull(),
});

/**
 * A hint that workers poll before each redeem batch: "a stop is coming, hold back". The lock on the workspace or
 * campaign row decides; the mark only keeps new `FOR SHARE` lockers from overtaking the waiting update.
 */
export const stopMark = pgTable(
  "stop_mark",
  {
    workspaceId: workspaceColumn(),
    scope: text("scope", { enum: ["workspace", "campaign"] }).notNull(),
    scopeId: uuid("scope_id").notNull(),
    stopping: boolean("stopping").notNull(),
    markedAt: instant("marked_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.scope, table.scopeId] })],
);

/** An API key: the id is public, of the secret only its SHA-256 is kept. */
export const apiKey = pgTable("api_key", {
  id: text("id").primaryKey(),
  workspaceId: workspaceColumn(),
  name: text("name").notNull(),
  scopes: text("scopes").array().notNull(),
  secretHash: bytea("secret_hash").notNull(),
  createdAt: instant("created_at").notNull(),
  lastUsedAt: instant("last_used_at"),
  revokedAt: instant("revoked_at"),
});

/** A console user's place in a workspace. */
export const member = pgTable(
  "member",
  {
    workspaceId: workspaceColumn(),
    userId: text("user_id").notNull(),
    role: text("role", { enum: ["owner", "marketer", "viewer"] }).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.userId] })],
);

/** What staff and API clients did, in the transaction that did it. */
export const auditEntry = pgTable(
  "audit_entry",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceColumn(),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    subject: text("subject").notNull(),
    detail: jsonb("detail").notNull().default({}),
    at: instant("at").notNull(),
  },
  (table) => [index("audit_entry_by_subject").on(table.workspaceId, table.subject, table.id)],
);

/** The stored answer to an `Idempotency-Key`; the answer is sealed because it may hold personal data. */
export const idempotencyEntry = pgTable(
  "idempotency_entry",
  {
    workspaceId: workspaceColumn(),
    apiKeyId: text("api_key_id").notNull(),
    key: text("key").notNull(),
    requestHash: bytea("request_hash").notNull(),
    /** Null while the first request is still being worked on. */
    status: integer("status"),
    response: bytea("response"),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.apiKeyId, table.key] })],
);
