import { type SQL, sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";

/** Whose hand-overs a stop has to wait for. */
export type InFlightScope =
  | { readonly kind: "gates"; readonly gateIds: readonly number[] }
  | { readonly kind: "campaign"; readonly campaignId: string }
  | { readonly kind: "workspace"; readonly workspaceId: string };

/**
 * How many contacts are on the wire in this scope. The barrier of a stop calls it in a new statement after the
 * stop's commit: a redeem that this read cannot see has not locked the row yet and will find the new version.
 */
export async function countInFlight(tx: Tx, scope: InFlightScope): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(
    sql`select count(*)::int as count from in_flight where ${inScope(scope)}`,
  );
  return row?.count ?? 0;
}

function inScope(scope: InFlightScope): SQL {
  switch (scope.kind) {
    case "gates":
      return sql`gate_id = any(${array(scope.gateIds, "bigint")})`;
    case "campaign":
      return sql`campaign_id = ${scope.campaignId}::uuid`;
    case "workspace":
      return sql`workspace_id = ${scope.workspaceId}::uuid`;
    default:
      return scope satisfies never;
  }
}
