import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";
import type { Keyring } from "../vault/keyring.ts";
import { unwrapPersonKey } from "../vault/person.ts";

/** A contact's own key, or null when there is no contact or the person was erased. */
export async function personKeyOfContact(
  tx: Tx,
  master: Keyring,
  contactId: string | null,
): Promise<Buffer | null> {
  if (contactId === null) return null;
  const [row] = await tx.execute<{ wrapped_key: Buffer | null }>(
    sql`select wrapped_key from contact where id = ${contactId}::uuid`,
  );
  if (row === undefined || row.wrapped_key === null) return null;
  return unwrapPersonKey(master, contactId, row.wrapped_key);
}
