import { sql } from "drizzle-orm";
import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, counted, instant, workspaceColumn } from "./columns.ts";

/** A file of a do-not-call list on its way into force. Its id is the id of the version it makes. */
export const registryImport = pgTable(
  "registry_import",
  {
    id: uuid("id").primaryKey(),
    workspaceId: workspaceColumn(),
    registryId: text("registry_id").notNull(),
    actor: text("actor").notNull(),
    format: text("format").notNull(),
    mode: text("mode", { enum: ["replace", "add", "remove", "changes"] }).notNull(),
    /** More files of this copy follow: it is not dated yet. */
    isPartial: boolean("is_partial").notNull(),
    asOf: instant("as_of").notNull(),
    state: text("state", {
      enum: ["receiving", "queued", "merging", "announcing", "finished", "failed"],
    }).notNull(),
    bytes: counted("bytes").notNull().default(0),
    bytesExpected: counted("bytes_expected"),
    rows: counted("rows").notNull().default(0),
    refused: counted("refused").notNull().default(0),
    refusedByReason: jsonb("refused_by_reason").$type<Record<string, number>>().notNull().default({}),
    /** The first refused lines by number and reason; what they say is not kept. */
    refusedLines: jsonb("refused_lines").notNull().default([]),
    added: counted("added").notNull().default(0),
    removed: counted("removed").notNull().default(0),
    contactPoints: counted("contact_points").notNull().default(0),
    /** The versions of the index key that the numbers were digested under. */
    keyVersions: jsonb("key_versions").$type<string[]>().notNull(),
    versionNumbers: jsonb("version_numbers").$type<Record<string, number>>().notNull().default({}),
    /** The version that was in force before; known from the exchange on. */
    baseVersion: uuid("base_version"),
    /** Of the 256 parts of a version (by first byte of the digest), the next to be merged or announced. */
    nextPart: integer("next_part").notNull().default(0),
    problem: text("problem"),
    createdAt: instant("created_at").notNull(),
    /** By the server's own clock: who has not worked on it for a while is dead. */
    touchedAt: instant("touched_at").notNull(),
    inForceAt: instant("in_force_at"),
    finishedAt: instant("finished_at"),
  },
  (table) => [
    uniqueIndex("registry_import_open")
      .on(table.workspaceId, table.registryId)
      .where(sql`state in ('receiving', 'queued', 'merging', 'announcing')`),
    index("registry_import_newest").on(table.workspaceId, table.id),
  ],
);

/** Digests of a received file, sorted in runs, each run cut into 256 parts by first byte; deleted when merged. */
export const registryPart = pgTable(
  "registry_part",
  {
    workspaceId: workspaceColumn(),
    importId: uuid("import_id").notNull(),
    keyVersion: text("key_version").notNull(),
    isRemoval: boolean("is_removal").notNull(),
    part: integer("part").notNull(),
    run: integer("run").notNull(),
    digests: bytea("digests").notNull(),
    days: bytea("days"),
  },
  (table) => [
    primaryKey({
      name: "registry_part_pk",
      columns: [table.importId, table.part, table.run, table.keyVersion, table.isRemoval],
    }),
  ],
);

/**
 * Up to 128 listed numbers of a version: 8 bytes of each one's keyed digest, in order. A row for each number would take
 * ten times the space. `days`: two bytes each, the day it was listed counted from 2000-01-01, 0 where not said.
 */
export const registryBlock = pgTable(
  "registry_block",
  {
    workspaceId: workspaceColumn(),
    versionId: uuid("version_id").notNull(),
    keyVersion: text("key_version").notNull(),
    first: bytea("first").notNull(),
    digests: bytea("digests").notNull(),
    days: bytea("days"),
  },
  (table) => [
    primaryKey({ name: "registry_block_pk", columns: [table.versionId, table.keyVersion, table.first] }),
  ],
);
