import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { createContact } from "#flow/contacts/contacts";
import { stopPerson } from "#flow/stops/stop-person";
import { createWorkspace, type TestWorkspace } from "../../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.ts";
import { gateIdOf, gateVersion, importFile, people, refusals, refusedLines } from "./import-run.ts";

let database: TestDatabase;
let workspace: TestWorkspace;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});

beforeEach(async () => {
  workspace = await createWorkspace(database.ownerUrl, 6);
});

afterEach(async () => {
  await workspace.close();
});

afterAll(async () => {
  await database.drop();
});

const PHONE = "+4930901820";

describe("who a row is about", () => {
  test("an address that is known updates its contact and makes none", async () => {
    await importFile(workspace, "email,full_name,country\nanna@example.com,Anna,DE\n");
    const job = await importFile(workspace, "email,full_name,city\nanna@example.com,Anna Maria,Bonn\n");
    expect(job).toMatchObject({ created: 0, updated: 1, unchanged: 0, refused: 0 });
    const [anna, ...others] = await people(workspace);
    expect(others).toEqual([]);
    expect(anna?.identity.fullName).toBe("Anna Maria");
    expect(anna?.record.country).toBe("DE");
  });

  test("the same file a second time changes nothing", async () => {
    const csv = `email,phone,full_name,country\nanna@example.com,${PHONE},Anna,DE\n`;
    await importFile(workspace, csv);
    const gateId = await gateIdOf(workspace, "anna@example.com");
    const version = await gateVersion(workspace, gateId);
    expect(await importFile(workspace, csv)).toMatchObject({ created: 0, updated: 0, unchanged: 1 });
    expect(await gateVersion(workspace, gateId)).toBe(version);
  });

  test("an empty cell says nothing and deletes nothing", async () => {
    await importFile(workspace, "email,full_name,country\nanna@example.com,Anna,DE\n");
    await importFile(workspace, "email,full_name,country\nanna@example.com,,\n");
    const [anna] = await people(workspace);
    expect([anna?.identity.fullName, anna?.record.country]).toEqual(["Anna", "DE"]);
  });

  test("a key repeated in one file is applied in file order, the last one counts", async () => {
    const csv =
      "email,full_name,country\na@example.com,First,DE\nb@example.com,B,DE\na@example.com,Second,AT\na@example.com,Third,\n";
    expect(await importFile(workspace, csv)).toMatchObject({ rows: 4, created: 2, updated: 2 });
    const [first] = await people(workspace);
    expect([first?.identity.fullName, first?.record.country]).toEqual(["Third", "AT"]);
  });

  test("file order holds across the parts a long file is merged in", async () => {
    const rows = Array.from({ length: 1_600 }, (_, place) =>
      place % 400 === 0 ? `same@example.com,Version ${place}` : `person${place}@example.com,P`,
    );
    expect(await importFile(workspace, `email,full_name\n${rows.join("\n")}\n`)).toMatchObject({
      rows: 1_600,
      mergedRows: 1_600,
      created: 1_597,
      updated: 3,
    });
    const same = (await people(workspace)).filter((person) => person.points.includes("same@example.com"));
    expect(same.map((person) => person.identity.fullName)).toEqual(["Version 1200"]);
  });

  test("two people who share a number stay two people", async () => {
    const csv = `email,full_name,phone\nbert@example.com,Bert,${PHONE}\nanna@example.com,Anna,${PHONE}\n`;
    expect(await importFile(workspace, csv)).toMatchObject({ created: 2, updated: 0 });
    expect(await importFile(workspace, csv)).toMatchObject({ created: 0, unchanged: 2 });
    expect((await people(workspace)).map((person) => [person.identity.fullName, ...person.points])).toEqual([
      ["Anna", PHONE, "anna@example.com"],
      ["Bert", PHONE, "bert@example.com"],
    ]);
  });

  test("a new address beside a known number does not take over the person behind the number", async () => {
    await importFile(workspace, `email,full_name,phone\nbert@example.com,Bert,${PHONE}\n`);
    await importFile(workspace, `email,full_name,phone\nanna@example.com,Anna,${PHONE}\n`);
    expect((await people(workspace)).map((person) => person.identity.fullName)).toEqual(["Anna", "Bert"]);
  });

  test("a row with a number alone finds the person who had it first", async () => {
    await importFile(workspace, `email,full_name,phone\nbert@example.com,Bert,${PHONE}\n`);
    const job = await importFile(workspace, `phone,city\n${PHONE},Bonn\n`);
    expect(job).toMatchObject({ created: 0, unchanged: 1 });
  });

  test("a known contact gets the number that a later file adds", async () => {
    await importFile(workspace, "email\nanna@example.com\n");
    expect(await importFile(workspace, `email,phone\nanna@example.com,${PHONE}\n`)).toMatchObject({
      updated: 1,
    });
    const [anna, ...others] = await people(workspace);
    expect(anna?.points).toEqual([PHONE, "anna@example.com"]);
    expect(others).toEqual([]);
  });

  test("an address with another tag is another contact behind the same gate row", async () => {
    await importFile(workspace, "email\nanna+shop@example.com\nanna+news@example.com\n");
    const gates = (await people(workspace)).flatMap((person) =>
      person.record.points.map((point) => point.gateId),
    );
    expect(gates.length).toBe(2);
    expect(new Set(gates).size).toBe(1);
  });

  test("the same new address in two files merged at once becomes one contact", async () => {
    const rows = Array.from({ length: 900 }, (_, place) => `person${place}@example.com,P${place}`).join("\n");
    const csv = `email,full_name\n${rows}\n`;
    const jobs = await Promise.all([importFile(workspace, csv), importFile(workspace, csv)]);
    expect(jobs.map((job) => job.state)).toEqual(["finished", "finished"]);
    expect(jobs.reduce((sum, job) => sum + job.created, 0)).toBe(900);
    expect((await people(workspace)).length).toBe(900);
  });

  test("an address that an API caller adds while a file is merged becomes one contact", async () => {
    const addresses = Array.from({ length: 400 }, (_, place) => `person${place}@example.com`);
    const importing = importFile(workspace, `email\n${addresses.join("\n")}\n`);
    const created = await Promise.all(
      addresses.slice(0, 60).map((email) =>
        createContact(workspace.deps, {
          workspaceId: workspace.workspaceId,
          actor: "test",
          person: {},
          email,
        }),
      ),
    );
    await importing;
    expect(created.filter((each) => each.kind !== "created" && each.kind !== "exists")).toEqual([]);
    expect((await people(workspace)).length).toBe(400);
  });
});

