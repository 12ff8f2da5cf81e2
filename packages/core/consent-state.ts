import type { Channel, ConsentFact, ConsentProof } from "./facts.ts";
import { compareInstants } from "./instant.ts";

export type LedgerEventType =
  | "requested"
  | "given"
  | "confirmed"
  | "renewed"
  | "refused"
  | "withdrawn"
  | "objected"
  | "expired";

/** A consent event as the derivation of state reads it. */
export interface LedgerEvent {
  readonly id: string;
  readonly type: LedgerEventType;
  readonly channel: Channel;
  /** `*` stands for every purpose of the controller. */
  readonly purpose: string;
  /** `*` stands for every controller. */
  readonly controller: string;
  /** The exact contact point; null covers every contact point on the canonical key. */
  readonly key: string | null;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly expiresAt?: string;
  /** True when the person acted before our eyes: only such a grant lifts an older "no". */
  readonly lifts: boolean;
  /** When the notice it names was replaced by one that means something else. */
  readonly noticeChangedAt?: string;
  readonly proof?: ConsentProof;
}

const GRANTS: ReadonlySet<LedgerEventType> = new Set(["given", "confirmed", "renewed"]);
const ENDINGS: ReadonlySet<LedgerEventType> = new Set(["refused", "withdrawn", "objected"]);

/**
 * Consent facts derived from events, never stored. Each grant becomes a fact; the first later "no" that covers it
 * (same instant counts as later: a withdrawal wins ties) becomes its `withdrawnAt`. A grant that does not lift, made
 * after a standing "no", counts as withdrawn from the start. A "no" without any grant is a fact of its own, withdrawn
 * from the start: it ends what the law would allow without consent. The order in which events were recorded is of no
 * matter.
 */
export function deriveConsents(events: readonly LedgerEvent[]): ConsentFact[] {
  return [
    ...events.filter((event) => GRANTS.has(event.type)).map((grant) => consentFact(grant, events)),
    ...events.filter((event) => isBareNo(event, events)).map(noFact),
  ].sort((a, b) => compareInstants(a.givenAt, b.givenAt) || compareText(a.eventId ?? "", b.eventId ?? ""));
}

function consentFact(grant: LedgerEvent, events: readonly LedgerEvent[]): ConsentFact {
  const covering = events.filter((ending) => ENDINGS.has(ending.type) && covers(ending, grant));
  const later = covering.filter((ending) => compareInstants(ending.occurredAt, grant.occurredAt) >= 0);
  const standing = lifted(grant) ? undefined : standingBefore(grant, covering, events);
  const withdrawnAt = standing ?? earliest(later.map((ending) => ending.occurredAt));
  const lapse = earliest([
    ...(grant.expiresAt === undefined ? [] : [grant.expiresAt]),
    ...events
      .filter(
        (ending) =>
          ending.type === "expired" &&
          covers(ending, grant) &&
          compareInstants(ending.occurredAt, grant.occurredAt) >= 0,
      )
      .map((ending) => ending.occurredAt),
  ]);
  return {
    channel: grant.channel,
    purpose: grant.purpose,
    controller: grant.controller,
    type: "express",
    givenAt: grant.occurredAt,
    eventId: grant.id,
    ...(withdrawnAt === undefined ? {} : { withdrawnAt }),
    ...(lapse === undefined ? {} : { expiresAt: lapse }),
    ...(grant.key === null ? {} : { key: grant.key }),
    ...(grant.noticeChangedAt === undefined ? {} : { noticeChangedAt: grant.noticeChangedAt }),
    ...(grant.proof === undefined ? {} : { proof: grant.proof }),
  };
}

/** True for a "no" to one purpose that no grant on record carries; one to everything is a suppression as well. */
const isBareNo = (event: LedgerEvent, events: readonly LedgerEvent[]): boolean =>
  ENDINGS.has(event.type) &&
  event.purpose !== "*" &&
  event.controller !== "*" &&
  !events.some((grant) => GRANTS.has(grant.type) && covers(event, grant));

const noFact = (no: LedgerEvent): ConsentFact => ({
  channel: no.channel,
  purpose: no.purpose,
  controller: no.controller,
  type: "express",
  givenAt: no.occurredAt,
  withdrawnAt: no.occurredAt,
  eventId: no.id,
});

const lifted = (grant: LedgerEvent): boolean => grant.type === "confirmed" || grant.lifts;

/** The latest "no" before this grant that no act of the person has lifted in between. */
function standingBefore(
  grant: LedgerEvent,
  covering: readonly LedgerEvent[],
  events: readonly LedgerEvent[],
): string | undefined {
  const before = covering
    .filter((ending) => compareInstants(ending.occurredAt, grant.occurredAt) < 0)
    .filter(
      (ending) =>
        !events.some(
          (event) =>
            GRANTS.has(event.type) &&
            lifted(event) &&
            covers(ending, event) &&
            compareInstants(event.occurredAt, ending.occurredAt) > 0 &&
            compareInstants(event.occurredAt, grant.occurredAt) < 0,
        ),
    );
  return before
    .map((ending) => ending.occurredAt)
    .sort(compareInstants)
    .at(-1);
}

/** A "no" covers all spellings of the key and, where it names none, every purpose or controller. */
function covers(ending: LedgerEvent, grant: LedgerEvent): boolean {
  return (
    ending.channel === grant.channel &&
    (ending.purpose === "*" || ending.purpose === grant.purpose) &&
    (ending.controller === "*" || ending.controller === grant.controller)
  );
}

const earliest = (instants: readonly string[]): string | undefined => [...instants].sort(compareInstants)[0];
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `notice-changed`: they agreed, to words that have been replaced by others with another meaning. */
export type ConsentStatus =
  | "yes"
  | "withdrawn"
  | "refused"
  | "lapsed"
  | "notice-changed"
  | "requested"
  | "never-asked";

/** What the consent matrix shows for one purpose and channel; `events` are those of that purpose alone. */
export function consentStatus(events: readonly LedgerEvent[], now: string): ConsentStatus {
  const consents = deriveConsents(events);
  const valid = consents.filter(
    (consent) => consent.withdrawnAt === undefined || compareInstants(consent.withdrawnAt, now) > 0,
  );
  const isAhead = (instant: string | undefined) => instant === undefined || compareInstants(instant, now) > 0;
  const inDate = valid.filter((consent) => isAhead(consent.expiresAt));
  if (inDate.some((consent) => isAhead(consent.noticeChangedAt))) return "yes";
  const newest = [...events].sort((a, b) => compareInstants(a.occurredAt, b.occurredAt)).at(-1);
  if (newest === undefined) return "never-asked";
  if (newest.type === "requested") return "requested";
  if (newest.type === "refused") return "refused";
  if (inDate.length > 0) return "notice-changed";
  if (valid.length > 0 || newest.type === "expired") return "lapsed";
  return "withdrawn";
}
