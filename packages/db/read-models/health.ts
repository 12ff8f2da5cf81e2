import { sql } from "drizzle-orm";
import type { Tx } from "../database.ts";

/** Counts over all workspaces, for /metrics. No personal data, no workspace names. */
export interface HealthFigures {
  readonly inFlight: number;
  readonly stops: number;
  readonly late: number;
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly sumMs: number;
}

export async function healthFigures(tx: Tx): Promise<HealthFigures> {
  const [row] = await tx.execute<{ figures: HealthFigures }>(sql`select health_figures() as figures`);
  if (row === undefined) throw new Error("the database returned no figures");
  return row.figures;
}

/** How far sealing and the export of the ledger are behind. */
export interface LedgerFigures {
  /** Age of the oldest event that is not sealed; 0: all are. */
  readonly sealingLagSeconds: number;
  /** Checkpoints that stand in no export. */
  readonly unexportedCheckpoints: number;
}

export async function ledgerFigures(tx: Tx): Promise<LedgerFigures> {
  const [row] = await tx.execute<{ figures: LedgerFigures }>(sql`select ledger_figures() as figures`);
  if (row === undefined) throw new Error("the database returned no figures");
  return row.figures;
}

/** True when the database answers under the application's role. */
export async function answers(tx: Tx): Promise<boolean> {
  const found = await tx.execute(sql`select 1`);
  return found.length === 1;
}
