import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace, openDatabase } from "#db/database";
import { ensureGates } from "#db/queries/gates";
import { readRegistries } from "#db/queries/law-facts";
import { readCopies } from "#db/queries/registries";
import { pointDraft } from "#flow/contacts/contact-draft";
import type { Doorbell, FlowDeps } from "#flow/deps";
import { retireIndex } from "#flow/keys/rotate-index";
import { runFile } from "#flow/registries/file/run-file";
import { sweepFiles } from "#flow/registries/file/sweep-files";
import { importRegistry } from "#flow/registries/import-registry";
import { createWorkspace, TEST_SECRETS, type TestWorkspace } from "../../support/product.ts";
import { receiveList, takeOverList } from "../../support/registry-file.ts";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.ts";

const [ANN, BOB, CAT] = ["+12125550101", "+12125550102", "+12125550103"] as const;
let database: TestDatabase;
let workspace: TestWorkspace;
let given: { deps: FlowDeps; workspaceId: string };

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl, 8);
  given = { deps: workspace.deps, workspaceId: workspace.workspaceId };
});
afterEach(async () => {
  await workspace.close();
  await database.drop();
});

const inTx = <T>(work: Parameters<typeof inWorkspace<T>>[2]) =>
  inWorkspace(workspace.database, workspace.workspaceId, work);
const count = async (from: string) => {
  const [row] = await inTx((tx) =>
    tx.execute<{ n: number }>(sql.raw(`select count(*)::int as n from ${from}`)),
  );
  return row?.n;
};
const numbersFrom = (first: number, many: number) =>
  Array.from({ length: many }, (_, place) => `212555${String(first + place).padStart(4, "0")}`);
const file = (...numbers: readonly string[]) =>
  `${numbers.map((each) => each.replace("+1", "")).join("\n")}\n`;

async function gatesOf(numbers: readonly string[], deps = workspace.deps): Promise<number[]> {
  const keys = numbers.map((number) => {
    const draft = pointDraft(deps.keys, workspace.workspaceId, "phone", number, true);
    if (draft === null) throw new Error("the test number is none");
    return draft.gateKey;
  });
  return inTx((tx) => ensureGates(tx, workspace.workspaceId, keys));
}

/** Which of these numbers the gate finds on the list, and since when. */
async function listed(numbers: readonly string[], deps = workspace.deps, registryId = "US-NDNCR") {
  const gateIds = await gatesOf(numbers, deps);
  const copies = await inTx((tx) => readRegistries(tx, gateIds));
  const copy = copies.find((each) => each.registryId === registryId);
  return numbers.flatMap((number, place) => {
    const entry = copy?.listed.find((each) => each.gateId === gateIds[place]);
    return entry === undefined ? [] : [entry.listedAt === null ? number : `${number} ${entry.listedAt}`];
  });
}
const versions = async (gateIds: readonly number[]) => {
  const found = await inTx((tx) =>
    tx.execute<{ id: number; version: number }>(sql`select id, version from gate order by id`),
  );
  const byId = new Map(found.map((row) => [row.id, row.version]));
  return gateIds.map((id) => byId.get(id) ?? 0);
};
/** By how much each gate row moved while this was done. */
async function moved(gateIds: readonly number[], work: () => Promise<unknown>): Promise<number[]> {
  const before = await versions(gateIds);
  await work();
  const after = await versions(gateIds);
  return after.map((version, place) => version - (before[place] ?? 0));
}

