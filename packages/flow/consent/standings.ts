import type { ConsentStatus } from "#core/consent-state";
import type { AllowReason, BlockReason } from "#core/decision";
import { type Standing, standingOf } from "#core/standing";
import { readClock, type Tx } from "#db/database";
import {
  type CandidateRow,
  readCandidates,
  readMarketingSpeakers,
  type SpeakerRow,
} from "#db/queries/candidates";
import { readConsentEvents, type StoredEvent } from "#db/queries/consent-events";
import { type RelationshipRow, readRelationships } from "#db/queries/law-facts";
import { type StandingSuppression, standingSuppressions } from "#db/queries/suppressions";
import type { Keyring } from "#db/vault/keyring";
import { identityOf } from "#db/vault/person";
import { assembleQuestion } from "../gate/assemble-facts.ts";

/** A consent's status; `by-law`: no consent stands and the law asks for none; `unproved`: nothing on record proves it. */
export type StandingStatus = ConsentStatus | "by-law" | "unproved" | "stopped";

/** What the gate says about one purpose and one contact point now. */
export interface PointStanding {
  readonly contactId: string;
  readonly contactPointId: string;
  readonly gateId: number;
  readonly channel: "email" | "phone";
  readonly purposeId: string;
  readonly senderId: string;
  readonly status: StandingStatus;
  /** True when the gate finds permission. */
  readonly isPermitted: boolean;
  readonly reason: AllowReason | BlockReason;
  /** What holds every message back although permission stands. */
  readonly heldBy: BlockReason | null;
  /** When permission ends by itself; null: it does not, or there is none. */
  readonly lapsesAt: Date | null;
  /** The consent event it rests on, or fails by. */
  readonly event: StoredEvent | null;
  /** Since when it is so, as far as an event or a stop says. */
  readonly since: Date | null;
}

/**
 * What the gate says about every marketing purpose and each of these contacts' points. The question is made by the
 * gate's own assembly and answered by its own rules, lifetimes of policy, purpose and consent included: what pages,
 * receipts and the API show of consent comes from here. Nobody who was erased or cannot be read is among them.
 */
export async function readStandings(
  tx: Tx,
  master: Keyring,
  contactPointIds: readonly string[],
): Promise<PointStanding[]> {
  const candidates = await readCandidates(tx, contactPointIds);
  if (candidates.length === 0) return [];
  const gateIds = [...new Set(candidates.map((candidate) => candidate.gateId))];
  const events = Map.groupBy(await readConsentEvents(tx, gateIds), (event) => event.gateId);
  const suppressions = Map.groupBy(await standingSuppressions(tx, gateIds), (entry) => entry.gateId);
  const speakers = await readMarketingSpeakers(tx);
  const relationships = await relationshipsOf(tx, speakers, candidates);
  const now = await readClock(tx);
  return candidates.flatMap((candidate) => {
    const contactPoint = pointOf(master, candidate);
    if (contactPoint === undefined) return [];
    const own = {
      events: events.get(candidate.gateId) ?? [],
      suppressions: suppressions.get(candidate.gateId) ?? [],
    };
    return speakers.map((speaker) => {
      const relationship = relationships.get(`${speaker.senderId} ${candidate.contactId}`) ?? null;
      const asked = { candidate, contactPoint, ...own, relationship };
      return pointStanding(asked, speaker, now);
    });
  });
}

async function relationshipsOf(
  tx: Tx,
  speakers: readonly SpeakerRow[],
  candidates: readonly CandidateRow[],
): Promise<Map<string, RelationshipRow>> {
  const contactIds = [...new Set(candidates.map((candidate) => candidate.contactId))];
  const byLaw = new Set(
    speakers.filter((speaker) => speaker.legalBasis === "law").map((speaker) => speaker.senderId),
  );
  const found = new Map<string, RelationshipRow>();
  for (const senderId of byLaw) {
    for (const row of await readRelationships(tx, senderId, contactIds))
      found.set(`${senderId} ${row.contactId}`, row);
  }
  return found;
}

/** Of a blob that does not open nothing can be said; the gate blocks that person, nobody else is affected. */
function pointOf(master: Keyring, candidate: CandidateRow): string | undefined {
  if (candidate.erasedAt !== null) return undefined;
  try {
    return identityOf(master, { ...candidate, id: candidate.contactId })?.points[candidate.contactPointId];
  } catch {
    return undefined;
  }
}

