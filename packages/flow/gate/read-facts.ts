import type { Tx } from "#db/database";
import type { CandidateRow } from "#db/queries/candidates";
import { readConsentEvents } from "#db/queries/consent-events";
import { contactsOfPeopleSince, readPaces } from "#db/queries/contact-preferences";
import { readReassignments, readRegistries, readRelationships } from "#db/queries/law-facts";
import { contactsSince } from "#db/queries/screening";
import { standingSuppressions } from "#db/queries/suppressions";
import type { Keyring } from "#db/vault/keyring";
import { type Identity, identityOf } from "#db/vault/person";
import type { CampaignContext, CandidateFacts } from "./candidate-facts.ts";
import { hasOwnCap } from "./person-facts.ts";

/** A candidate's facts, and the person's names for the message; or why they could not be read. */
export type ReadCandidate =
  | { readonly kind: "read"; readonly facts: CandidateFacts; readonly identity: Identity }
  | { readonly kind: "unreadable"; readonly candidate: CandidateRow };

/**
 * Reads what the gate needs about these contact points: set-based queries for the whole micro-batch, and for calls
 * those about numbers too. A person whose blob does not open is `unreadable`, which the gate blocks; nobody else in
 * the batch is affected.
 * @param asOf only what was on the ledger before this instant; null for everything.
 */
export async function readFacts(
  tx: Tx,
  master: Keyring,
  context: CampaignContext,
  candidates: readonly CandidateRow[],
  now: Date,
  asOf: Date | null = null,
): Promise<ReadCandidate[]> {
  const gateIds = [...new Set(candidates.map((candidate) => candidate.gateId))];
  const events = groupByGate(await readConsentEvents(tx, gateIds, asOf));
  const suppressions = groupByGate(await standingSuppressions(tx, gateIds, asOf));
  const attempts = groupByGate(await earlierContacts(tx, context, gateIds, now, asOf));
  const law = await readLawFacts(tx, context, candidates, gateIds);
  const wishes = await readWishes(tx, candidates, now, asOf);
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
        ...wishes(candidate.contactId),
        ...law(candidate),
      },
    };
  });
}

/** What the batch's people want to hear; for those with a cap of their own also when they heard last. */
async function readWishes(
  tx: Tx,
  candidates: readonly CandidateRow[],
  now: Date,
  asOf: Date | null,
): Promise<(contactId: string) => Pick<CandidateFacts, "pace" | "contactedAt">> {
  const contactIds = [...new Set(candidates.map((candidate) => candidate.contactId))];
  const paces = new Map((await readPaces(tx, contactIds, asOf)).map((pace) => [pace.contactId, pace]));
  const capped = [...paces.values()].filter(hasOwnCap);
  const hours = Math.max(0, ...capped.map((pace) => pace.capWindowHours));
  const contacts = await contactsOfPeopleSince(
    tx,
    capped.map((pace) => pace.contactId),
    new Date(now.getTime() - hours * HOUR_MS),
    asOf,
  );
  const byPerson = Map.groupBy(contacts, (contact) => contact.contactId);
  return (contactId) => ({
    pace: paces.get(contactId) ?? null,
    contactedAt: (byPerson.get(contactId) ?? []).map((contact) => contact.at),
  });
}

type LawFacts = Pick<CandidateFacts, "relationship" | "registries" | "reassignment">;

/** Relationships matter where the sender's basis is `law`, or to lists; lists and reassignment to calls alone. */
async function readLawFacts(
  tx: Tx,
  context: CampaignContext,
  candidates: readonly CandidateRow[],
  gateIds: readonly number[],
): Promise<(candidate: CandidateRow) => LawFacts> {
  const isCall = context.channel === "phone";
  const contactIds = [...new Set(candidates.map((candidate) => candidate.contactId))];
  const relationships = new Map(
    isCall || context.speaker.legalBasis === "law"
      ? (await readRelationships(tx, context.speaker.senderId, contactIds)).map((row) => [row.contactId, row])
      : [],
  );
  const copies = isCall ? await readRegistries(tx, gateIds) : [];
  const listed = copies.map((copy) => ({
    copy,
    byGate: new Map(copy.listed.map((entry) => [entry.gateId, entry.listedAt])),
  }));
  const answers = new Map(
    isCall ? (await readReassignments(tx, gateIds)).map((row) => [row.gateId, row]) : [],
  );
  return ({ contactId, gateId }) => ({
    relationship: relationships.get(contactId) ?? null,
    registries: listed.map(({ copy, byGate }) => ({
      id: copy.registryId,
      asOf: copy.asOf,
      listed: byGate.has(gateId),
      listedAt: byGate.get(gateId) ?? null,
    })),
    reassignment: answers.get(gateId) ?? null,
  });
}

const HOUR_MS = 3_600_000;
/** The longest window of a call cap: 30 calendar days, and the hour by which clocks may have changed. */
const CALL_CAP_HOURS = 31 * 24;

async function earlierContacts(
  tx: Tx,
  context: CampaignContext,
  gateIds: readonly number[],
  now: Date,
  asOf: Date | null,
) {
  const hours = Math.max(
    context.frequencyCap?.windowHours ?? 0,
    context.channel === "phone" ? CALL_CAP_HOURS : 0,
  );
  if (hours === 0) return [];
  return contactsSince(tx, gateIds, new Date(now.getTime() - hours * HOUR_MS), asOf);
}

/** A blob that does not open is one person's fault of ours, not a reason to stop the batch: it becomes a block. */
function openedIdentity(master: Keyring, candidate: CandidateRow): Identity | null {
  try {
    return identityOf(master, { ...candidate, id: candidate.contactId });
  } catch {
    return null;
  }
}

const groupByGate = <T extends { readonly gateId: number }>(found: readonly T[]): Map<number, T[]> =>
  Map.groupBy(found, (entry) => entry.gateId);
