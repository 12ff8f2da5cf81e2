import type { Tx } from "#db/database";
import type { CandidateRow } from "#db/queries/candidates";
import { readConsentEvents } from "#db/queries/consent-events";
import { contactsSince } from "#db/queries/screening";
import { standingSuppressions } from "#db/queries/suppressions";
import type { Keyring } from "#db/vault/keyring";
import { type Identity, identityOf } from "#db/vault/person";
import type { CampaignContext, CandidateFacts } from "./assemble-facts.ts";

/** A candidate's facts, and the person's names for the message; or why they could not be read. */
export type ReadCandidate =
  | { readonly kind: "read"; readonly facts: CandidateFacts; readonly identity: Identity }
  | { readonly kind: "unreadable"; readonly candidate: CandidateRow };

/**
 * Reads what the gate needs about these contact points: three set-based queries for the whole micro-batch.
 * A person whose blob does not open is `unreadable`, which the gate blocks; nobody else in the batch is affected.
 */
export async function readFacts(
  tx: Tx,
  master: Keyring,
  context: CampaignContext,
  candidates: readonly CandidateRow[],
  now: Date,
): Promise<ReadCandidate[]> {
  const gateIds = [...new Set(candidates.map((candidate) => candidate.gateId))];
  const events = groupByGate(await readConsentEvents(tx, gateIds));
  const suppressions = groupByGate(await standingSuppressions(tx, gateIds));
  const attempts = groupByGate(await earlierContacts(tx, context, gateIds, now));
  return candidates.map((candidate) => {
    const identity = openedIdentity(master, candidate);
    const contactPoint = identity?.points[candidate.contactPointId];
    if (identity === null || contactPoint === undefined) return { kind: "unreadable", candidate };
    return {
      kind: "read",
      identity,
      facts: {
        candidate,
        contactPoint,
        events: events.get(candidate.gateId) ?? [],
        suppressions: suppressions.get(candidate.gateId) ?? [],
        attempts: (attempts.get(candidate.gateId) ?? []).map((attempt) => attempt.at),
      },
    };
  });
}

async function earlierContacts(tx: Tx, context: CampaignContext, gateIds: readonly number[], now: Date) {
  if (context.frequencyCap === null) return [];
  const since = new Date(now.getTime() - context.frequencyCap.windowHours * 3_600_000);
  return contactsSince(tx, gateIds, since);
}

/** A blob that does not open is one person's fault of ours, not a reason to stop the batch: it becomes a block. */
function openedIdentity(master: Keyring, candidate: CandidateRow): Identity | null {
  try {
    return identityOf(master, { ...candidate, id: candidate.contactId });
  } catch {
    return null;
  }
}

function groupByGate<T extends { readonly gateId: number }>(found: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const entry of found) {
    const group = groups.get(entry.gateId);
    if (group === undefined) groups.set(entry.gateId, [entry]);
    else group.push(entry);
  }
  return groups;
}
