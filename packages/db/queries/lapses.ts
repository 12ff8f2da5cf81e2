import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** A consent whose time is over and that nothing on record has ended yet. */
export interface LapsedConsent {
  readonly gateId: number;
  readonly channel: "email" | "phone";
  readonly contactId: string | null;
  readonly contactPointId: string | null;
  readonly senderId: string;
  readonly purposeId: string;
  readonly lapsedAt: Date;
}

const GRANTS = sql`('given', 'confirmed', 'renewed')`;
const lapseOf = (event: string) =>
  sql.raw(`least(${event}.expires_at, ${event}.occurred_at + p.consent_lifetime_days * interval '1 day')`);

/**
 * Consents that lapsed by their own term or by their purpose's, each the last word on its key and purpose. A key with
 * another spelling whose consent still runs is left alone: an `expired` event would end that one too.
 * @param gateIds only these keys; null: the first of the whole workspace.
 */
export async function lapsedConsents(
  tx: Tx,
  gateIds: readonly number[] | null,
  limit: number,
): Promise<LapsedConsent[]> {
  const onKeys = gateIds === null ? sql`true` : sql`g.gate_id = any(${array(gateIds, "bigint")})`;
  const found = await tx.execute<Record<string, unknown> & LapsedConsent>(sql`
    select g.gate_id as "gateId", g.channel, g.contact_id as "contactId", g.contact_point_id as "contactPointId",
      g.sender_id as "senderId", g.purpose_id as "purposeId", ${lapseOf("g")} as "lapsedAt"
    from consent_event g join purpose p on p.id = g.purpose_id
    where g.type in ${GRANTS} and ${lapseOf("g")} <= consentry_now() and ${onKeys}
      and not exists (
        select 1 from consent_event x
        where x.gate_id = g.gate_id and x.seq > g.seq
          and ((x.purpose_id = g.purpose_id and x.type in ('given', 'confirmed', 'renewed', 'withdrawn', 'refused', 'expired'))
            or (x.purpose_id is null and x.type = 'objected')))
      and not exists (
        select 1 from consent_event x
        where x.gate_id = g.gate_id and x.purpose_id = g.purpose_id and x.type in ${GRANTS}
          and coalesce(${lapseOf("x")}, 'infinity') > consentry_now())
    order by g.gate_id, g.seq limit ${limit}`);
  return [...found];
}
