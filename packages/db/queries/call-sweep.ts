import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";
import { endReservations } from "./calls.ts";

/** A desk that shows a number and is silent for this long is abandoned. */
const DESK_SILENT_SECONDS = 60;
/** A call that was dialled and of which nobody said how it went. */
const TALK_HOURS = 4;

/** Ends reservations that ran out: nothing was shown, and their recipients are due again by themselves. */
export async function endExpiredReservations(tx: Tx): Promise<void> {
  await endReservations(tx, sql`reserved_until <= consentry_now()`);
}

/**
 * Declares calls of abandoned desks `unconfirmed` and takes them off the wire, in one transaction: whether anybody was
 * dialled is not known, and software never calls them again.
 * @returns how many recipients are concerned.
 */
export async function abandonCalls(tx: Tx): Promise<number> {
  const moved = await tx.execute(sql`
    with lost as (
      update call set state = 'ended', ended_at = consentry_now(), outcome = 'abandoned'
      where ended_at is null and (
        (state = 'revealed' and seen_at < consentry_now() - ${DESK_SILENT_SECONDS} * interval '1 second')
        or (state = 'dialled' and seen_at < consentry_now() - ${TALK_HOURS} * interval '1 hour'))
      returning permit_id, month, recipient_id
    ), landed as (
      delete from in_flight where permit_id in (select permit_id from lost)
    )
    update recipient r set state = 'unconfirmed', reason = 'desk-abandoned', ended_at = consentry_now()
    from lost where r.month = lost.month and r.id = lost.recipient_id and r.permit_id = lost.permit_id
      and r.state = 'redeemed'
    returning r.id`);
  return moved.length;
}
