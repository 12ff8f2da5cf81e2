import { verifyLedger } from "#flow/ledger/verify";

/** What is to be verified, over IPC. */
export interface LedgerOrder {
  readonly directory: string;
  readonly keys: readonly string[];
}

export interface LedgerReport {
  readonly events: number;
  readonly fault: string | null;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

process.once("message", async (order: LedgerOrder) => {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const verified = await verifyLedger({
    ...order,
    kept: [],
    database: null,
    ageMsMax: 60_000,
    patienceMs: 0,
  });
  const used = process.cpuUsage(cpu);
  const report: LedgerReport = {
    events: verified.events,
    fault: verified.finding?.fault ?? null,
    seconds: (performance.now() - startedAt) / 1_000,
    cpuSeconds: (used.user + used.system) / 1e6,
  };
  process.send?.(report);
});
