import { Readable } from "node:stream";
import { inWorkspace } from "#db/database";
import { type RegistryImportRow, readRegistryImport } from "#db/queries/registry-imports";
import type { FlowDeps } from "#flow/deps";
import { type ReceiveFileResult, type RegistryFile, receiveFile } from "#flow/registries/file/receive-file";
import { runFile } from "#flow/registries/file/run-file";

type Given = Partial<Omit<RegistryFile, "file">> & { readonly deps: FlowDeps; readonly workspaceId: string };

/** Receives a file of a list, by default the whole US one of an hour ago. */
export function receiveList(given: Given, file: string | Readable): Promise<ReceiveFileResult> {
  const { deps, ...request } = given;
  return receiveFile(deps, {
    actor: "test",
    registryId: "US-NDNCR",
    asOf: new Date(Date.now() - 3_600_000),
    mode: "replace",
    isPartial: false,
    bytesExpected: null,
    ...request,
    file: typeof file === "string" ? Readable.from([Buffer.from(file)]) : file,
  });
}

/** Receives a file and brings it into force, as the API and a worker do. */
export async function takeOverList(given: Given, file: string | Readable): Promise<RegistryImportRow> {
  const received = await receiveList(given, file);
  if (received.kind !== "queued") throw new Error(JSON.stringify(received));
  const ask = { workspaceId: given.workspaceId, importId: received.importId };
  await runFile(given.deps, ask);
  const imported = await inWorkspace(given.deps.database, ask.workspaceId, (tx) =>
    readRegistryImport(tx, ask.importId),
  );
  if (imported === null) throw new Error("the import is not there");
  return imported;
}
