import { randomBytes, randomUUIDv7 } from "node:crypto";
import { pipeline, type Readable, Transform } from "node:stream";
import { parse } from "csv-parse";
import { inWorkspace } from "#db/database";
import { createImport, setImportState, stageRows } from "#db/queries/imports";
import { encrypt, seal } from "#db/vault/keyring";
import type { FlowDeps } from "../../deps.ts";
import { type ImportMapping, type MappingProblem, mapHeaders } from "./mapping.ts";

const ROWS_PER_STAGE = 500;
const COLUMNS_MAX = 200;
const RECORD_BYTES_MAX = 256 * 1024;

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
  await inWorkspace(deps.database, request.workspaceId, (tx) =>
    createImport(tx, {
      id: importId,
      workspaceId: request.workspaceId,
      mapping: request.mapping,
      actor: request.actor,
      wrappedKey: seal(deps.keys.master, key, `import:${importId}`),
    }),
  );
  const staged = await stageFile(deps, request, importId, key);
  if (staged.kind === "refused") {
    await inWorkspace(deps.database, request.workspaceId, (tx) =>
      setImportState(tx, importId, "failed", {
        problem: staged.problems.map((each) => each.message).join("; "),
      }),
    );
    return staged;
  }
  await inWorkspace(deps.database, request.workspaceId, (tx) =>
    setImportState(tx, importId, "queued", { rows: staged.rows }),
  );
  await deps.ring({ kind: "import", workspaceId: request.workspaceId, importId });
  return { kind: "queued", importId, rows: staged.rows };
}

async function stageFile(
  deps: FlowDeps,
  request: ReceiveRequest,
  importId: string,
  key: Buffer,
): Promise<{ kind: "staged"; rows: number } | { kind: "refused"; problems: readonly MappingProblem[] }> {
  const parser = parse({
    bom: true,
    delimiter: request.mapping.delimiter ?? [",", ";", "\t"],
    max_record_size: RECORD_BYTES_MAX,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  pipeline(request.csv, refuseBinary(), parser, () => undefined);
  let targets: readonly string[] | null = null;
  let batch: string[][] = [];
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
  };
  try {
    for await (const fields of parser as AsyncIterable<string[]>) {
      if (targets === null) {
        const mapped = headersOf(request.mapping, fields);
        if (mapped.problems.length > 0) return { kind: "refused", problems: mapped.problems };
        targets = mapped.columns.map((column) => column.target);
        continue;
      }
      rows += 1;
      batch.push(fields);
      if (batch.length >= ROWS_PER_STAGE) await flush();
    }
    await flush();
  } catch (error) {
    return { kind: "refused", problems: [{ path: "/file", message: csvProblem(error) }] };
  }
  if (targets === null)
    return { kind: "refused", problems: [{ path: "/file", message: "the file is empty" }] };
  return { kind: "staged", rows };
}

function headersOf(mapping: ImportMapping, headers: readonly string[]) {
  if (headers.length > COLUMNS_MAX) {
    const message = `the file has ${headers.length} columns; at most ${COLUMNS_MAX} are read`;
    return { columns: [], problems: [{ path: "/file", message }] };
  }
  return mapHeaders(mapping, headers);
}

class NotText extends Error {}

/** UTF-16 and binary files would be read as nonsense: both show themselves by zero bytes. */
function refuseBinary(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (chunk.includes(0)) done(new NotText("the file is not UTF-8 text; save it as CSV UTF-8"));
      else done(null, chunk);
    },
  });
}

/** The parser's complaint in our words; its own may quote the file's content. */
function csvProblem(error: unknown): string {
  if (error instanceof NotText) return error.message;
  const lines =
    typeof error === "object" && error !== null && "lines" in error
      ? ` near line ${String(error.lines)}`
      : "";
  const code =
    typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unreadable";
  switch (code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return `a quote is opened and never closed${lines}`;
    case "CSV_MAX_RECORD_SIZE":
      return `a row is longer than ${RECORD_BYTES_MAX} bytes${lines}; is a quote missing?`;
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_CLOSING_QUOTE":
      return `a quote stands in the middle of a value${lines}`;
    default:
      return `the file cannot be read as CSV${lines}`;
  }
}