describe("what changes for permits already given", () => {
  test.each([
    ["another country", "email,country\nanna@example.com,AT\n"],
    ["another kind of party", "email,party\nanna@example.com,business\n"],
    ["another region", "email,region\nanna@example.com,BY\n"],
  ])("%s makes the permits of all addresses and numbers of the contact stale", async (_sentence, csv) => {
    await importFile(workspace, `email,phone,country\nanna@example.com,${PHONE},DE\n`);
    const gates = [await gateIdOf(workspace, "anna@example.com"), await gateIdOf(workspace, PHONE, "phone")];
    const before = await Promise.all(gates.map((gateId) => gateVersion(workspace, gateId)));
    await importFile(workspace, csv);
    const after = await Promise.all(gates.map((gateId) => gateVersion(workspace, gateId)));
    expect(after).toEqual(before.map((version) => version + 1));
  });
});

describe("values that are refused, and the rest of their row kept", () => {
  test.each([
    ["a country that is no code", "email,country", "a@example.com,Germany", "1 country country-invalid"],
    ["a language that is no tag", "email,language", "a@example.com,deutsch!", "1 language language-invalid"],
    ["an unknown party", "email,party", "a@example.com,robot", "1 party party-invalid"],
    ["a number without a country", "email,phone", "a@example.com,030 901820", "1 phone phone-invalid"],
    ["a number that cannot exist", "email,phone", "a@example.com,+49123", "1 phone phone-invalid"],
    [
      "a text with a number in it",
      "email,phone",
      `a@example.com,call ${PHONE} please`,
      "1 phone phone-invalid",
    ],
    [
      "a name of 1,001 characters",
      "email,full_name",
      `a@example.com,${"x".repeat(1_001)}`,
      "1 fullName too-long",
    ],
    ["a bad address beside a good number", "email,phone", `a@b@c,${PHONE}`, "1 email email-invalid"],
  ])("%s", async (_sentence, header, row, refusal) => {
    const job = await importFile(workspace, `${header}\n${row}\n`);
    expect(job).toMatchObject({ state: "finished", created: 1, refused: 0 });
    expect(await refusals(workspace, job.id)).toEqual([refusal]);
    expect(job.refusedByReason).toEqual({ [refusal.split(" ")[2] ?? ""]: 1 });
  });

  test("a national number is read by the country of its row", async () => {
    await importFile(workspace, "email,phone,country\na@example.com,030 901820,DE\n");
    expect((await people(workspace)).map((person) => person.points)).toEqual([[PHONE, "a@example.com"]]);
  });

  test("the country of a contact that only has a number is the number's", async () => {
    await importFile(workspace, `phone\n${PHONE}\n`);
    expect((await people(workspace)).map((person) => person.record.country)).toEqual(["DE"]);
  });

  test("numbers and yes/no attributes are kept as such, everything else as text", async () => {
    await importFile(
      workspace,
      "email,attributes.a,attributes.b,attributes.c,attributes.d\na@example.com,12.5,true,007,1e5\n",
    );
    const [anna] = await people(workspace);
    expect(anna?.record.attributes).toEqual({ a: 12.5, b: true, c: "007", d: "1e5" });
  });

  test("a character that the length limit cuts in two does not stop the import", async () => {
    const long = `${"x".repeat(999)}😀`;
    const job = await importFile(
      workspace,
      `email,attributes.note\na@example.com,${long}\nb@example.com,ok\n`,
    );
    expect(job).toMatchObject({ state: "finished", created: 2 });
    expect(await refusals(workspace, job.id)).toEqual(["1 attributes.note too-long"]);
  });
});

