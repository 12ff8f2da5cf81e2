import type { Decision } from "#core/decision";
import { RULESET } from "#core/ruleset";
import type { Tx } from "#db/database";
import type { ScreenableRow } from "#db/queries/candidates";
import { postponeRecipients, readSamePerson } from "#db/queries/same-person";
import type { ScreenedRow } from "#db/queries/screening";

/** Who waits for another address of theirs is looked at again after this long, or longer where that one waits too. */
const WAIT_LEAST_MS = 10_000;

/** The answer to a recipient whose person the campaign has reached at another address or number. */
const DUPLICATE = {
  verdict: "block",
  reason: "duplicate-in-campaign",
  failing: [],
  notChecked: [],
  ruleset: RULESET,
  evidenceEventId: null,
} as const;

/** What is stored of a screening: the gate's decision, or that the campaign has reached this person. */
export type ScreeningDecision = Decision | typeof DUPLICATE;

/**
 * A campaign reaches a person once, also one that was two people when it was planned. Of their recipients the first
 * is screened and the others wait until it has ended: reached, they are duplicates; not reached, the next one's turn
 * comes. Two can never hold good permits: a merge makes those from before it stale, and after it a later one is
 * permitted only when all before it have ended, which is for good.
 * @returns the rows that are left to be screened, and the answer to those that are not asked about any more.
 */
export async function oncePerPerson(
  tx: Tx,
  taken: readonly ScreenedRow[],
  candidates: readonly ScreenableRow[],
): Promise<{ readonly left: readonly ScreenedRow[]; duplicate(row: ScreenedRow): ScreeningDecision | null }> {
  const merged = new Set(
    candidates.filter((candidate) => candidate.tookOthersIn).map((candidate) => candidate.contactPointId),
  );
  const same = new Map(
    (
      await readSamePerson(
        tx,
        taken.filter((row) => merged.has(row.contactPointId)),
      )
    ).map((each) => [each.recipientId, each]),
  );
  const isReached = (row: ScreenedRow) => same.get(row.id)?.isReached === true;
  const waiting = taken.flatMap((row) => {
    const until = same.get(row.id)?.waitsFor ?? null;
    return until === null || isReached(row) ? [] : [{ month: row.month, id: row.id, until }];
  });
  await postponeRecipients(tx, waiting, WAIT_LEAST_MS);
  const isWaiting = new Set(waiting.map((row) => row.id));
  return {
    left: taken.filter((row) => !isWaiting.has(row.id)),
    duplicate: (row) => (isReached(row) ? DUPLICATE : null),
  };
}
