import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { csvCell, importRefusalsFile } from "#flow/contacts/import/refusals-file";
import { createWorkspace, type TestWorkspace } from "../../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.ts";
import { importFile, refusals, refusalsText, refusedLines } from "./import-run.ts";

let database: TestDatabase;
let workspace: TestWorkspace;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});

beforeEach(async () => {
  workspace = await createWorkspace(database.ownerUrl, 3);
});

afterEach(async () => {
  await workspace.close();
});

afterAll(async () => {
  await database.drop();
});

test("the error file lists each refusal in file order with row, column, reason and what the file said", async () => {
  const csv = "email,country\nanna@,DE\nbert@example.com,Germany\ncarl@example.com,DE\n,FR\n";
  const job = await importFile(workspace, csv);
  expect(await refusalsText(workspace, job.id)).toMatch(/^row,column,reason,[^\r\n]+\r\n/);
  const lines = await refusedLines(workspace, job.id);
  expect(lines.map((line) => line.slice(0, 3))).toEqual([
    ["1", "email", "email-invalid"],
    ["2", "country", "country-invalid"],
    ["4", "email", "no-contact-point"],
  ]);
  expect(lines.map((line) => line.includes("anna@"))).toEqual([true, false, false]);
  expect(lines.map((line) => line.includes("Germany"))).toEqual([false, true, false]);
});

test("the error file says of each refusal whether the contact was kept", async () => {
  const job = await importFile(workspace, "email,country\nanna@,DE\nbert@example.com,Germany\n");
  const lines = await refusedLines(workspace, job.id);
  expect(lines.map((line) => line[3])).toEqual(["nothing", "the row without this value"]);
});

test("an import without refusals has an error file of its header alone", async () => {
  const job = await importFile(workspace, "email\nanna@example.com\n");
  expect(await refusedLines(workspace, job.id)).toEqual([]);
});

test("an import that does not exist has no error file", async () => {
  const ask = { workspaceId: workspace.workspaceId, importId: randomUUID() };
  expect(await importRefusalsFile(workspace.deps, ask)).toBeNull();
});

test("a file of which 2,300 rows are refused lists them all, once each", async () => {
  const rows = Array.from({ length: 2_300 }, (_, place) => `person${place}@`).join("\n");
  const job = await importFile(workspace, `email\n${rows}\n`);
  expect(job).toMatchObject({ refused: 2_300, created: 0, refusedByReason: { "email-invalid": 2_300 } });
  const listed = await refusals(workspace, job.id);
  expect(listed.length).toBe(2_300);
  expect(new Set(listed).size).toBe(2_300);
  expect(listed.at(-1)).toBe("2300 email email-invalid");
});

describe("no cell of the error file is a formula", () => {
  const DANGEROUS = /^[=+\-@\t\r\0]/;

  test.each([
    ["=cmd|' /C calc'!A0"],
    ["+1"],
    ["-1"],
    ["@SUM(A1:A9)"],
    ["\t=1"],
    ["\r=1"],
    ["\0=1"],
    ['=HYPERLINK("http://x","y")'],
  ])("%j gets a leading apostrophe", (value) => {
    expect(csvCell(value).replace(/^"/, "").startsWith("'")).toBe(true);
  });

  test.each([["anna@example.com"], ["Anna"], ["1"], [""], ["'quoted'"]])("%j stays as it is", (value) => {
    expect(csvCell(value)).toBe(value);
  });

  test.each([
    ["=1+1,DE"],
    ["@SUM(1),DE"],
    ["-2@,DE"],
    ["a@example.com,=cmd|' /C calc'!A0"],
    ['"""=1"",@x",DE'],
    ['"=1\r\n=2",DE'],
  ])("the row %j comes back harmless", async (row) => {
    const job = await importFile(workspace, `email,country\n${row}\n`);
    const cells = (await refusedLines(workspace, job.id)).flat();
    expect(cells.length).toBeGreaterThan(3);
    expect(cells.filter((cell) => DANGEROUS.test(cell))).toEqual([]);
  });
});
