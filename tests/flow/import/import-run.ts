import { Readable } from "node:stream";
import { parse } from "csv-parse/sync";
import { sql } from "drizzle-orm";
import { inWorkspace } from "#db/database";
import { readConsentEvents, type StoredEvent } from "#db/queries/consent-events";
import { type ContactRecord, listContacts } from "#db/queries/contact-write";
import { type ImportRow, readImportRow } from "#db/queries/imports";
import { type Identity, identityOf } from "#db/vault/person";
import { gateOf } from "#flow/contacts/contacts";
import type { ImportMapping } from "#flow/contacts/import/mapping";
import { type ReceiveResult, receiveImport } from "#flow/contacts/import/receive-import";
import { importRefusalsFile } from "#flow/contacts/import/refusals-file";
import { runImport } from "#flow/contacts/import/run-import";
import type { TestWorkspace } from "../../support/product.ts";

export const NEWSLETTER: ImportMapping = { consentPurpose: "newsletter" };

/** Gives a file to the receiving end, in the pieces it would arrive in. */
export function receive(
  workspace: TestWorkspace,
  csv: string | Iterable<Buffer>,
  mapping: ImportMapping = NEWSLETTER,
): Promise<ReceiveResult> {
  const pieces = typeof csv === "string" ? [Buffer.from(csv)] : csv;
  return receiveImport(workspace.deps, {
    workspaceId: workspace.workspaceId,
    mapping,
    csv: Readable.from(pieces, { objectMode: false }),
    actor: "test",
  });
}

/** What the receiving end says against a file; empty when it takes it. */
export async function problemsOf(
  workspace: TestWorkspace,
  csv: string | Iterable<Buffer>,
  mapping?: ImportMapping,
): Promise<string[]> {
  const received = await receive(workspace, csv, mapping);
  return received.kind === "refused" ? received.problems.map((problem) => problem.message) : [];
}

/** Receives a file that must be taken, and returns its import's id. */
export async function queue(workspace: TestWorkspace, csv: string, mapping?: ImportMapping): Promise<string> {
  const received = await receive(workspace, csv, mapping);
  if (received.kind === "refused") throw new Error(JSON.stringify(received.problems));
  return received.importId;
}

export async function readImport(workspace: TestWorkspace, importId: string): Promise<ImportRow> {
  const job = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    readImportRow(tx, importId),
  );
  if (job === null) throw new Error("the import is not there");
  return job;
}

/** Imports a file whole and returns what became of it. */
export async function importFile(
  workspace: TestWorkspace,
  csv: string,
  mapping?: ImportMapping,
): Promise<ImportRow> {
  const importId = await queue(workspace, csv, mapping);
  await runImport(workspace.deps, { workspaceId: workspace.workspaceId, importId });
  return readImport(workspace, importId);
}

export interface Person {
  readonly record: ContactRecord;
  readonly identity: Identity;
  /** Addresses and numbers, sorted. */
  readonly points: readonly string[];
}

/** All contacts, opened, sorted by their addresses and numbers. */
export async function people(workspace: TestWorkspace): Promise<Person[]> {
  const records = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    listContacts(tx, 10_000, null),
  );
  return records
    .map((record) => {
      const identity = identityOf(workspace.deps.keys.master, record);
      if (identity === null) throw new Error("a contact cannot be opened");
      return { record, identity, points: Object.values(identity.points).sort() };
    })
    .sort((one, other) => (one.points.join() < other.points.join() ? -1 : 1));
}

export async function gateIdOf(
  workspace: TestWorkspace,
  value: string,
  channel: "email" | "phone" = "email",
): Promise<number> {
  const { keys } = workspace.deps;
  const gate = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    gateOf(tx, keys, workspace.workspaceId, channel, value),
  );
  if (gate === null) throw new Error(`${channel} is not valid`);
  return gate.gateId;
}

/** The consent events on an address or number, in the order they were recorded. */
export async function eventsOf(
  workspace: TestWorkspace,
  value: string,
  channel: "email" | "phone" = "email",
): Promise<StoredEvent[]> {
  const gateId = await gateIdOf(workspace, value, channel);
  return inWorkspace(workspace.database, workspace.workspaceId, (tx) => readConsentEvents(tx, [gateId]));
}

/** The kinds of those events: what a test mostly asks. */
export async function storyOf(
  workspace: TestWorkspace,
  value: string,
  channel: "email" | "phone" = "email",
): Promise<string[]> {
  return (await eventsOf(workspace, value, channel)).map((event) => event.type);
}

export async function gateVersion(workspace: TestWorkspace, gateId: number): Promise<number> {
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ version: number }>(sql`select version from gate where id = ${gateId}`),
  );
  if (row === undefined) throw new Error("there is no such gate row");
  return row.version;
}

/** The lines of the error file below its header. */
export async function refusedLines(workspace: TestWorkspace, importId: string): Promise<string[][]> {
  const [, ...lines] = parse(await refusalsText(workspace, importId), { relax_column_count: true });
  return lines;
}

/** Row, column and reason of each refusal. */
export async function refusals(workspace: TestWorkspace, importId: string): Promise<string[]> {
  return (await refusedLines(workspace, importId)).map((line) => line.slice(0, 3).join(" "));
}

export async function refusalsText(workspace: TestWorkspace, importId: string): Promise<string> {
  const file = await importRefusalsFile(workspace.deps, { workspaceId: workspace.workspaceId, importId });
  if (file === null) throw new Error("there is no error file");
  let text = "";
  for await (const line of file) text += line;
  return text;
}
