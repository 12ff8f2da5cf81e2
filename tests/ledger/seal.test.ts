import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { readLedger } from "#db/queries/ledger";
import { ledgerExport } from "#flow/ledger/export";
import { sealBatch } from "#flow/ledger/seal";
import { exportedKeys } from "#flow/ledger/verify";
import { TEST_SECRETS } from "../support/product.ts";
import { type LedgerBed, ledgerBed, randomFrom } from "./ledger-bed.ts";

let bed: LedgerBed;
let gates: number[];
beforeAll(async () => {
  bed = await ledgerBed(inject("postgresUrl"));
  gates = await bed.gates(20);
});
afterAll(() => bed.close());

const clean = { finding: null };
const sizeOf = async () => {
  const [row] = await bed.root<{ size: number; events: number }[]>`
    select size::int, (select count(*)::int from consent_event) as events from ledger`;
  return row;
};
const fileNamed = (end: string) =>
  join(bed.directory, readdirSync(bed.directory).find((name) => name.endsWith(end)) ?? "");

describe("sealing", () => {
  test("takes every event once, whatever the batches, and the files and the database verify", async () => {
    const random = randomFrom(1);
    for (let round = 0; round < 12; round += 1) {
      for (let each = 0; each < 5; each += 1)
        await bed.write(Array.from({ length: 1 + random(6) }, () => gates[random(20)] ?? 0));
      await bed.seal([1, 3, 7, 10_000][round % 4]);
      const sizes = await sizeOf();
      expect(sizes?.size).toBe(sizes?.events);
    }
    const verified = await bed.verify({ database: true });
    expect(verified).toMatchObject(clean);
    expect(verified.events).toBe((await sizeOf())?.events);
    expect(await bed.verify()).toMatchObject(clean);
  });

  test("leaves out what an open transaction may still add to, and loses nothing when that one ends last", async () => {
    const before = (await sizeOf())?.events ?? 0;
    const slow = bed.root.begin(async (sql) => {
      await sql`insert into worker_session (id, started_at, heartbeat_at) values (gen_random_uuid(), now(), now())`;
      await bed.write([gates[0] ?? 0]);
      await bed.sealNow();
      return (await outsideWorkspaces(bed.ledgerDatabase, readLedger)).size;
    });
    expect(await slow).toBe(before);
    await bed.seal();
    expect((await sizeOf())?.size).toBe(before + 1);
  });

  test("keeps a key's events in order when the later one's transaction began first, and one between them is open", async () => {
    const [key = 0] = gates;
    const { database, workspaceId } = bed.workspace;
    const [begun, mayAppend, opened, mayEnd] = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    if (!begun || !mayAppend || !opened || !mayEnd) throw new Error("four promises were made");
    const early = inWorkspace(database, workspaceId, async (tx) => {
      await tx.execute(sql`select pg_current_xact_id()`);
      begun.resolve();
      await mayAppend.promise;
      await bed.append(tx, [key]);
    });
    await begun.promise;
    const between = bed.root.begin(async (root) => {
      await root`select pg_current_xact_id()`;
      opened.resolve();
      await mayEnd.promise;
    });
    try {
      await opened.promise;
      await bed.write([key]);
      mayAppend.resolve();
      await early;
      await bed.sealNow();
      expect((await bed.verify()).finding?.kind).not.toBe("tampered");
    } finally {
      mayEnd.resolve();
      await between;
    }
    await bed.seal();
    expect(await bed.verify({ database: true })).toMatchObject(clean);
  });

  test("is done by one sealer at a time, and two at once neither seal twice nor fork", async () => {
    await bed.write(gates);
    await Promise.all(Array.from({ length: 9 }, () => sealBatch(bed.ledgerDatabase, TEST_SECRETS.ledger, 4)));
    await bed.seal(4);
    expect(await bed.verify({ database: true })).toMatchObject(clean);
  });

  test("stops when the database's transaction numbers went back, and does not skip over it", async () => {
    const [before] = await bed.root`select sealed_below::text as x from ledger`;
    await bed.root`update ledger set sealed_below = '99999999999'`;
    const sealed = await sealBatch(bed.ledgerDatabase, TEST_SECRETS.ledger);
    expect(sealed.kind).toBe("numbers-went-back");
    await bed.root`update ledger set sealed_below = ${before?.["x"] as string}::xid8`;
  });
});