describe("a file of a list", () => {
  test("is in force when its import ends, and numbers are found that became known before and after", async () => {
    await gatesOf([ANN, BOB]);
    const imported = await takeOverList(given, file(ANN, CAT, ANN));
    expect(imported).toMatchObject({
      state: "finished",
      rows: 3,
      refused: 0,
      added: 2,
      removed: 0,
      contactPoints: 1,
      problem: null,
    });
    expect(await listed([ANN, BOB, CAT])).toEqual([ANN, CAT]);
    expect(await inTx(readCopies)).toMatchObject([{ numbers: 2, asOf: imported.asOf }]);
    expect(await count("registry_part")).toBe(0);
  });

  test("takes the place of the one before: who left it is free, and both lose their permits, nobody else", async () => {
    const gates = await gatesOf([ANN, BOB, CAT]);
    await takeOverList(given, file(ANN, BOB));
    const bumped = await moved(gates, async () => {
      expect(await takeOverList(given, file(BOB, CAT))).toMatchObject({
        added: 1,
        removed: 1,
        contactPoints: 2,
      });
    });
    expect(bumped).toEqual([1, 0, 1]);
    expect(await listed([ANN, BOB, CAT])).toEqual([BOB, CAT]);
    expect(await count("registry_block where version_id not in (select version_id from registry_copy)")).toBe(
      0,
    );
  });

  test("adds, removes and changes what is held, the numbers of the API among it", async () => {
    await takeOverList(given, file(ANN));
    await importRegistry(workspace.deps, {
      workspaceId: workspace.workspaceId,
      actor: "test",
      registryId: "US-NDNCR",
      asOf: new Date(Date.now() - 3_600_000),
      numbers: [{ number: BOB, listedAt: null }],
      append: true,
      isPartial: false,
    });
    expect(await listed([ANN, BOB, CAT])).toEqual([ANN, BOB]);
    await takeOverList({ ...given, mode: "add" }, file(CAT));
    expect(await listed([ANN, BOB, CAT])).toEqual([ANN, BOB, CAT]);
    expect(await count("registry_entry")).toBe(0);
    expect(await takeOverList({ ...given, mode: "remove" }, file(BOB))).toMatchObject({
      added: 0,
      removed: 1,
    });
    expect(await listed([ANN, BOB, CAT])).toEqual([ANN, CAT]);
    const changes = `2125550101,D\n2125550102,A\n2125550103,D\n2125550103,A\n`;
    expect(await takeOverList({ ...given, mode: "changes" }, changes)).toMatchObject({
      added: 1,
      removed: 1,
    });
    // What a file both removes and adds stays on the list.
    expect(await listed([ANN, BOB, CAT])).toEqual([BOB, CAT]);
  });

  test("keeps the day a number was listed, and bumps who is listed anew", async () => {
    const place = { ...given, registryId: "IT-RPO" };
    const gates = await gatesOf(["+390612345678", "+393471234567"]);
    await takeOverList(place, "number,listed_at\n0612345678,2026-01-02\n3471234567,\n");
    const numbers = ["+390612345678", "+393471234567"];
    expect(await listed(numbers, workspace.deps, "IT-RPO")).toEqual([
      "+390612345678 2026-01-02",
      "+393471234567",
    ]);
    const bumped = await moved(gates, () =>
      takeOverList(place, "number,listed_at\n0612345678,2026-03-04\n3471234567,\n"),
    );
    expect(bumped).toEqual([1, 0]);
    expect(await listed(numbers, workspace.deps, "IT-RPO")).toEqual([
      "+390612345678 2026-03-04",
      "+393471234567",
    ]);
  });

  test("in several files is dated by the last one; until then there is no whole copy", async () => {
    await takeOverList({ ...given, isPartial: true }, file(ANN));
    expect(await inTx(readCopies)).toMatchObject([{ asOf: null }]);
    await takeOverList({ ...given, mode: "add", isPartial: true }, file(BOB));
    expect(await inTx(readCopies)).toMatchObject([{ asOf: null }]);
    const last = await takeOverList({ ...given, mode: "add" }, file(CAT));
    expect(await inTx(readCopies)).toMatchObject([{ asOf: last.asOf, numbers: 3 }]);
    expect(await listed([ANN, BOB, CAT])).toEqual([ANN, BOB, CAT]);
  });

  test("of twenty thousand numbers lists each of them and no neighbour", async () => {
    const numbers = Array.from({ length: 20_000 }, (_, place) => String(3_125_550_000 + 2 * place));
    expect(await takeOverList(given, `${numbers.join("\n")}\n`)).toMatchObject({ added: 20_000 });
    const asked = Array.from({ length: 400 }, (_, place) => `+1${3_125_550_000 + 97 * place}`);
    const even = asked.filter((number) => Number(number) % 2 === 0);
    expect(await listed(asked)).toEqual(even);
    // And loses exactly those that a file takes off.
    const gone = numbers.filter((_, place) => place % 3 === 0);
    expect(await takeOverList({ ...given, mode: "remove" }, `${gone.join("\n")}\n`)).toMatchObject({
      added: 0,
      removed: gone.length,
    });
    const left = even.filter((number) => (Number(number.slice(2)) - 3_125_550_000) % 6 !== 0);
    expect(await listed(asked)).toEqual(left);
  });

  test("goes out of force when the API replaces the list", async () => {
    await takeOverList(given, file(ANN));
    const epoch = () =>
      inTx((tx) => tx.execute<{ n: number }>(sql`select policy_epoch::int as n from workspace`)).then(
        ([row]) => row?.n ?? 0,
      );
    const before = await epoch();
    await importRegistry(workspace.deps, {
      workspaceId: workspace.workspaceId,
      actor: "test",
      registryId: "US-NDNCR",
      asOf: new Date(),
      numbers: [{ number: BOB, listedAt: null }],
      append: false,
      isPartial: false,
    });
    expect(await listed([ANN, BOB])).toEqual([BOB]);
    expect(await count("registry_block")).toBe(0);
    expect(await epoch()).toBe(before + 1);
  });
});

