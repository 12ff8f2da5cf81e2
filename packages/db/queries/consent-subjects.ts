import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** The contact point and purpose a consent statement is about. */
export interface PointAndPurpose {
  readonly gateId: number;
  readonly contactId: string;
  readonly channel: "email" | "phone";
  readonly senderId: string;
}

export type PointAndPurposeResult =
  | { readonly kind: "found"; readonly subject: PointAndPurpose }
  | { readonly kind: "unknown-contact-point" | "unknown-purpose" };

/** Finds the key of a contact point and the sender of a purpose, both of this workspace. */
export async function readPointAndPurpose(
  tx: Tx,
  contactPointId: string,
  purposeId: string,
): Promise<PointAndPurposeResult> {
  const [point] = await tx.execute<{ gate_id: number; contact_id: string; channel: "email" | "phone" }>(
    sql`select gate_id, contact_id, channel from contact_point where id = ${contactPointId}::uuid`,
  );
  if (point === undefined) return { kind: "unknown-contact-point" };
  const [purpose] = await tx.execute<{ sender_id: string }>(
    sql`select sender_id from purpose where id = ${purposeId}::uuid`,
  );
  if (purpose === undefined) return { kind: "unknown-purpose" };
  return {
    kind: "found",
    subject: {
      gateId: point.gate_id,
      contactId: point.contact_id,
      channel: point.channel,
      senderId: purpose.sender_id,
    },
  };
}

/** What a notice is for; null when this workspace has no such notice. */
export async function readNotice(
  tx: Tx,
  noticeId: string,
): Promise<{ purposeId: string; channel: "email" | "phone" } | null> {
  const [row] = await tx.execute<{ purposeId: string; channel: "email" | "phone" }>(
    sql`select purpose_id as "purposeId", channel from notice where id = ${noticeId}::uuid`,
  );
  return row ?? null;
}