describe("the export", () => {
  /** A writer that knows nothing of what was written before, as after a restart. */
  const restart = () => ledgerExport(bed.ledgerDatabase, TEST_SECRETS.ledger, bed.directory);

  test.each([
    [
      "the last event half written",
      () => truncateSync(fileNamed(".events"), statSync(fileNamed(".events")).size - 40),
    ],
    [
      "many events gone",
      () => truncateSync(fileNamed(".events"), Math.floor(statSync(fileNamed(".events")).size / 3)),
    ],
    ["a blank where the disk had not got to", () => appendFileSync(fileNamed(".events"), Buffer.alloc(300))],
    [
      "the last checkpoint half written",
      () => {
        // Its events are written behind it, so a crash in it leaves none of them.
        const events = readFileSync(fileNamed(".events"), "utf8")
          .trimEnd()
          .split("\n")
          .slice(0, -gates.length);
        writeFileSync(fileNamed(".events"), `${events.join("\n")}\n`);
        const path = fileNamed(".checkpoints");
        const notes = readFileSync(path, "utf8")
          .trimEnd()
          .split(/\n\n(?!—)/);
        writeFileSync(join(bed.directory, "checkpoint"), `${notes.at(-2)}\n`);
        truncateSync(path, statSync(path).size - 30);
      },
    ],
    [
      "the newest-checkpoint file of an earlier moment",
      () => writeFileSync(join(bed.directory, "checkpoint"), firstNote()),
    ],
  ])("with %s is recognised as incomplete, and a restarted writer completes it", async (_name, crash) => {
    await bed.write(gates);
    await bed.seal();
    const whole = readFileSync(fileNamed(".events"));
    crash();
    const broken = await bed.verify();
    expect(broken.finding?.kind ?? "incomplete").toBe("incomplete");
    expect((await restart().catchUp(null)).kind).toBe("exported");
    expect(readFileSync(fileNamed(".events")).equals(whole)).toBe(true);
    expect(await bed.verify({ database: true })).toMatchObject(clean);
  });

  const firstNote = () =>
    `${readFileSync(fileNamed(".checkpoints"), "utf8").split("\n\n").slice(0, 2).join("\n\n")}\n`;

  test("is not written on when somebody changed an event in it, so that the change stays to be seen", async () => {
    await bed.write(gates);
    await bed.seal();
    const path = fileNamed(".events");
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    const at = changed.lastIndexOf(" ", changed.length - 2) - 70;
    changed[at] = changed[at] === 48 ? 49 : 48;
    writeFileSync(path, changed);
    await bed.write(gates);
    await sealBatch(bed.ledgerDatabase, TEST_SECRETS.ledger);
    const exported = await restart().catchUp(null);
    expect(exported.kind).toBe("differs");
    expect(readFileSync(path).equals(changed)).toBe(true);
    writeFileSync(path, whole);
    expect((await restart().catchUp(null)).kind).toBe("exported");
  });

  test("is not written on when it goes further than the database, which was set back", async () => {
    await bed.write(gates);
    await bed.seal();
    await bed.root`create table kept as select * from ledger`;
    await bed.root`update ledger set size = size - 5`;
    expect((await restart().catchUp(null)).kind).toBe("ahead");
    await bed.root`update ledger set size = kept.size from kept`;
    expect((await restart().catchUp(null)).kind).toBe("exported");
  });

  test("holds no address, name or other personal data of anybody", async () => {
    for (const name of readdirSync(bed.directory))
      expect(readFileSync(join(bed.directory, name), "utf8")).not.toContain("@example.com");
  });
});

test("a key that is rotated goes on checking what it signed, and is not enough for what came after", async () => {
  const rotated = {
    current: "k2",
    keys: { ...TEST_SECRETS.ledger.keys, k2: Buffer.alloc(32, 2).toString("base64") },
  };
  await bed.write(gates);
  await bed.seal();
  await bed.write(gates);
  for (let tries = 0; tries < 200; tries += 1) {
    const sealed = await sealBatch(bed.ledgerDatabase, rotated);
    if (sealed.kind === "sealed") break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const files = ledgerExport(bed.ledgerDatabase, rotated, bed.directory);
  expect((await files.catchUp(null)).kind).toBe("exported");
  const keys = await exportedKeys(bed.directory);
  expect(keys).toHaveLength(2);
  expect(await bed.verify({ keys, database: true })).toMatchObject(clean);
  for (const key of keys)
    expect((await bed.verify({ keys: [key] })).finding?.fault).toBe("checkpoint-not-signed");
});

test("verifies while writers, sealer and exporter are at work, with no false alarm", async () => {
  const random = randomFrom(9);
  const until = performance.now() + 6_000;
  const busy = Array.from({ length: 3 }, async () => {
    while (performance.now() < until)
      await bed.write(Array.from({ length: 1 + random(8) }, () => gates[random(20)] ?? 0));
  });
  const sealing = (async () => {
    while (performance.now() < until) await bed.sealNow(25);
  })();
  const keys = await exportedKeys(bed.directory);
  const findings: unknown[] = [];
  let rounds = 0;
  while (performance.now() < until) {
    for (const database of [true, false]) {
      const { finding } = await bed.verify({ keys, database, patienceMs: 10_000 });
      if (finding !== null) findings.push(finding);
      rounds += 1;
    }
  }
  await Promise.all([...busy, sealing]);
  expect(rounds).toBeGreaterThan(4);
  expect(findings).toEqual([]);
});
