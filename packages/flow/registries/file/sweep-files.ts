import { inWorkspace, outsideWorkspaces } from "#db/database";
import { failRegistryImport, waitingRegistryImports } from "#db/queries/registry-imports";
import type { FlowDeps } from "../../deps.ts";
import { SILENT_SECONDS_MAX } from "./receive-file.ts";

/** A worker notes each step, which takes well under a second. */
const QUIET_SECONDS = 10;

/** Rings for files that wait without anybody working on them, and gives up those whose upload has died. */
export async function sweepFiles(deps: FlowDeps): Promise<void> {
  for (const { workspaceId, importId, state } of await waiting(deps, QUIET_SECONDS)) {
    if (state !== "receiving") await deps.ring({ kind: "registry-import", workspaceId, importId });
  }
  for (const { workspaceId, importId, state } of await waiting(deps, SILENT_SECONDS_MAX)) {
    if (state !== "receiving") continue;
    await inWorkspace(deps.database, workspaceId, (tx) =>
      failRegistryImport(tx, importId, "the upload broke off before the file's end"),
    );
  }
}

const waiting = (deps: FlowDeps, quietSeconds: number) =>
  outsideWorkspaces(deps.database, (tx) => waitingRegistryImports(tx, quietSeconds));
