import { bigint, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
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