interface Asked {
  readonly candidate: CandidateRow;
  readonly contactPoint: string;
  readonly events: readonly StoredEvent[];
  readonly suppressions: readonly StandingSuppression[];
  readonly relationship: RelationshipRow | null;
}

/** Of calls, those that a person makes: recorded voices need more than what stands here. */
const LIVE_CALL = { mode: "live-manual" } as const;

/** They agreed, whether or not it still permits anything. */
const AGREED: ReadonlySet<StandingStatus> = new Set(["yes", "lapsed", "notice-changed"]);

function pointStanding(asked: Asked, speaker: SpeakerRow, now: Date): PointStanding {
  const { candidate } = asked;
  const question = assembleQuestion(
    {
      speaker,
      channel: candidate.channel,
      subject: "",
      circumstances: candidate.channel === "phone" ? LIVE_CALL : {},
      frequencyCap: null,
    },
    { ...asked, attempts: [], pace: null, contactedAt: [], registries: [], reassignment: null },
    now,
  );
  const standing = standingOf(question);
  const newest = newestOf(asked.events, speaker);
  const evidence = asked.events.find((event) => String(event.id) === standing.evidenceEventId) ?? null;
  const status = statusOf(standing, newest);
  // What somebody agreed to is told by the consent itself, a no and a question by the word that was last.
  const event = AGREED.has(status) ? (evidence ?? newest) : newest;
  return {
    contactId: candidate.contactId,
    contactPointId: candidate.contactPointId,
    gateId: candidate.gateId,
    channel: candidate.channel,
    purposeId: speaker.purposeId,
    senderId: speaker.senderId,
    status,
    isPermitted: standing.kind === "permitted",
    reason: standing.kind === "permitted" ? standing.reason : standing.reasons[0],
    heldBy: standing.kind === "permitted" ? standing.heldBy : null,
    lapsesAt:
      standing.kind === "permitted" && standing.lapsesAt !== null ? new Date(standing.lapsesAt) : null,
    event,
    since: status === "stopped" ? stoppedSince(asked.suppressions, speaker) : (event?.occurredAt ?? null),
  };
}

/** The last event about this purpose; an objection is about every purpose of its sender. */
const newestOf = (events: readonly StoredEvent[], speaker: SpeakerRow): StoredEvent | null =>
  events
    .filter(
      (event) =>
        event.purposeId === speaker.purposeId ||
        (event.type === "objected" && (event.senderId === null || event.senderId === speaker.senderId)),
    )
    .sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime() || a.id - b.id)
    .at(-1) ?? null;

const stoppedSince = (suppressions: readonly StandingSuppression[], speaker: SpeakerRow): Date | null =>
  suppressions.find((entry) => entry.senderId === null || entry.senderId === speaker.senderId)?.at ?? null;

function statusOf(standing: Standing, newest: StoredEvent | null): StandingStatus {
  if (standing.kind === "permitted") return standing.reason === "consent-express" ? "yes" : "by-law";
  const { reasons } = standing;
  if (reasons.some((reason) => reason.startsWith("suppressed-") || reason === "internal-dnc"))
    return "stopped";
  if (newest?.type === "requested") return "requested";
  if (newest?.type === "refused") return "refused";
  if (reasons.includes("consent-withdrawn")) return "withdrawn";
  if (reasons.includes("consent-expired")) return "lapsed";
  if (reasons.includes("consent-notice-changed")) return "notice-changed";
  if (reasons.includes("consent-proof-missing") || reasons.includes("rule-error")) return "unproved";
  return "never-asked";
}

/** From the weakest to the strongest: of two spellings of one address the one that may be written to is told. */
const STRENGTH: readonly StandingStatus[] = [
  "never-asked",
  "requested",
  "unproved",
  "lapsed",
  "notice-changed",
  "withdrawn",
  "refused",
  "stopped",
  "by-law",
  "yes",
];

/** What is told where several points are one to people; null for none. */
export const strongest = (standings: readonly PointStanding[]): PointStanding | null =>
  [...standings].sort((a, b) => STRENGTH.indexOf(b.status) - STRENGTH.indexOf(a.status))[0] ?? null;
