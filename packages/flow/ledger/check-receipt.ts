import type { NoteVerifier } from "#db/ledger/note";
import { isSignedStatement } from "#db/ledger/statement";
import { RECEIPT_SCHEMA } from "./receipt.ts";
import { STOP_RECEIPT_SCHEMA } from "./stop-receipt.ts";

/** Whether one of these keys signed a consent receipt or the receipt of a stop; null when it is neither. */
export function checkReceipt(statement: unknown, verifiers: readonly NoteVerifier[]): boolean | null {
  if (typeof statement !== "object" || statement === null || !("schema" in statement)) return null;
  const schema = [RECEIPT_SCHEMA, STOP_RECEIPT_SCHEMA].find((each) => each === statement.schema);
  if (schema === undefined) return null;
  return isSignedStatement(schema, statement as Record<string, unknown>, verifiers);
}
