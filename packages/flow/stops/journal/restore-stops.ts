import { truncateSync } from "node:fs";
import { join } from "node:path";
import { inWorkspace, outsideWorkspaces, type Tx } from "#db/database";
import { appendConsentEvents } from "#db/queries/consent-events";
import { readContacts } from "#db/queries/contact-write";
import { ensureGates, lockGates } from "#db/queries/gates";
import {
  holdPosition,
  isOnLedger,
  type JournalEntry,
  journalPositions,
  noteRestored,
  setPosition,
} from "#db/queries/stop-journal";
import { addSuppressions, standingSuppressions } from "#db/queries/suppressions";
import { readWorkspace } from "#db/queries/workspaces";
import type { FlowDeps } from "../../deps.ts";
import type { CapturedInbox } from "../../inbox.ts";
import { erasePerson } from "../../rights/erase-person.ts";
import { JournalUnreadable, journalFiles, linesFrom, readJournalLine } from "./journal-file.ts";

export interface Restored {
  /** Lines of the journal that this database had not accounted for. */
  readonly read: number;
  /** Stops among them that it did not know, recorded anew. */
  readonly stops: number;
}

/**
 * Records anew what the journal says and this database does not know: after an older backup was restored, the
 * withdrawals, suppressions and erasures since. The database's own position brings it to the place; nothing may be
 * sent before this has returned.
 * @throws JournalUnreadable when a line is not one that we wrote.
 */
export async function restoreStops(
  deps: FlowDeps,
  inbox: CapturedInbox | null,
  directory: string,
): Promise<Restored> {
  const restored = { read: 0, stops: 0 };
  const positions = await outsideWorkspaces(deps.database, journalPositions);
  for (const { file, bytes } of journalFiles(directory)) {
    const from = positions.get(file) ?? 0;
    if (bytes <= from) continue;
    let place = from;
    for await (const { text, endByte } of linesFrom(directory, file, from)) {
      const entry = readJournalLine(deps.keys.token, text);
      if (entry === null)
        throw new JournalUnreadable(file, `has a line that is not ours, before byte ${endByte}`);
      restored.read += 1;
      if (await restoreStop(deps, inbox, entry)) restored.stops += 1;
      place = endByte;
    }
    await advance(deps, directory, file, place);
  }
  return restored;
}

/** Moves the position to what was read. A line that a crash tore apart is cut off: its stop waits to be written again. */
async function advance(deps: FlowDeps, directory: string, file: string, place: number): Promise<void> {
  await outsideWorkspaces(deps.database, async (tx) => {
    const held = await holdPosition(tx, file);
    if (held > place) return;
    const size = journalFiles(directory).find((each) => each.file === file)?.bytes ?? 0;
    let end = place;
    for await (const { endByte } of linesFrom(directory, file, place)) end = endByte;
    // Whole lines that came meanwhile are another process's own, and read in the next round.
    if (end === place && size > place) truncateSync(join(directory, file), place);
    await setPosition(tx, file, place);
  });
}

async function restoreStop(
  deps: FlowDeps,
  inbox: CapturedInbox | null,
  entry: JournalEntry,
): Promise<boolean> {
  const { workspaceId, contactId } = entry;
  const isNew = await inWorkspace(deps.database, workspaceId, async (tx) => {
    // A workspace made after the backup is gone with everybody in it.
    if ((await readWorkspace(tx, workspaceId)) === null) return false;
    return recordAnew(tx, deps, entry);
  });
  if (entry.suppressionKind !== "erasure" || contactId === null) return isNew;
  const [contact] = await inWorkspace(deps.database, workspaceId, (tx) => readContacts(tx, [contactId]));
  if (contact === undefined || contact.erasedAt !== null) return isNew;
  await erasePerson(deps, inbox, { workspaceId, contactId, method: "journal", actor: "journal" });
  return true;
}

async function recordAnew(tx: Tx, deps: FlowDeps, entry: JournalEntry): Promise<boolean> {
  const { workspaceId, suppressionKind } = entry;
  const digests = entry.digests.map((each) => ({
    keyVersion: each.keyVersion,
    digest: Buffer.from(each.digest, "hex"),
  }));
  const [gateId] = await ensureGates(tx, workspaceId, [{ channel: entry.channel, digests }]);
  if (gateId === undefined) throw new Error("a gate row was not made");
  await lockGates(tx, [gateId]);
  const leaf = Buffer.from(entry.leaf, "hex");
  if (await isOnLedger(tx, gateId, leaf)) return false;
  const at = new Date(entry.occurredAt);
  const [event] = await appendConsentEvents(tx, deps.keys.master, workspaceId, [
    {
      gateId,
      channel: entry.channel,
      type: entry.type,
      contactId: entry.contactId,
      contactPointId: null,
      senderId: entry.senderId,
      purposeId: entry.purposeId,
      occurredAt: at,
      method: entry.method,
      actor: "journal",
      claimed: false,
      lifts: false,
      noticeId: null,
      expiresAt: null,
      campaignId: entry.campaignId,
      suppressionKind,
      payload: {},
      personKey: null,
    },
  ]);
  if (event === undefined) throw new Error("a stop of the journal was not recorded");
  const standing = await standingSuppressions(tx, [gateId]);
  const isStanding = standing.some(
    (each) => each.kind === suppressionKind && each.senderId === entry.senderId,
  );
  if (suppressionKind !== null && !isStanding) {
    await addSuppressions(tx, workspaceId, [
      {
        gateId,
        kind: suppressionKind,
        senderId: entry.senderId,
        contactId: entry.contactId,
        at,
        eventId: event.id,
      },
    ]);
  }
  await noteRestored(tx, workspaceId, leaf, event.id);
  return true;
}
