import { inWorkspace, outsideWorkspaces, readClock } from "#db/database";
import { lockContacts, readContacts } from "#db/queries/contact-write";
import { shredContacts } from "#db/queries/erasure";
import { bumpGates } from "#db/queries/gates";
import {
  contactsOfSignUpsAlone,
  purgeSignUps,
  takeOldSignUps,
  workspacesWithOldSignUps,
} from "#db/queries/sign-ups";
import type { FlowDeps } from "../deps.ts";

/** Who did not confirm within so long did not mean it, or it was not them. */
const UNCONFIRMED_DAYS = 30;
const DAY_MS = 86_400_000;
const PURGED_AT_ONCE = 200;

/**
 * Forgets sign-ups that nobody confirmed in 30 days, and shreds the people of whom nothing else is known. Their
 * events stay in the chain as commitments that nobody can open any more.
 * @returns how many sign-ups were purged.
 */
export async function purgeOldSignUps(deps: FlowDeps): Promise<number> {
  const now = await outsideWorkspaces(deps.database, readClock);
  const madeBefore = new Date(now.getTime() - UNCONFIRMED_DAYS * DAY_MS);
  let purged = 0;
  const workspaces = await outsideWorkspaces(deps.database, (tx) => workspacesWithOldSignUps(tx, madeBefore));
  for (const workspaceId of workspaces) {
    purged += await inWorkspace(deps.database, workspaceId, async (tx) => {
      const old = await takeOldSignUps(tx, madeBefore, PURGED_AT_ONCE);
      const contactIds = [...new Set(old.filter((each) => each.madeContact).map((each) => each.contactId))];
      await lockContacts(tx, contactIds);
      await purgeSignUps(
        tx,
        old.map((each) => each.id),
      );
      const forgotten = await readContacts(tx, await contactsOfSignUpsAlone(tx, contactIds));
      await bumpGates(
        tx,
        forgotten.flatMap((contact) => contact.points.map((point) => point.gateId)),
      );
      await shredContacts(
        tx,
        forgotten.map((contact) => contact.id),
      );
      return old.length;
    });
  }
  return purged;
}
