import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { lockGates } from "#db/queries/gates";
import { importRefusalsFile } from "#flow/contacts/import/refusals-file";
import { runImport } from "#flow/contacts/import/run-import";
import { createWorkspace, type TestWorkspace } from "../../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.ts";
import { gateIdOf, importFile, people, queue, readImport, storyOf } from "./import-run.ts";

let database: TestDatabase;
let workspace: TestWorkspace;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl, 6);
});

afterEach(async () => {
  await workspace.close();
  await database.drop();
});

const GIVEN = "2025-01-10T10:00:00Z";
const ROWS = 1_700;

/** Every fifth row is refused, every seventh has no consent: 1,166 of 1,700 are neither. */
function longFile(): string {
  const lines = Array.from({ length: ROWS }, (_, place) => {
    const address = place % 5 === 0 ? `person${place}@` : `person${place}@example.com`;
    return place % 7 === 0 ? `${address},,,` : `${address},${GIVEN},web-form,2026-01`;
  });
  return `email,consent_given_at,consent_source,notice_version\n${lines.join("\n")}\n`;
}

const count = async (statement: ReturnType<typeof sql>): Promise<number> => {
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ count: number }>(statement),
  );
  return row?.count ?? -1;
};

const totals = async (importId: string) => {
  const { created, updated, unchanged, refused, mergedRows, consentRaised, refusedByReason, state } =
    await readImport(workspace, importId);
  return {
    ...{ created, updated, unchanged, refused, mergedRows, consentRaised, refusedByReason, state },
    contacts: await count(sql`select count(*)::int from contact`),
    events: await count(sql`select count(*)::int from consent_event`),
    refusals: await count(sql`select count(*)::int from import_refusal`),
    staged: await count(sql`select count(*)::int from import_row`),
  };
};

const WHOLE = {
  state: "finished",
  created: 1_360,
  updated: 0,
  unchanged: 0,
  refused: 340,
  mergedRows: ROWS,
  consentRaised: 1_166,
  refusedByReason: { "email-invalid": 340 },
  contacts: 1_360,
  events: 1_166,
  refusals: 340,
  staged: 0,
};

describe("an import that is interrupted", () => {
  test.each([1, 2, 3])("goes on after part %i, nothing lost and nothing doubled", async (chunksMax) => {
    const importId = await queue(workspace, longFile());
    const ask = { workspaceId: workspace.workspaceId, importId };
    expect(await runImport(workspace.deps, { ...ask, chunksMax })).toEqual({ finished: false });
    expect(await readImport(workspace, importId)).toMatchObject({
      state: "merging",
      mergedRows: 500 * chunksMax,
    });
    expect(await runImport(workspace.deps, ask)).toEqual({ finished: true });
    expect(await totals(importId)).toEqual(WHOLE);
  });

  test("by the death of its worker in the middle of a part does that part again, whole", async () => {
    const importId = await queue(workspace, longFile());
    const ask = { workspaceId: workspace.workspaceId, importId };
    const worker = startMergingProcess(ask);
    await untilMergingAPart(importId);
    worker.kill("SIGKILL");
    await once(worker, "exit");
    expect(await readImport(workspace, importId)).toMatchObject({ state: "merging" });
    await runImport(workspace.deps, ask);
    expect(await totals(importId)).toEqual(WHOLE);
  });

  test("and rung twice at once is merged once, in file order", async () => {
    const importId = await queue(workspace, longFile());
    const ask = { workspaceId: workspace.workspaceId, importId };
    await Promise.all([1, 2, 3].map(() => runImport(workspace.deps, ask)));
    expect(await totals(importId)).toEqual(WHOLE);
  });

  test("and rung again after its end does nothing", async () => {
    const importId = await queue(workspace, longFile());
    const ask = { workspaceId: workspace.workspaceId, importId };
    await runImport(workspace.deps, ask);
    expect(await runImport(workspace.deps, ask)).toEqual({ finished: true });
    expect(await totals(importId)).toEqual(WHOLE);
  });
});

