import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** Who speaks in a message that is no campaign's. */
export interface ServiceSpeaker {
  readonly senderId: string;
  readonly senderName: string;
  readonly postalAddress: string;
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  readonly dkimDomain: string | null;
  readonly dkimSelector: string | null;
  readonly dkimKey: Buffer | null;
}

/** The sender as its messages show it; null when this workspace has no such sender. */
export async function readServiceSpeaker(tx: Tx, senderId: string): Promise<ServiceSpeaker | null> {
  const [row] = await tx.execute<Record<string, unknown> & ServiceSpeaker>(sql`
    select id as "senderId", name as "senderName", postal_address as "postalAddress", from_name as "fromName",
      from_address as "fromAddress", reply_to as "replyTo", dkim_domain as "dkimDomain",
      dkim_selector as "dkimSelector", dkim_key as "dkimKey"
    from sender where id = ${senderId}::uuid`);
  return row ?? null;
}
