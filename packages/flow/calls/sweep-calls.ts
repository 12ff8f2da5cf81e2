import { inWorkspace } from "#db/database";
import { abandonCalls, endExpiredReservations } from "#db/queries/call-sweep";
import type { FlowDeps } from "../deps.ts";

/**
 * Ends what desks left behind: a reservation that ran out is over, and a call whose number was shown and of which
 * nobody is heard any more is `unconfirmed`.
 * @returns how many recipients became `unconfirmed`.
 */
export async function sweepCalls(deps: FlowDeps, workspaceId: string): Promise<number> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    await endExpiredReservations(tx);
    return abandonCalls(tx);
  });
}
