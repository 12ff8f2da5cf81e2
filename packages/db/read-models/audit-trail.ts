import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** Something that staff or a program did, with who it was in words. */
export interface AuditEntry {
  readonly id: number;
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly at: Date;
  /** The console user's address, the API key's name, or what the entry says where it is neither. */
  readonly actorName: string;
}

/** What was done to these subjects (ids), newest first, restricted to `actions`. */
export async function auditTrail(
  tx: Tx,
  subjects: readonly string[],
  actions: readonly string[],
  limit: number,
): Promise<AuditEntry[]> {
  const found = await tx.execute<Record<string, unknown> & AuditEntry>(sql`
    select a.id, a.action, a.subject, a.detail, a.at, coalesce(u.email, 'API key ' || k.name, a.actor) as "actorName"
    from audit_entry a left join "user" u on u.id = a.actor left join api_key k on k.id = a.actor
    where a.subject = any(${array(subjects, "text")}) and a.action = any(${array(actions, "text")})
    order by a.id desc limit ${limit}`);
  return [...found];
}