/** A process of its own that merges an import, to be killed. */
function startMergingProcess(ask: { readonly workspaceId: string; readonly importId: string }) {
  const script = fileURLToPath(new URL("./merge-in-child.ts", import.meta.url));
  return spawn(process.execPath, ["--import", "tsx", script], {
    env: {
      ...process.env,
      MERGE: JSON.stringify({ ask, ownerUrl: database.ownerUrl, keys: workspace.deps.keys }),
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** Waits until one part is merged and the next is being worked on. */
async function untilMergingAPart(importId: string): Promise<void> {
  const owner = postgres(database.ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    const deadline = performance.now() + 20_000;
    while (performance.now() < deadline) {
      const [seen] = await owner`
        select 1 from contact_import where id = ${importId} and merged_rows = 500 and exists (
          select 1 from pg_stat_activity
          where application_name = 'merge-in-child' and xact_start < clock_timestamp() - interval '5 ms')`;
      if (seen !== undefined) return;
    }
    throw new Error("the import was never seen at work");
  } finally {
    await owner.end();
  }
}

describe("locks", () => {
  test("a stop on a key does not wait for a part that has not come to its gate rows yet", async () => {
    await importFile(workspace, longFile());
    const gates = await Promise.all(
      [1, 700, 1_601].map((place) => gateIdOf(workspace, `person${place}@example.com`)),
    );
    const later = longFile().replaceAll(GIVEN, "2025-02-01T00:00:00Z");
    const importId = await queue(workspace, later);
    const importing = runImport(workspace.deps, { workspaceId: workspace.workspaceId, importId });
    let isDone = false;
    const ended = importing.finally(() => {
      isDone = true;
    });
    const waits: number[] = [];
    while (!isDone) {
      const startedAt = performance.now();
      await inWorkspace(workspace.database, workspace.workspaceId, (tx) => lockGates(tx, gates));
      waits.push(performance.now() - startedAt);
    }
    await ended;
    expect(waits.length).toBeGreaterThan(3);
    expect(Math.max(...waits)).toBeLessThan(1_000);
    expect(await storyOf(workspace, "person1@example.com")).toEqual(["given", "given"]);
  });

  test("two imports and a writer of the same gate rows in any order never deadlock", async () => {
    await importFile(workspace, longFile());
    const addresses = Array.from({ length: 40 }, (_, place) => `person${place * 40 + 1}@example.com`);
    const gates = await Promise.all(addresses.map((address) => gateIdOf(workspace, address)));
    const forward = longFile().replaceAll(GIVEN, "2025-02-01T00:00:00Z");
    const [header = "", ...lines] = longFile()
      .replaceAll(GIVEN, "2025-03-01T00:00:00Z")
      .trimEnd()
      .split("\n");
    const backward = `${header},country\n${lines
      .map((line) => `${line},AT`)
      .reverse()
      .join("\n")}\n`;
    let isDone = false;
    const imports = Promise.all([importFile(workspace, forward), importFile(workspace, backward)]).finally(
      () => {
        isDone = true;
      },
    );
    const writer = (async () => {
      let rounds = 0;
      while (!isDone) {
        await inWorkspace(workspace.database, workspace.workspaceId, (tx) => lockGates(tx, gates));
        rounds += 1;
      }
      return rounds;
    })();
    const jobs = await imports;
    expect(jobs.map((job) => [job.state, job.mergedRows])).toEqual([
      ["finished", ROWS],
      ["finished", ROWS],
    ]);
    expect(await writer).toBeGreaterThan(0);
    expect(await count(sql`select count(*)::int from contact`)).toBe(1_360);
  });
});

describe("tenancy", () => {
  test("one workspace sees nothing of another's import, rows or error file, and cannot run it", async () => {
    const other = await createWorkspace(database.ownerUrl, 2);
    const importId = await queue(workspace, "email\nanna@example.com\nbroken\n");
    expect(await runImport(other.deps, { workspaceId: other.workspaceId, importId })).toEqual({
      finished: true,
    });
    const seen = await inWorkspace(other.database, other.workspaceId, (tx) =>
      tx.execute(sql`select (select count(*)::int from contact_import) as imports,
        (select count(*)::int from import_row) as rows, (select count(*)::int from import_refusal) as refusals`),
    );
    expect([...seen]).toEqual([{ imports: 0, rows: 0, refusals: 0 }]);
    expect(await importRefusalsFile(other.deps, { workspaceId: other.workspaceId, importId })).toBeNull();
    await runImport(workspace.deps, { workspaceId: workspace.workspaceId, importId });
    expect(await readImport(workspace, importId)).toMatchObject({ created: 1, refused: 1 });
    expect(await people(other)).toEqual([]);
    await other.close();
  });

  test("outside a workspace nothing of an import is seen", async () => {
    await queue(workspace, "email\nanna@example.com\n");
    const seen = await outsideWorkspaces(workspace.database, (tx) =>
      tx.execute(sql`select (select count(*)::int from contact_import) as imports,
        (select count(*)::int from import_row) as rows`),
    );
    expect([...seen]).toEqual([{ imports: 0, rows: 0 }]);
  });

  test("the same address in two workspaces is two contacts with two keys", async () => {
    const other = await createWorkspace(database.ownerUrl, 2);
    await importFile(workspace, "email\nanna@example.com\n");
    await importFile(other, "email\nanna@example.com\n");
    const [mine] = await people(workspace);
    const [theirs] = await people(other);
    expect(mine?.record.id).not.toBe(theirs?.record.id);
    expect(await gateIdOf(workspace, "anna@example.com")).not.toBe(await gateIdOf(other, "anna@example.com"));
    await other.close();
  });
});

test("no table holds a name, address or number of a file in the clear, staged, merged or refused", async () => {
  const canaries = ["canaryaddress", "canaryname", "30901820", "canarysource", "canaryrefused"];
  const csv =
    "email,full_name,given_name,phone,consent_given_at,consent_source,notice_version\n" +
    `canaryaddress@example.com,Canaryname,Canaryname,+4930901820,${GIVEN},canarysource,2026-01\n` +
    `canaryrefused@,Canaryname,Canaryname,+49123,${GIVEN},canarysource,2026-01\n`;
  const importId = await queue(workspace, csv);
  expect(await tablesHolding(canaries)).toEqual([]);
  await runImport(workspace.deps, { workspaceId: workspace.workspaceId, importId });
  expect(await readImport(workspace, importId)).toMatchObject({ created: 1, refused: 1, consentRaised: 1 });
  expect(await tablesHolding(canaries)).toEqual([]);
  // The search finds what stands in the clear.
  expect(await tablesHolding(["Acme GmbH".toLowerCase()])).toEqual(["sender"]);
});

/** Tables with a row whose text, or whose bytes, hold one of these (lower case). */
async function tablesHolding(words: readonly string[]): Promise<string[]> {
  const owner = postgres(database.ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    const tables = await owner<{ name: string }[]>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`;
    const found: string[] = [];
    for (const { name } of tables) {
      const rows = await owner.unsafe(`select t::text as text from ${name} t`);
      const texts = rows.map((row) => String(row["text"]).toLowerCase());
      const holds = words.some((word) => {
        const hex = Buffer.from(word).toString("hex");
        return texts.some((text) => text.includes(word) || text.includes(hex));
      });
      if (holds) found.push(name.replace("public.", ""));
    }
    return found;
  } finally {
    await owner.end();
  }
}