describe("the version in force stays", () => {
  beforeEach(async () => {
    await takeOverList(given, file(ANN));
  });
  afterEach(async () => {
    expect(await listed([ANN, BOB])).toEqual([ANN]);
    expect(await count("registry_part")).toBe(0);
    expect(await count("registry_block where version_id not in (select version_id from registry_copy)")).toBe(
      0,
    );
    expect(await takeOverList({ ...given, mode: "add" }, file(CAT))).toMatchObject({ state: "finished" });
  });
  const failed = () => count("registry_import where state = 'failed' and problem is not null");

  test("when an upload breaks off", async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from(file(BOB));
        throw new Error("aborted");
      })(),
    );
    expect(await receiveList(given, broken)).toMatchObject({ kind: "unreadable", message: /broke off/ });
    expect(await failed()).toBe(1);
  });

  test.each([
    ["has no number", "nothing here\nat all\n", /no column of numbers/],
    ["is empty", "", /no number/],
    ["is a file of another kind", `${"name,1\n".repeat(300)}`, /no number/],
    ["is mostly unreadable", `${file(BOB)}${"x1\n".repeat(200)}`, /200 of 201 lines cannot be read/],
    ["is no text", `${BOB}\0\n`, /not UTF-8/],
    ["has no line ends", "1".repeat(100_000), /no end/],
    ["has a header without a column of numbers", "name,city\n", /no column of numbers/],
  ])("when a file %s", async (_name, text, message) => {
    const answer = await receiveList(given, text);
    expect(answer).toMatchObject({ kind: "unreadable" });
    expect("message" in answer ? answer.message : "").toMatch(message);
    expect(await failed()).toBe(1);
  });

  test("when a file is older than it, of the future, or of a list nobody knows", async () => {
    const at = (asOf: Date) => receiveList({ ...given, asOf }, file(BOB));
    expect(await at(new Date(Date.now() - 90_000_000))).toMatchObject({ kind: "as-of-older" });
    expect(await at(new Date(Date.now() + 90_000_000))).toEqual({ kind: "as-of-in-future" });
    expect(await receiveList({ ...given, registryId: "XX-NONE" }, file(BOB))).toEqual({
      kind: "registry-unknown",
    });
  });

  test("when the process that received a file dies; another import may begin after a minute", async () => {
    const never = new Readable({ read: () => undefined });
    never.push(Buffer.from(file(BOB)));
    const dead = receiveList(given, never).catch(() => undefined);
    await expect.poll(() => count("registry_import where state = 'receiving'")).toBe(1);
    await sweepFiles(workspace.deps);
    expect(await receiveList(given, file(BOB))).toMatchObject({ kind: "import-under-way" });
    await inTx((tx) =>
      tx.execute(
        sql`update registry_import set touched_at = touched_at - interval '61 s' where state = 'receiving'`,
      ),
    );
    await sweepFiles(workspace.deps);
    expect(await failed()).toBe(1);
    // Should it live after all, it finds that it was given up.
    never.push(Buffer.from(file(BOB)));
    never.push(null);
    expect(await dead).toMatchObject({ kind: "unreadable", message: /given up/ });
  });
});

