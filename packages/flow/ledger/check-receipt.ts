import type { NoteVerifier } from "#db/ledger/note";
import { isSignedStatement } from "#db/ledger/statement";
import { RECEIPT_SCHEMA } from "./receipt.ts";
import { STOP_RECEIPT_SCHEMA } from "./stop-receipt.ts";

/**
 * Whether one of these keys signed a consent receipt or the receipt of a stop, or each of a list of them; null when it
 * is none of these.
 */
export function checkReceipt(statement: unknown, verifiers: readonly NoteVerifier[]): boolean | null {
  if (Array.isArray(statement) && statement.length > 0) {
    const answers = statement.map((each) => checkOne(each, verifiers));
    return answers.includes(null) ? null : !answers.includes(false);
  }
  return checkOne(statement, verifiers);
}

function checkOne(statement: unknown, verifiers: readonly NoteVerifier[]): boolean | null {
  if (typeof statement !== "object" || statement === null || !("schema" in statement)) return null;
  const schema = [RECEIPT_SCHEMA, STOP_RECEIPT_SCHEMA].find((each) => each === statement.schema);
  if (schema === undefined) return null;
  return isSignedStatement(schema, statement as Record<string, unknown>, verifiers);
}
