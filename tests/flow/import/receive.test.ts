import { Readable } from "node:stream";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { IMPORT_MAPPING } from "#flow/contacts/import/mapping";
import { receiveImport } from "#flow/contacts/import/receive-import";
import { runImport } from "#flow/contacts/import/run-import";
import type { Doorbell } from "#flow/deps";
import { createWorkspace, type TestWorkspace } from "../../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.ts";
import { importFile, NEWSLETTER, people, problemsOf, queue, readImport } from "./import-run.ts";

let database: TestDatabase;
let workspace: TestWorkspace;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});

afterAll(async () => {
  await database.drop();
});

/** A workspace of the test's own; all share the database. */
async function inNewWorkspace<T>(work: (workspace: TestWorkspace) => Promise<T>): Promise<T> {
  workspace = await createWorkspace(database.ownerUrl, 3);
  try {
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}

const names = async () => (await people(workspace)).map((person) => person.identity.fullName);

describe("what a file may look like", () => {
  test.each([
    ["with commas", "email,full_name,city\nanna@example.com,Anna; Maria,B\n", "Anna; Maria"],
    ["with semicolons", "email;full_name;city\nanna@example.com;Anna, Maria;B\n", "Anna, Maria"],
    ["with tabs", "email\tfull_name\tcity\nanna@example.com\tAnna, Maria; X\tB\n", "Anna, Maria; X"],
    ["with a byte order mark", "\uFEFFemail,full_name\nanna@example.com,Anna\n", "Anna"],
    ["with Windows line ends", "email,full_name\r\nanna@example.com,Anna\r\n", "Anna"],
    ["with old Mac line ends", "email,full_name\ranna@example.com,Anna\r", "Anna"],
    ["without a last line end", "email,full_name\nanna@example.com,Anna", "Anna"],
    ["with a quoted line break", 'email,full_name\nanna@example.com,"Anna\nMaria"\n', "Anna\nMaria"],
    ["with doubled quotes", 'email,full_name\nanna@example.com,"Anna ""A"" B"\n', 'Anna "A" B'],
    ["with empty lines", "email,full_name\n\n\nanna@example.com,Anna\n\n", "Anna"],
  ])("a file %s is read as its author meant it", async (_sentence, csv, name) => {
    await inNewWorkspace(async () => {
      expect(await importFile(workspace, csv)).toMatchObject({ state: "finished", created: 1, refused: 0 });
      expect(await names()).toEqual([name]);
    });
  });

  test("a character cut in two by the network arrives whole", async () => {
    await inNewWorkspace(async () => {
      const bytes = Buffer.from("email,full_name\nanna@example.com,Zoë 😀\n");
      const cut = Array.from({ length: bytes.length }, (_, place) => bytes.subarray(place, place + 1));
      expect(await problemsOf(workspace, cut)).toEqual([]);
    });
  });

  test("the mapping's delimiter goes before what the header shows", async () => {
    await inNewWorkspace(async () => {
      await importFile(workspace, "email|full_name\nanna@example.com|A, B; C\n", { delimiter: "|" });
      expect(await names()).toEqual(["A, B; C"]);
    });
  });

  test("a mapping puts columns of any name where they belong and leaves the rest unread", async () => {
    await inNewWorkspace(async () => {
      const csv = "Adresse,Kunde,Umsatz,geheim\nanna@example.com,Anna,120,x\n";
      await importFile(workspace, csv, {
        columns: { Adresse: "email", Kunde: "fullName", Umsatz: "attributes.turnover" },
      });
      const [anna] = await people(workspace);
      expect(anna?.identity.fullName).toBe("Anna");
      expect(anna?.record.attributes).toEqual({ turnover: 120 });
    });
  });

  test("a file with a header only is imported as nothing", async () => {
    await inNewWorkspace(async () => {
      expect(await importFile(workspace, "email,full_name\n")).toMatchObject({ state: "finished", rows: 0 });
    });
  });

  test("a received file rings the doorbell with ids only", async () => {
    await inNewWorkspace(async () => {
      const rung: Doorbell[] = [];
      const deps = { ...workspace.deps, ring: async (doorbell: Doorbell) => void rung.push(doorbell) };
      const received = await receiveImport(deps, {
        workspaceId: workspace.workspaceId,
        mapping: NEWSLETTER,
        csv: Readable.from([Buffer.from("email\nanna@example.com\n")]),
        actor: "test",
      });
      if (received.kind === "refused") throw new Error("the file was refused");
      const { workspaceId } = workspace;
      expect(rung).toEqual([{ kind: "import", workspaceId, importId: received.importId }]);
    });
  });
});

describe("what a file must not look like", () => {
  const utf16 = (text: string) => [Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")])];
  test.each([
    ["an empty file", "", /empty/],
    ["a file in UTF-16", utf16("email\nanna@example.com\n"), /not UTF-8/],
    [
      "a file in Latin-1",
      [Buffer.from("email,full_name\na@example.com,M\u00FCller\n", "latin1")],
      /not UTF-8/,
    ],
    ["a file with a NUL byte", "email\nanna@example.com\0\n", /not UTF-8/],
    ["a gzip file", [Buffer.from("1f8b08000000000000034bcd4dccccc1000e8d2a6606000000", "hex")], /not UTF-8/],
    [
      "a file that ends inside a character",
      [Buffer.from("email\na@example.com\n\u00FC").subarray(0, -1)],
      /UTF-8/,
    ],
    ["a quote never closed", 'email\nanna@example.com\n"bert@example.com\n', /never closed near line \d+/],
    ["a quote in the middle of a value", 'email\nan"na@example.com\n', /middle of a value near line 2/],
    ["text after a closing quote", 'email\n"anna"@example.com\n', /middle of a value near line 2/],
    ["no address and no number", "full_name\nAnna\n", /no column is an email address or a phone number/],
    [
      "two columns for one field",
      "email,e-mail\na@example.com,b@example.com\n",
      /two columns are mapped to email/,
    ],
    [
      "201 columns",
      `email,${Array.from({ length: 200 }, (_, place) => `c${place}`).join(",")}\n`,
      /at most 200/,
    ],
    ["a column named __proto__", "email,__proto__\na@example.com,x\n", /__proto__/],
    ["a column named constructor", "email,Constructor\na@example.com,x\n", /constructor/],
    ["an attribute named prototype", "email,attributes.prototype\na@example.com,x\n", /prototype/],
  ])("%s is refused, and the reason says why", async (_sentence, csv, reason) => {
    await inNewWorkspace(async () => {
      expect(await problemsOf(workspace, csv)).toEqual([expect.stringMatching(reason)]);
    });
  });

  test("the complaint about a file quotes nothing of it", async () => {
    await inNewWorkspace(async () => {
      const [problem] = await problemsOf(workspace, 'email\nsecret"canary@example.com\n');
      expect(problem).toMatch(/quote/);
      expect(problem).not.toContain("canary");
    });
  });

  test("a mapping that names a column the file does not have is refused with its place", async () => {
    await inNewWorkspace(async () => {
      const mapping = { columns: { email: "email", Umsatz: "attributes.turnover" } };
      expect(await problemsOf(workspace, "email\na@example.com\n", mapping)).toEqual([
        "the file has no such column",
      ]);
    });
  });

  test.each([
    ["an unknown key", { delimeter: ";" }],
    ["an unknown target", { columns: { a: "emial" } }],
    ["an attribute name that is no name", { columns: { a: "attributes.A b" } }],
    ["a target of the language itself", { columns: { a: "attributes.constructor" } }],
    ["a delimiter of two characters", { delimiter: "::" }],
    ["a channel we do not have", { consentChannel: "fax" }],
  ])("a mapping with %s is refused", (_sentence, mapping) => {
    expect(IMPORT_MAPPING.safeParse(mapping).success).toBe(false);
  });

  test("a refused file leaves nothing staged and no key behind", async () => {
    await inNewWorkspace(async () => {
      const rows = Array.from({ length: 1_200 }, (_, place) => `person${place}@example.com`).join("\n");
      expect(await problemsOf(workspace, `email\n${rows}\n"open`)).toEqual([
        expect.stringMatching(/never closed/),
      ]);
      const left = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
        tx.execute(
          sql`select state, wrapped_key, (select count(*)::int from import_row) as staged from contact_import`,
        ),
      );
      expect([...left]).toEqual([{ state: "failed", wrapped_key: null, staged: 0 }]);
      expect(await people(workspace)).toEqual([]);
    });
  });

  test("an upload that breaks off is a failed import and no contact", async () => {
    await inNewWorkspace(async () => {
      const brokenOff = function* () {
        yield Buffer.from("email\nanna@example.com\n");
        throw new Error("the connection was reset");
      };
      expect(await problemsOf(workspace, brokenOff())).toEqual([expect.stringMatching(/broke off/)]);
    });
  });

  test("a database that is down is not called a bad file", async () => {
    await inNewWorkspace(async () => {
      const rows = Array.from({ length: 600 }, (_, place) => `person${place}@example.com\n`);
      const file = async function* () {
        yield Buffer.from(`email\n${rows.slice(0, 5).join("")}`);
        await workspace.database.close();
        yield Buffer.from(rows.join(""));
      };
      const received = receiveImport(workspace.deps, {
        workspaceId: workspace.workspaceId,
        mapping: NEWSLETTER,
        csv: Readable.from(file(), { objectMode: false }),
        actor: "test",
      });
      await expect(received).rejects.toThrow();
    });
  });
});

describe("files made to break the importer", () => {
  const MEGABYTE = 1024 * 1024;
  /** Peak growth of this process while it reads a file. */
  async function memoryWhile(work: () => Promise<unknown>): Promise<number> {
    const before = process.memoryUsage.rss();
    let peak = before;
    const sampler = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 5);
    await work();
    clearInterval(sampler);
    return Math.max(peak, process.memoryUsage.rss()) - before;
  }
  function* repeat(head: string, piece: string, times: number): Generator<Buffer> {
    yield Buffer.from(head);
    const bytes = Buffer.from(piece);
    for (let time = 0; time < times; time += 1) yield bytes;
  }

  test.each([
    ["a header of a million columns", () => repeat("email,", "c,".repeat(1_000), 1_000)],
    ["a line of 200 MB", () => repeat("email\n", "x".repeat(MEGABYTE), 200)],
    ["a line of 200 MB of nothing but delimiters", () => repeat("email,name\n", ",".repeat(MEGABYTE), 200)],
    [
      "a quote opened and followed by 200 MB",
      () => repeat('email\n"', `${"x".repeat(99)}\n`.repeat(10_000), 200),
    ],
  ])("%s is refused within 100 MB of memory", async (_sentence, file) => {
    await inNewWorkspace(async () => {
      let problems: string[] = [];
      const grown = await memoryWhile(async () => {
        problems = await problemsOf(workspace, file());
      });
      expect(problems).toEqual([expect.stringMatching(/longer than 262144 bytes/)]);
      expect(grown).toBeLessThan(100 * MEGABYTE);
    });
  });

  test("rows that are long but allowed are staged in small parts", async () => {
    await inNewWorkspace(async () => {
      const line = `${"x".repeat(200 * 1024)},a@example.com\n`;
      const grown = await memoryWhile(async () => {
        expect(await problemsOf(workspace, repeat("attributes.note,email\n", line, 400))).toEqual([]);
      });
      expect(grown).toBeLessThan(150 * MEGABYTE);
    });
  });

  test("a row of a hundred thousand values in a file of two columns costs no more than its two", async () => {
    await inNewWorkspace(async () => {
      const line = `a@example.com${",".repeat(100_000)}\n`;
      const grown = await memoryWhile(async () => {
        expect(await problemsOf(workspace, repeat("email,full_name\n", line, 500))).toEqual([]);
      });
      expect(grown).toBeLessThan(150 * MEGABYTE);
    });
  });
});

test("an import that is still being received is not merged, and nothing of it is lost", async () => {
  await inNewWorkspace(async () => {
    const importId = await queue(workspace, "email\nanna@example.com\n");
    await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute(sql`update contact_import set state = 'receiving' where id = ${importId}::uuid`),
    );
    await runImport(workspace.deps, { workspaceId: workspace.workspaceId, importId });
    expect(await people(workspace)).toEqual([]);
    await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute(sql`update contact_import set state = 'queued' where id = ${importId}::uuid`),
    );
    await runImport(workspace.deps, { workspaceId: workspace.workspaceId, importId });
    expect(await readImport(workspace, importId)).toMatchObject({ state: "finished", created: 1 });
  });
});