describe("two at once", () => {
  test("one import of a list wins, the other is told which one; the API's numbers wait too", async () => {
    const answers = await Promise.all([receiveList(given, file(ANN)), receiveList(given, file(BOB))]);
    expect(answers.map((answer) => answer.kind).sort()).toEqual(["import-under-way", "queued"]);
    const winner = answers.find((answer) => answer.kind === "queued");
    if (winner?.kind !== "queued") throw new Error("nobody won");
    expect(answers).toContainEqual({ kind: "import-under-way", importId: winner.importId });
    const put = {
      workspaceId: workspace.workspaceId,
      actor: "test",
      registryId: "US-NDNCR",
      asOf: new Date(),
      numbers: [],
      append: false,
      isPartial: false,
    };
    expect(await importRegistry(workspace.deps, put)).toEqual({
      kind: "import-under-way",
      importId: winner.importId,
    });
    expect(await takeOverList({ ...given, registryId: "CA-NDNCL" }, "4165550123\n")).toMatchObject({
      state: "finished",
    });
    await runFile(workspace.deps, { workspaceId: workspace.workspaceId, importId: winner.importId });
    expect(await receiveList(given, file(BOB))).toMatchObject({ kind: "queued" });
  });

  test("a change of a list of which there is nothing is refused", async () => {
    expect(await receiveList({ ...given, mode: "add" }, file(ANN))).toEqual({ kind: "no-copy" });
  });

  test("three workers and deaths after every step make the version one worker makes", async () => {
    const numbers = numbersFrom(0, 2_000);
    const gates = await gatesOf(numbers.slice(0, 700).map((number) => `+1${number}`));
    const received = await receiveList(given, `${numbers.join("\n")}\n`);
    if (received.kind !== "queued") throw new Error(received.kind);
    const ask = { workspaceId: workspace.workspaceId, importId: received.importId };
    for (let round = 0; round < 40; round += 1)
      await Promise.all([1, 2, 3].map(() => runFile(workspace.deps, { ...ask, stepsMax: 1 })));
    expect(
      await count("registry_import where state = 'finished' and added = 2000 and contact_points = 700"),
    ).toBe(1);
    expect(Math.min(...(await versions(gates)))).toBeGreaterThan(0);
    expect(await listed([ANN])).toEqual([ANN]);
  });

  test("a file whose worker died is rung for; what has ended is not", async () => {
    await receiveList(given, file(ANN));
    const rung: Doorbell[] = [];
    const deps = { ...workspace.deps, ring: async (doorbell: Doorbell) => void rung.push(doorbell) };
    await sweepFiles(deps);
    expect(rung).toEqual([]);
    await inTx((tx) => tx.execute(sql`update registry_import set touched_at = touched_at - interval '11 s'`));
    await sweepFiles(deps);
    expect(rung).toMatchObject([{ kind: "registry-import", workspaceId: workspace.workspaceId }]);
    await Promise.all(rung.map((each) => each.kind === "registry-import" && runFile(deps, each)));
    await inTx((tx) => tx.execute(sql`update registry_import set touched_at = touched_at - interval '61 s'`));
    await sweepFiles(deps);
    expect(rung).toHaveLength(1);
  });
});

