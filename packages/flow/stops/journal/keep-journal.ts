import { mkdirSync } from "node:fs";
import type { FlowDeps } from "../../deps.ts";
import type { CapturedInbox } from "../../inbox.ts";
import { exportStops } from "./export-stops.ts";
import { JournalUnreadable } from "./journal-file.ts";
import { type Restored, restoreStops } from "./restore-stops.ts";

const EXPORT_EVERY_MS = 1_000;

export type JournalStart =
  | { readonly kind: "kept"; readonly restored: Restored; stop(): Promise<void> }
  | { readonly kind: "problem"; readonly message: string };

/**
 * Brings the database up to the journal, and from then on writes every stop to it, once a second. A process that may
 * contact people begins with this: no stop of the journal may be unknown to the gate.
 * @param directory null: no journal is kept; stops wait until there is one.
 */
export async function keepJournal(
  deps: FlowDeps,
  inbox: CapturedInbox | null,
  directory: string | null,
  onError: (error: unknown) => void,
): Promise<JournalStart> {
  if (directory === null)
    return { kind: "kept", restored: { read: 0, stops: 0 }, stop: async () => undefined };
  let restored: Restored;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    restored = await restoreStops(deps, inbox, directory);
  } catch (error) {
    const message = startProblem(error, directory);
    if (message === null) throw error;
    return { kind: "problem", message };
  }
  let round: Promise<unknown> | null = null;
  const work = async () => {
    for (;;) {
      const exported = await exportStops(deps, directory);
      if (exported.kind === "written" && exported.stops === 0) return;
      if (exported.kind === "behind") await restoreStops(deps, inbox, directory);
    }
  };
  const begin = () => {
    round ??= work()
      .catch(onError)
      .finally(() => {
        round = null;
      });
    return round;
  };
  const timer = setInterval(begin, EXPORT_EVERY_MS);
  return {
    kind: "kept",
    restored,
    stop: async () => {
      clearInterval(timer);
      await round;
      // What was acknowledged since the last round gets into the journal before the process ends.
      await begin();
    },
  };
}

function startProblem(error: unknown, directory: string): string | null {
  if (error instanceof JournalUnreadable) return error.message;
  if (error instanceof Error && "syscall" in error && "code" in error)
    return `LEDGER_EXPORT_DIR: ${directory} cannot be used (${String(error.code)})`;
  return null;
}