describe("rows that are refused whole", () => {
  test.each([
    ["no address and no number", ",Anna,DE", "1 email no-contact-point"],
    ["an address with a line break", '"a@example.com\nBcc: x@example.com",Anna,DE', "1 email email-invalid"],
    ["two addresses in one cell", "a@example.com b@example.com,Anna,DE", "1 email email-invalid"],
    ["an address without a domain", "anna@localhost,Anna,DE", "1 email email-invalid"],
    ["a value too many", "a@example.com,Anna,Maria,DE", "1 row column-count"],
    ["a value too few", "a@example.com,DE", "1 row column-count"],
  ])("%s", async (_sentence, row, refusal) => {
    const job = await importFile(workspace, `email,full_name,country\n${row}\nb@example.com,Bert,DE\n`);
    expect(job).toMatchObject({ rows: 2, mergedRows: 2, created: 1, refused: 1 });
    expect(await refusals(workspace, job.id)).toEqual([refusal]);
    expect((await people(workspace)).map((person) => person.points)).toEqual([["b@example.com"]]);
  });

  test("a person who was erased does not come back by a file, under no spelling of the address", async () => {
    const { workspaceId } = workspace;
    await stopPerson(workspace.deps, {
      workspaceId,
      gateId: await gateIdOf(workspace, "anna@example.com"),
      channel: "email",
      contactId: null,
      target: { kind: "everything" },
      suppression: "erasure",
      method: "api",
      actor: "test",
      claimed: false,
      campaignId: null,
      offersUndo: false,
      requestedAt: new Date(),
    });
    const job = await importFile(
      workspace,
      `email,full_name,phone\nanna@example.com,Anna,nonsense\nANNA+x@Example.com,Anna,\nbert@example.com,Bert,\n`,
    );
    expect(job).toMatchObject({ created: 1, refused: 2, refusedByReason: { "erased-person": 2 } });
    expect((await people(workspace)).map((person) => person.identity.fullName)).toEqual(["Bert"]);
    expect((await refusedLines(workspace, job.id)).map((line) => line.slice(2))).toEqual([
      ["erased-person", "nothing", ""],
      ["erased-person", "nothing", ""],
    ]);
  });
});
