import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { testApi } from "../support/api.ts";
import { setClockAhead } from "../support/clock.ts";
import { type LedgerBed, ledgerBed } from "./ledger-bed.ts";

let bed: LedgerBed;
beforeEach(async () => {
  bed = await ledgerBed(inject("postgresUrl"));
});
afterEach(() => bed.close());

async function figures(): Promise<{ lag: number; unexported: number }> {
  const text = await (await testApi(bed.workspace, bed.ownerUrl).app.request("/metrics")).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  return {
    lag: value("consentry_ledger_sealing_lag_seconds"),
    unexported: value("consentry_ledger_unexported_checkpoints"),
  };
}

test("the age of the oldest unsealed event grows until it is sealed, and is nothing then", async () => {
  expect(await figures()).toEqual({ lag: 0, unexported: 0 });
  const gates = await bed.gates(3);
  await bed.write(gates);
  await bed.seal();
  expect(await figures()).toEqual({ lag: 0, unexported: 0 });
  await bed.write(gates);
  await setClockAhead(bed.ownerUrl, 3_600_000);
  // A younger one behind it changes nothing.
  await bed.write(gates);
  const { lag } = await figures();
  expect(lag).toBeGreaterThanOrEqual(3_600);
  expect(lag).toBeLessThan(3_700);
  // One event at a time: after the first batch the window is open, and the rest still waits.
  await bed.sealNow(1);
  await bed.seal();
  expect((await figures()).lag).toBe(0);
});

test("checkpoints that no export holds are counted, and with one copy written none are", async () => {
  await bed.write(await bed.gates(2));
  await bed.seal();
  const { root } = bed;
  // As after a worker without an export directory: sealed, and nothing written.
  await root`update ledger_export set size = 0`;
  expect((await figures()).unexported).toBeGreaterThan(0);
  await root`insert into ledger_export (place, size, written_at) select 'elsewhere', size, now() from ledger`;
  expect((await figures()).unexported).toBe(0);
});
