import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type Database, openDatabase, outsideWorkspaces } from "#db/database";
import { type DatabasePath, databasePath } from "../support/database-path.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const TRANSACTIONS_AT_ONCE = 30;
const BREAKS = 12;
const SETTLED_MS = 5_000;

let database: TestDatabase;
let way: DatabasePath;
let owner: postgres.Sql;
let victim: Database;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  way = await databasePath(database.ownerUrl);
  await way.open();
  owner = postgres(database.ownerUrl, { max: 1 });
  victim = openDatabase(way.url, { connectionsMax: 12, applicationName: "victim" });
});

afterEach(async () => {
  await victim.close();
  await way.close();
  await owner.end();
  await database.drop();
});

/** A transaction that leaves a mark and looks for it later: `strange` if it is not in its own transaction any more. */
async function markAndLook(mark: string): Promise<"done" | "strange"> {
  return outsideWorkspaces(victim, async (tx) => {
    await tx.execute(sql`select set_config('test.mark', ${mark}, true)`);
    // Some do something else in between, and do not notice that their connection broke meanwhile.
    if (Math.random() < 0.3) await sleep(Math.random() * 300);
    const [row] = await tx.execute<{ mark: string }>(sql`select current_setting('test.mark', true) as mark`);
    return row?.mark === mark ? "done" : "strange";
  });
}

const wayClosed = async () => {
  await way.close();
  await sleep(Math.random() * 300);
  await way.open();
};
const backendsEnded = () =>
  owner`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'victim' and datname = current_database()`;

test.each([
  ["the way to the server breaks", wayClosed],
  ["the server ends the connections", backendsEnded],
])(
  "when %s every transaction ends, none goes on outside of itself, and work goes on",
  async (_how, breakAll) => {
    const counts = { done: 0, strange: 0, failed: 0 };
    let isOver = false;
    const work = async (place: number) => {
      for (let turn = 0; !isOver; turn += 1) {
        const outcome = await markAndLook(`${place}/${turn}`).catch(() => "failed" as const);
        counts[outcome] += 1;
        if (outcome === "failed") await sleep(20);
      }
    };
    const working = Promise.all(Array.from({ length: TRANSACTIONS_AT_ONCE }, (_, place) => work(place)));
    for (let round = 0; round < BREAKS; round += 1) {
      await sleep(200 + Math.random() * 200);
      await breakAll();
    }
    const { done } = counts;
    await sleep(1_000);
    isOver = true;
    const outcome = await Promise.race([working, sleep(SETTLED_MS, "hung" as const)]);
    expect(outcome).not.toBe("hung");
    expect(counts.strange).toBe(0);
    expect(counts.failed).toBeGreaterThan(0);
    expect(counts.done).toBeGreaterThan(done);
  },
);

test("statements sent together are one transaction: all of them, or none, and never half on another connection", async () => {
  await owner`create table tally (id int primary key)`;
  await owner`grant insert, select on tally to consentry_app`;
  const insert = (id: number) => ({ text: "insert into tally values ($1)", values: [id] });
  await expect(victim.together([insert(1), insert(2), insert(2), insert(3)])).rejects.toThrow("duplicate");
  expect(await owner`select id from tally`).toEqual([]);
  const rows = await victim.together([
    insert(1),
    { text: "select id, $1::int as asked from tally", values: [7] },
  ]);
  expect(rows.map((row) => ({ ...row }))).toEqual([{ id: 1, asked: 7 }]);

  // Pairs, written while the connections break: each is there whole or not at all.
  const told = new Set<number>();
  let isOver = false;
  let next = 10;
  const work = async () => {
    while (!isOver) {
      next += 2;
      const id = next;
      await victim.together([insert(id), insert(id + 1)]).then(
        () => told.add(id),
        () => sleep(20),
      );
    }
  };
  const working = Promise.all(Array.from({ length: 8 }, work));
  for (let round = 0; round < BREAKS; round += 1) {
    await sleep(150 + Math.random() * 100);
    await (round % 2 === 0 ? wayClosed() : backendsEnded());
  }
  isOver = true;
  expect(await Promise.race([working, sleep(SETTLED_MS, "hung" as const)])).not.toBe("hung");
  const found = await owner<{ id: number }[]>`select id from tally where id >= 10 order by id`;
  const ids = new Set(found.map((row) => row.id));
  expect(told.size).toBeGreaterThan(100);
  for (const id of told) expect(ids.has(id) && ids.has(id + 1)).toBe(true);
  const halves = [...ids].filter((id) => !ids.has(id ^ 1));
  expect(halves).toEqual([]);
});

test("an error of the work itself rolls back, and the connection is used again", async () => {
  const only = openDatabase(database.ownerUrl, { connectionsMax: 1 });
  const pid = () =>
    outsideWorkspaces(only, async (tx) => {
      const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      return row?.pid;
    });
  const before = await pid();
  const failing = outsideWorkspaces(only, async (tx) => {
    await tx.execute(sql`select set_config('test.mark', 'x', false)`);
    throw new RangeError("of the work");
  });
  await expect(failing).rejects.toThrow(RangeError);
  await expect(outsideWorkspaces(only, (tx) => tx.execute(sql`select 1 / 0`))).rejects.toThrow();
  expect(await pid()).toBe(before);
  await only.close();
});
