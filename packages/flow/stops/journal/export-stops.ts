import { outsideWorkspaces, readClock } from "#db/database";
import {
  holdPosition,
  journalPositions,
  noteWritten,
  setPosition,
  waitingStops,
} from "#db/queries/stop-journal";
import type { FlowDeps } from "../../deps.ts";
import { appendToJournal, journalFiles, journalLine } from "./journal-file.ts";

const BATCH = 500;

export type Exported =
  /** So many stops were written; the outbox may hold more. */
  | { readonly kind: "written"; readonly stops: number }
  /** The files say more than this database knows: a backup was restored, or a process died while it wrote. */
  | { readonly kind: "behind" };

/**
 * Writes stops that wait to this month's file of the journal. The file is written before the position is committed:
 * a crash between the two leaves lines that are read again and found to be known.
 */
export async function exportStops(deps: FlowDeps, directory: string): Promise<Exported> {
  return outsideWorkspaces(deps.database, async (tx): Promise<Exported> => {
    const file = `stops-${(await readClock(tx)).toISOString().slice(0, 7)}.jsonl`;
    if ((await waitingStops(tx, 1)).length > 0) await holdPosition(tx, file);
    const positions = await journalPositions(tx);
    if (journalFiles(directory).some((each) => each.bytes > (positions.get(each.file) ?? 0)))
      return { kind: "behind" };
    // Looked at again under the lock: another process may have written them meanwhile.
    const waiting = positions.has(file) ? await waitingStops(tx, BATCH) : [];
    if (waiting.length === 0) return { kind: "written", stops: 0 };
    const lines = waiting.map(({ entry }) => journalLine(deps.keys.token, entry));
    await setPosition(tx, file, appendToJournal(directory, file, lines));
    await noteWritten(
      tx,
      waiting.map((each) => each.eventId),
    );
    return { kind: "written", stops: waiting.length };
  });
}
