import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { startProgram } from "../support/process.ts";
import { TEST_SECRETS } from "../support/product.ts";
import { type LedgerBed, ledgerBed, randomFrom } from "./ledger-bed.ts";

const KILLS = 6;
let bed: LedgerBed;
beforeAll(async () => {
  bed = await ledgerBed(inject("postgresUrl"));
});
afterAll(() => bed.close());

test("workers that are killed while they seal and export leave one history, which the next one completes", async () => {
  const random = randomFrom(3);
  const gates = await bed.gates(40);
  const start = () =>
    startProgram("apps/worker/main.ts", {
      DATABASE_URL: bed.ownerUrl,
      SMTP_URL: "smtp://127.0.0.1:1",
      MASTER_KEY: JSON.stringify(TEST_SECRETS.master),
      INDEX_KEY: JSON.stringify(TEST_SECRETS.index),
      TOKEN_KEY: JSON.stringify(TEST_SECRETS.token),
      LEDGER_KEY: JSON.stringify(TEST_SECRETS.ledger),
      AUTH_SECRET: TEST_SECRETS.auth,
      LEDGER_EXPORT_DIR: bed.directory,
    });
  let isOver = false;
  const writing = Promise.all(
    Array.from({ length: 3 }, async () => {
      while (!isOver) await bed.write(Array.from({ length: 20 }, () => gates[random(40)] ?? 0));
    }),
  );
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Two at once, as in production: one of them seals, and both write the same files.
    const workers = [start(), start()];
    await Promise.all(workers.map((worker) => worker.untilPrinted("the worker is ready")));
    await new Promise((resolve) => setTimeout(resolve, 300 + random(1_500)));
    for (const worker of workers) worker.kill("SIGKILL");
    await Promise.all(workers.map((worker) => worker.ended));
    const { finding } = await bed.verify();
    expect(finding?.kind, JSON.stringify(finding)).not.toBe("tampered");
  }
  isOver = true;
  await writing;
  await bed.seal();
  const verified = await bed.verify({ database: true });
  expect(verified.finding).toBeNull();
  const [row] = await bed.root`
    select (select count(*)::int from ledger_checkpoint) as checkpoints, (select count(*)::int from consent_event) as events`;
  expect(verified).toMatchObject({ checkpoints: row?.["checkpoints"], events: row?.["events"] });
  expect(verified.checkpoints).toBeGreaterThan(KILLS);
}, 180_000);
