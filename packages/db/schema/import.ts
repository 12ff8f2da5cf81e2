import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, instant, workspaceColumn } from "./columns.ts";

/** One uploaded file. Its rows are staged sealed under a key of the import's own. */
export const contactImport = pgTable("contact_import", {
  id: uuid("id").primaryKey(),
  workspaceId: workspaceColumn(),
  state: text("state", { enum: ["receiving", "queued", "merging", "finished", "failed"] }).notNull(),
  mapping: jsonb("mapping").notNull(),
  actor: text("actor").notNull(),
  wrappedKey: bytea("wrapped_key"),
  rows: integer("rows").notNull().default(0),
  mergedRows: integer("merged_rows").notNull().default(0),
  created: integer("created").notNull().default(0),
  updated: integer("updated").notNull().default(0),
  unchanged: integer("unchanged").notNull().default(0),
  refused: integer("refused").notNull().default(0),
  refusedByReason: jsonb("refused_by_reason").$type<Record<string, number>>().notNull().default({}),
  consentRaised: integer("consent_raised").notNull().default(0),
  consentLowered: integer("consent_lowered").notNull().default(0),
  consentRequested: integer("consent_requested").notNull().default(0),
  problem: text("problem"),
  createdAt: instant("created_at").notNull(),
  finishedAt: instant("finished_at"),
});

/** A staged row of a file, in file order; deleted when merged. */
export const importRow = pgTable(
  "import_row",
  {
    workspaceId: workspaceColumn(),
    importId: uuid("import_id").notNull(),
    row: integer("row").notNull(),
    sealed: bytea("sealed").notNull(),
  },
  (table) => [primaryKey({ columns: [table.importId, table.row] })],
);

/** A refused row or a refused part of one: what the file said is sealed, why is plain. */
export const importRefusal = pgTable(
  "import_refusal",
  {
    workspaceId: workspaceColumn(),
    importId: uuid("import_id").notNull(),
    row: integer("row").notNull(),
    column: text("column").notNull(),
    reason: text("reason").notNull(),
    sealed: bytea("sealed").notNull(),
    refusedAt: instant("refused_at").notNull(),
  },
  (table) => [index("import_refusal_by_import").on(table.importId, table.row)],
);
