import { randomBytes, randomUUIDv7 } from "node:crypto";
import { pipeline, type Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { inWorkspace } from "#db/database";
import { createImport, failImport, setImportState, stageRows } from "#db/queries/imports";
import { readSources, type SourceRecord } from "#db/queries/sources";
import { encrypt, seal } from "#db/vault/keyring";
import type { FlowDeps } from "../../deps.ts";
import { openCsv, RECORD_BYTES_MAX, UnreadableFile } from "./csv-source.ts";
import { type ImportMapping, type MappingProblem, mapHeaders } from "./mapping.ts";

const ROWS_PER_STAGE = 500;
/** Rows with long values are staged fewer together, so that memory stays bounded here and in the worker. */
const STAGE_CHARACTERS_MAX = 1024 * 1024;
const COLUMNS_MAX = 200;

export type ReceiveResult =
  | { readonly kind: "queued"; readonly importId: string; readonly rows: number }
  | { readonly kind: "refused"; readonly problems: readonly MappingProblem[] };

export interface ReceiveRequest {
  readonly workspaceId: string;
  readonly mapping: ImportMapping;
  readonly csv: Readable;
  readonly actor: string;
}

/** Rows staged together: target names once, then the values of each row. */
export interface StagedRows {
  readonly targets: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const stageContext = (importId: string, firstRow: number): string => `import:${importId}:${firstRow}`;

/**
 * Takes a CSV file as a stream, in bounded memory, and stages it sealed under a key of the import's own. PostgreSQL
 * refuses COPY into tables with row-level security, so rows are sealed and inserted 500 together, which costs one
 * small insert where COPY would cost 500 rows.
 */
export async function receiveImport(deps: FlowDeps, request: ReceiveRequest): Promise<ReceiveResult> {
  const importId = randomUUIDv7();
  const key = randomBytes(32);
  const source = await knownSource(deps, request);
  if (source === "unknown") return UNKNOWN_SOURCE;
  await inWorkspace(deps.database, request.workspaceId, (tx) =>
    createImport(tx, {
      id: importId,
      workspaceId: request.workspaceId,
      mapping: source === null ? request.mapping : { ...request.mapping, source: source.id },
      actor: request.actor,
      wrappedKey: seal(deps.keys.master, key, `import:${importId}`),
    }),
  );
  const staged = await stageFile(deps, request, importId, key);
  if (staged.kind === "refused") {
    await inWorkspace(deps.database, request.workspaceId, (tx) =>
      failImport(tx, importId, staged.problems.map((each) => each.message).join("; ")),
    );
    return staged;
  }
  await inWorkspace(deps.database, request.workspaceId, (tx) =>
    setImportState(tx, importId, "queued", { rows: staged.rows }),
  );
  await deps.ring({ kind: "import", workspaceId: request.workspaceId, importId });
  return { kind: "queued", importId, rows: staged.rows };
}

const UNKNOWN_SOURCE: ReceiveResult = {
  kind: "refused",
  problems: [{ path: "/mapping/source", message: "is no source of this workspace" }],
};

/** The source that the mapping names by id or key; null when it names none. */
async function knownSource(
  deps: FlowDeps,
  { workspaceId, mapping }: ReceiveRequest,
): Promise<SourceRecord | "unknown" | null> {
  if (mapping.source === undefined) return null;
  const sources = await inWorkspace(deps.database, workspaceId, (tx) => readSources(tx));
  return sources.find((each) => each.id === mapping.source || each.key === mapping.source) ?? "unknown";
}

type Staged =
  | { readonly kind: "staged"; readonly rows: number }
  | { readonly kind: "refused"; readonly problems: readonly MappingProblem[] };

async function stageFile(
  deps: FlowDeps,
  request: ReceiveRequest,
  importId: string,
  key: Buffer,
): Promise<Staged> {
  let targets: readonly string[] | null = null;
  let batch: string[][] = [];
  let characters = 0;
  let rows = 0;
  const flush = async () => {
    if (batch.length === 0 || targets === null) return;
    const firstRow = rows - batch.length + 1;
    const text = JSON.stringify({ targets, rows: batch } satisfies StagedRows);
    const sealed = encrypt(key, Buffer.from(text), stageContext(importId, firstRow));
    await inWorkspace(deps.database, request.workspaceId, (tx) =>
      stageRows(tx, request.workspaceId, importId, firstRow, sealed),
    );
    batch = [];
    characters = 0;
  };
  try {
    for await (const fields of await recordsOf(request)) {
      if (targets === null) {
        const mapped = headersOf(request.mapping, fields);
        if (mapped.problems.length > 0) return { kind: "refused", problems: mapped.problems };
        targets = mapped.columns.map((column) => column.target);
        continue;
      }
      rows += 1;
      // One value too many is enough to see that the row does not fit.
      batch.push(fields.slice(0, targets.length + 1));
      characters += fields.reduce((sum, field) => sum + field.length, 0);
      if (batch.length >= ROWS_PER_STAGE || characters >= STAGE_CHARACTERS_MAX) await flush();
    }
    await flush();
  } catch (error) {
    const message = csvProblem(error);
    if (message === null) throw error;
    return { kind: "refused", problems: [{ path: "/file", message }] };
  }
  if (targets === null)
    return { kind: "refused", problems: [{ path: "/file", message: "the file is empty" }] };
  return { kind: "staged", rows };
}

async function recordsOf(request: ReceiveRequest): Promise<AsyncIterable<string[]>> {
  const { bytes, delimiter } = await openCsv(request.csv);
  const parser = parse({
    bom: true,
    delimiter: request.mapping.delimiter ?? delimiter,
    max_record_size: RECORD_BYTES_MAX,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  pipeline(bytes, parser, () => undefined);
  return parser;
}

function headersOf(mapping: ImportMapping, headers: readonly string[]) {
  if (headers.length > COLUMNS_MAX) {
    const message = `the file has ${headers.length} columns; at most ${COLUMNS_MAX} are read`;
    return { columns: [], problems: [{ path: "/file", message }] };
  }
  return mapHeaders(mapping, headers);
}

/** What is wrong with the file, in our words: the parser's own may quote its content. Null: the fault is not the file's. */
function csvProblem(error: unknown): string | null {
  if (error instanceof UnreadableFile) return error.message;
  if (!(error instanceof CsvError)) return null;
  const line = ` near line ${String(error["lines"])}`;
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return `a quote is opened and never closed${line}`;
    case "CSV_MAX_RECORD_SIZE":
      return `a row is longer than ${RECORD_BYTES_MAX} bytes${line}; is a quote missing?`;
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_CLOSING_QUOTE":
      return `a quote stands in the middle of a value${line}`;
    default:
      return `the file cannot be read as CSV${line}`;
  }
}