test("no transaction of an import bumps more than a few hundred gate rows", async () => {
  const numbers = numbersFrom(0, 2_000);
  await gatesOf(numbers.map((number) => `+1${number}`));
  expect(await takeOverList(given, `${numbers.join("\n")}\n`)).toMatchObject({ contactPoints: 2_000 });
  const [row] = await inTx((tx) =>
    tx.execute<{ most: number; all: number }>(sql`
      select max(n)::int as most, sum(n)::int as all from (
        select count(*) as n from gate where version > 1 or bumped_by is not null group by bumped_by) bumps`),
  );
  expect(row?.all).toBe(2_000);
  expect(row?.most).toBeLessThanOrEqual(250);
});

test("of the refused lines numbers and reasons are kept, in the order of the file, and nothing they say", async () => {
  const text = `${file(ANN)}call Robert Smith\n\n${file(BOB)}99\n`;
  expect(await takeOverList(given, text)).toMatchObject({
    state: "finished",
    rows: 5,
    refused: 2,
    refusedByReason: { "not-a-number": 2 },
    refusedLines: [
      { line: 2, reason: "not-a-number" },
      { line: 5, reason: "not-a-number" },
    ],
  });
  const owner = postgres(database.ownerUrl, { max: 1 });
  const [dump] = await owner<{ text: string }[]>`
    select (select string_agg(i::text, ' ') from registry_import i) || (select string_agg(b::text, ' ') from registry_block b) as text`;
  await owner.end();
  expect(dump?.text).not.toMatch(/Robert|5550101/);
});

describe("when the index key changes", () => {
  let newer: FlowDeps;
  beforeEach(() => {
    const keys = { ...TEST_SECRETS.index.keys, k2: randomBytes(32).toString("base64") };
    newer = { ...workspace.deps, keys: { ...workspace.deps.keys, index: { current: "k2", keys } } };
  });

  test("numbers known under either key are found, and a list under both counts each number once", async () => {
    await gatesOf([ANN]);
    const imported = await takeOverList({ ...given, deps: newer }, file(ANN, BOB));
    expect(imported).toMatchObject({ added: 2, contactPoints: 1 });
    expect(await listed([ANN])).toEqual([ANN]);
    expect(await listed([BOB], newer)).toEqual([BOB]);
    expect(await inTx(readCopies)).toMatchObject([{ numbers: 2 }]);
    expect(await takeOverList({ ...given, deps: newer }, file(BOB))).toMatchObject({ added: 0, removed: 1 });
  });

  test("the older key is needed as long as a file of before is in force", async () => {
    await takeOverList(given, file(ANN));
    const owner = openDatabase(database.ownerUrl, { role: "none" });
    expect(await retireIndex(owner, "k2", "k1")).toMatchObject({ kind: "needed", needs: { listed: 1 } });
    await takeOverList({ ...given, deps: newer }, file(ANN));
    expect(await retireIndex(owner, "k2", "k1")).toMatchObject({ kind: "retired" });
    await owner.close();
    const only = newer.keys.index.keys["k2"] ?? "";
    const left = { ...newer, keys: { ...newer.keys, index: { current: "k2", keys: { k2: only } } } };
    expect(await listed([ANN], left)).toEqual([ANN]);
    expect(await takeOverList({ ...given, deps: left }, file(BOB))).toMatchObject({ added: 1, removed: 1 });
  });
});

test("a file is received for one workspace and no other", async () => {
  const other = await createWorkspace(database.ownerUrl, 2);
  await takeOverList(given, file(ANN));
  expect(await inWorkspace(other.database, other.workspaceId, readCopies)).toEqual([]);
  const received = await receiveList(given, file(BOB));
  if (received.kind !== "queued") throw new Error(received.kind);
  await runFile(other.deps, { workspaceId: other.workspaceId, importId: received.importId });
  expect(await listed([ANN, BOB])).toEqual([ANN]);
  await other.close();
});
