import { inWorkspace, readClock } from "#db/database";
import { changeContact } from "../contacts/change-contact.ts";
import { openContact } from "../contacts/contacts.ts";
import type { FlowDeps } from "../deps.ts";

/**
 * Records that a browser sends the Global Privacy Control signal on a page of the person's own: an opt-out of sale and
 * sharing. Recorded once; a later consent of the person outweighs it, so it is not moved forward by every visit.
 * Returns false when nobody is there to record it for.
 * @source 11 CCR 7025: a signal linked to a known person binds beyond the browser
 */
export async function recordOptOutSignal(
  deps: FlowDeps,
  workspaceId: string,
  contactId: string,
): Promise<boolean> {
  const { known, now } = await inWorkspace(deps.database, workspaceId, async (tx) => ({
    known: await openContact(tx, deps.keys, contactId),
    now: await readClock(tx),
  }));
  if (known === null || known.identity === null) return false;
  if (known.record.optOutSignalAt !== null) return true;
  const changed = await changeContact(deps, {
    workspaceId,
    actor: "person",
    contactId,
    person: {},
    provenance: { optOutSignalAt: now },
    now,
  });
  return changed.kind === "changed";
}
