import { inWorkspace } from "#db/database";
import { forgetAnswer, storedAnswers } from "#db/queries/idempotency";
import { unseal } from "#db/vault/keyring";
import type { FlowDeps } from "../deps.ts";
import type { PersonMarks } from "./person-marks.ts";

/** What the stored answer to an `Idempotency-Key` is sealed for: another row's blob does not open. */
export const answerContext = (apiKeyId: string, key: string): string => `idempotency:${apiKeyId}:${key}`;

/** Forgets the stored answers that name a person. Asked again, the request meets the tombstone. */
export async function purgeAnswers(deps: FlowDeps, workspaceId: string, marks: PersonMarks): Promise<number> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    let forgotten = 0;
    for (const { apiKeyId, key, response } of await storedAnswers(tx)) {
      const text = unseal(deps.keys.master, response, answerContext(apiKeyId, key)).toString().toLowerCase();
      const isTheirs =
        text.includes(marks.contactId) ||
        marks.points.some((point) => text.includes(point)) ||
        (marks.fullName !== null && text.includes(marks.fullName));
      if (!isTheirs) continue;
      await forgetAnswer(tx, apiKeyId, key);
      forgotten += 1;
    }
    return forgotten;
  });
}
