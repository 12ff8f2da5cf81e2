import { bigint, customType, timestamp, uuid } from "drizzle-orm/pg-core";

/** Raw bytes; ciphertext, digests and hashes are stored as bytes, never as text. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "bytea" });

/** A PostgreSQL 64-bit transaction id, as decimal text. */
export const xid8 = customType<{ data: string; driverData: string }>({ dataType: () => "xid8" });

/** The tenant every row belongs to. Row-level security compares it with the transaction's workspace. */
export const workspaceColumn = () => uuid("workspace_id").notNull();

export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Ids that are counted by the database. JavaScript numbers are exact up to 2^53, which these never reach. */
export const counted = (name: string) => bigint(name, { mode: "number" });
