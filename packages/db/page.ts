import { type SQL, sql } from "drizzle-orm";

/** A page of a list in the order of its ids; the default is all of it. */
export interface Page {
  /** Null: no limit. */
  readonly limit: number | null;
  /** The last id of the page before. */
  readonly after: string | null;
}

export const EVERYTHING: Page = { limit: null, after: null };

/** The rest of a select from a table whose time-ordered ids are `id`: what comes after the page before, oldest first. */
export const pageById = ({ limit, after }: Page): SQL =>
  sql`where ${after}::uuid is null or id > ${after}::uuid order by id limit ${limit}`;
