import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import type { Language } from "#core/language";
import { bytea, counted, instant, workspaceColumn } from "./columns.ts";

/**
 * A message that the person themselves asked for: to confirm a sign-up, to verify a request. At most one per key,
 * kind and day. What it says is sealed, and dropped as soon as the message has ended.
 */
export const serviceMessage = pgTable(
  "service_message",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    senderId: uuid("sender_id").notNull(),
    kind: text("kind").notNull(),
    language: text("language").notNull(),
    gateId: counted("gate_id").notNull(),
    /** Null: nobody is known behind the address. */
    contactId: uuid("contact_id"),
    /** Address and variables: under the person's key, or the master key where nobody is known. Null once it ended. */
    sealed: bytea("sealed"),
    state: text("state", { enum: ["queued", "sending", "sent", "failed", "unconfirmed"] }).notNull(),
    reason: text("reason"),
    /** The UTC day it was asked for. */
    day: date("day", { mode: "string" }).notNull(),
    notBefore: instant("not_before").notNull(),
    attempts: smallint("attempts").notNull().default(0),
    workerSession: uuid("worker_session"),
    queueId: text("queue_id"),
    createdAt: instant("created_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (table) => [
    unique("service_message_daily").on(table.workspaceId, table.gateId, table.kind, table.day),
    index("service_message_queued").on(table.workspaceId, table.notBefore).where(sql`state = 'queued'`),
    index("service_message_by_contact").on(table.contactId),
  ],
);

/** What a form offers: one box per purpose and channel, with the wording of each language. */
export interface FormOffer {
  readonly purposeId: string;
  readonly channel: "email" | "phone";
  /** At most one per language. */
  readonly noticeIds: readonly string[];
}

/** A sender's own words after a sign-up: plain text. */
export type FormThanks = { readonly [Each in Language]?: string | undefined };

/** A hosted sign-up form. */
export const form = pgTable("form", {
  id: uuid("id").primaryKey(),
  workspaceId: workspaceColumn(),
  senderId: uuid("sender_id").notNull(),
  name: text("name").notNull(),
  offers: jsonb("offers").$type<readonly FormOffer[]>().notNull(),
  asksName: boolean("asks_name").notNull(),
  asksPhone: boolean("asks_phone").notNull(),
  isActive: boolean("is_active").notNull(),
  /** What the page after a sign-up says first, per language; none: only what it always says. */
  thanks: jsonb("thanks").$type<FormThanks>().notNull().default({}),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});

/** One thing a sign-up asked for. */
export interface SignUpWish {
  readonly purposeId: string;
  readonly channel: "email" | "phone";
  readonly noticeId: string | null;
  /** The `requested` event; null until there is one. */
  readonly eventId: number | null;
}

/**
 * What somebody asked for at a form or in the preference page, until the owner of the address confirms it. The
 * confirmation link names this row; it works once, and not after `expires_at`.
 */
export const signUp = pgTable(
  "sign_up",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    /** Null: asked in the preference page. */
    formId: uuid("form_id"),
    senderId: uuid("sender_id").notNull(),
    contactId: uuid("contact_id").notNull(),
    contactPointId: uuid("contact_point_id").notNull(),
    gateId: counted("gate_id").notNull(),
    language: text("language").notNull(),
    wishes: jsonb("wishes").$type<readonly SignUpWish[]>().notNull(),
    /** The number given and the evidence, under the person's key. Null when there is none, or it was purged. */
    sealed: bytea("sealed"),
    /** The confirmation mail; null when none went out (one a day and address). */
    messageId: uuid("message_id"),
    /** The contact exists only because of this sign-up. */
    madeContact: boolean("made_contact").notNull(),
    /** Asked by the sender before a consent ends: confirming it renews, and lifts nothing. */
    renews: boolean("renews").notNull().default(false),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    confirmedAt: instant("confirmed_at"),
    purgedAt: instant("purged_at"),
  },
  (table) => [
    index("sign_up_by_contact").on(table.contactId),
    index("sign_up_by_message").on(table.messageId).where(sql`message_id is not null`),
    index("sign_up_open").on(table.createdAt).where(sql`confirmed_at is null and purged_at is null`),
  ],
);

/** Consents whose people were asked to renew them, by the event that gave the consent: each is asked for once. */
export const renewal = pgTable(
  "renewal",
  {
    workspaceId: workspaceColumn(),
    eventId: counted("event_id").notNull(),
    signUpId: uuid("sign_up_id").notNull(),
    actor: text("actor").notNull(),
    orderedAt: instant("ordered_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.eventId] })],
);

/** How much a person wants to hear, in their own choice. Append-only: the newest row of a contact counts. */
export const contactPreference = pgTable(
  "contact_preference",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceColumn(),
    contactId: uuid("contact_id").notNull(),
    /** No marketing before this instant, calls included; null: no pause. */
    pausedUntil: instant("paused_until"),
    /** At most so many messages and calls in so many hours; null: as it comes. */
    capMax: integer("cap_max"),
    capWindowHours: integer("cap_window_hours"),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [index("contact_preference_by_contact").on(table.contactId, table.id)],
);

/** Counters of the rate limits on public pages. Keys are keyed digests; columns are those of the library. */
export const rateLimit = pgTable("rate_limit", {
  key: varchar("key", { length: 255 }).primaryKey(),
  points: integer("points").notNull().default(0),
  expire: bigint("expire", { mode: "number" }),
});
