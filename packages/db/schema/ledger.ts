import { bigint, boolean, index, pgTable, primaryKey, smallint, text, uuid } from "drizzle-orm/pg-core";
import { bytea, counted, instant, xid8 } from "./columns.ts";

/*
 * The sealed tree over the consent events of all workspaces. It holds hashes only and belongs to no workspace; the
 * role `consentry_ledger` writes it, the application may read it to make proofs.
 */

/**
 * Where sealing stands. Events are sealed by windows of transaction ids, each window in the order of event ids: all
 * transactions of a window are over when it opens, so that no event can turn up in it later.
 */
export const ledger = pgTable("ledger", {
  onlyRow: boolean("only_row").primaryKey().default(true),
  /** The name of this ledger in its checkpoints; made with the database. */
  id: uuid("id").notNull(),
  /** Every event of a transaction below this one is sealed. */
  sealedBelow: xid8("sealed_below").notNull(),
  /** The end of a window that is sealed in parts; null: no window is open. */
  openBelow: xid8("open_below"),
  /** The last event id sealed in the open window. */
  afterId: counted("after_id").notNull(),
  size: counted("size").notNull(),
});

/** Up to 256 hashes of the tree: `index` counts the tiles of a level, level 0 holds the leaves. */
export const ledgerTile = pgTable(
  "ledger_tile",
  {
    level: smallint("level").notNull(),
    index: bigint("index", { mode: "number" }).notNull(),
    hashes: bytea("hashes").notNull(),
  },
  (table) => [primaryKey({ columns: [table.level, table.index] })],
);

/** A sealed batch and its signed checkpoint. The batch is the events of its window with ids in (after, last]. */
export const ledgerCheckpoint = pgTable(
  "ledger_checkpoint",
  {
    /** Leaves in the tree with this batch. */
    size: bigint("size", { mode: "number" }).primaryKey(),
    previousSize: counted("previous_size").notNull(),
    root: bytea("root").notNull(),
    note: text("note").notNull(),
    sealedAt: instant("sealed_at").notNull(),
    xidFrom: xid8("xid_from").notNull(),
    xidBelow: xid8("xid_below").notNull(),
    afterId: counted("after_id").notNull(),
    /** Null: everything behind `afterId` in the window; the window was closed with this batch. */
    lastId: counted("last_id"),
  },
  (table) => [index("ledger_checkpoint_by_xid").on(table.xidBelow, table.size)],
);

/** How far each export directory is written; `place` names the machine and the directory. */
export const ledgerExport = pgTable("ledger_export", {
  place: text("place").primaryKey(),
  size: counted("size").notNull(),
  writtenAt: instant("written_at").notNull(),
});
