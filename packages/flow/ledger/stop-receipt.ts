import type { Tx } from "#db/database";
import type { NoteSigner } from "#db/ledger/note";
import { type Signed, signStatement } from "#db/ledger/statement";
import { type LastStop, readLastStop } from "#db/queries/last-stop";

export const STOP_RECEIPT_SCHEMA = "consentry-stop/1";

/**
 * What a person holds in their hands after a stop: that it was recorded, when, and the place in their key's chain. Signed
 * at once, so that the ledger cannot forget the stop before it is sealed.
 */
export interface StopReceipt extends LastStop {
  readonly schema: typeof STOP_RECEIPT_SCHEMA;
  readonly origin: string;
  readonly workspaceId: string;
  readonly gateId: number;
}

/** Signs the receipt of a stop that stands in the ledger. */
export const signStopReceipt = (
  signer: NoteSigner,
  workspaceId: string,
  gateId: number,
  stop: LastStop,
): Signed<StopReceipt> =>
  signStatement(
    STOP_RECEIPT_SCHEMA,
    { schema: STOP_RECEIPT_SCHEMA, origin: signer.name, workspaceId, gateId, ...stop },
    signer,
  );

/** The receipt of the last stop on a key that covers this purpose; null when there was none. */
export async function lastStopReceipt(
  tx: Tx,
  signer: NoteSigner,
  place: { readonly workspaceId: string; readonly gateId: number; readonly purposeId: string },
): Promise<Signed<StopReceipt> | null> {
  const stop = await readLastStop(tx, place.gateId, place.purposeId);
  return stop === null ? null : signStopReceipt(signer, place.workspaceId, place.gateId, stop);
}
