import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import postgres from "postgres";
import { receiveImport } from "#flow/contacts/import/receive-import";
import { runImport } from "#flow/contacts/import/run-import";
import { createWorkspace } from "../support/product.ts";

export interface ImportBench {
  /** From the first byte of the file to the last merged row. */
  readonly rowsPerSecond: number;
  /** The same lines put by COPY into a plain table without any index. */
  readonly bareCopyRowsPerSecond: number;
  readonly ratio: number;
  readonly peakRssBytes: number;
}

const HEADER = "email,full_name,country,attributes.city,consent_given_at,consent_source,notice_version\n";
const LINES_PER_CHUNK = 500;
const SAMPLE_EVERY_MS = 20;

/**
 * Imports `rows` new contacts with proved consent into a new workspace, and COPYs the same file beside it.
 * @param databaseUrl the owner's login on a migrated database.
 */
export async function benchImport(databaseUrl: string, rows: number): Promise<ImportBench> {
  const workspace = await createWorkspace(databaseUrl);
  let peakRssBytes = 0;
  const sampler = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  }, SAMPLE_EVERY_MS);
  try {
    const { workspaceId } = workspace;
    const startedAt = performance.now();
    const received = await receiveImport(workspace.deps, {
      workspaceId,
      mapping: { consentPurpose: "newsletter" },
      csv: Readable.from(file(rows)),
      actor: "bench",
    });
    if (received.kind === "refused") throw new Error(JSON.stringify(received.problems));
    await runImport(workspace.deps, { workspaceId, importId: received.importId });
    const rowsPerSecond = perSecond(rows, startedAt);
    const bareCopyRowsPerSecond = await bareCopy(databaseUrl, rows);
    return {
      rowsPerSecond,
      bareCopyRowsPerSecond,
      ratio: rowsPerSecond / bareCopyRowsPerSecond,
      peakRssBytes,
    };
  } finally {
    clearInterval(sampler);
    await workspace.close();
  }
}

function* file(rows: number): Generator<Buffer> {
  yield Buffer.from(HEADER);
  for (let first = 0; first < rows; first += LINES_PER_CHUNK) {
    const count = Math.min(LINES_PER_CHUNK, rows - first);
    yield Buffer.from(Array.from({ length: count }, (_, place) => line(first + place)).join(""));
  }
}

const line = (row: number): string =>
  `person${row}@example.com,Person ${row},DE,Berlin,2025-03-01T10:00:00Z,web-form,2026-01\n`;

async function bareCopy(databaseUrl: string, rows: number): Promise<number> {
  const client = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await client.unsafe(`create table bench_copy (email text, full_name text, country text, city text,
      given_at timestamptz, source text, notice_version text)`);
    const startedAt = performance.now();
    const copy = await client`copy bench_copy from stdin (format csv, header)`.writable();
    await pipeline(Readable.from(file(rows)), copy);
    return perSecond(rows, startedAt);
  } finally {
    await client.unsafe("drop table if exists bench_copy");
    await client.end();
  }
}

const perSecond = (rows: number, startedAt: number): number =>
  (rows / (performance.now() - startedAt)) * 1_000;
