import type { StoredEvent } from "#db/queries/consent-events";
import type { StandingSuppression } from "#db/queries/suppressions";
import { hasStandingNo } from "../../consent/standing-no.ts";
import {
  type ConsentContext,
  type ConsentPlan,
  eventDraft,
  type ImportPurpose,
  type RowPoint,
} from "./import-event.ts";
import type { MergedRow } from "./merge-contacts.ts";
import type { ImportedConsent } from "./read-consent.ts";

/**
 * What the grant in a row comes to: an event, a refused part, or nothing because it is on record already or because a
 * newer one is.
 */
export function planGrant(
  row: MergedRow,
  point: RowPoint,
  purpose: ImportPurpose,
  consent: ImportedConsent,
  context: ConsentContext,
): ConsentPlan[] {
  const { givenAt, source, noticeVersion } = consent;
  // The gate holds back everyone from an unverified source. Somebody we know otherwise is not from it: what such a file
  // claims they said must not count either.
  if (context.unverifiedSourceId !== null && row.sourceId !== context.unverifiedSourceId)
    return [{ kind: "refused", column: "consent.givenAt", reason: "source-not-verified" }];
  const notice = context.subjects.notices.find(
    (each) =>
      each.purposeId === purpose.id && each.channel === point.channel && each.version === noticeVersion,
  );
  if (givenAt === null || source === null || notice === undefined) {
    return [{ kind: "refused", column: "consent.givenAt", reason: "consent-evidence-missing" }];
  }
  const events = context.eventsByGate.get(point.gateId) ?? [];
  const suppressions = context.suppressionsByGate.get(point.gateId) ?? [];
  const grants = events.filter(
    (event) => GRANTS.has(event.type) && event.purposeId === purpose.id && event.contactPointId === point.id,
  );
  // The same file imported twice adds nothing the second time, whatever has become of the consent since.
  if (
    grants.some((event) => event.occurredAt.getTime() === givenAt.getTime() && event.noticeId === notice.id)
  )
    return [];
  const standsNo =
    consent.withdrawnAt !== null || hasStandingNo(events, suppressions, purpose.senderId, purpose.id);
  if (standsNo && isOlderThanNo(givenAt, events, suppressions, purpose))
    return [{ kind: "refused", column: "consent.givenAt", reason: "opted-out-since" }];
  // A newer grant with its wording on record says all that this one would.
  const isOvertaken = grants.some(
    (event) => event.type !== "requested" && event.noticeId !== null && event.occurredAt > givenAt,
  );
  if (!standsNo && isOvertaken) return [];
  return [
    {
      kind: "event",
      effect: standsNo ? "requested" : "raised",
      draft: {
        ...eventDraft(row, point, purpose, consent, context),
        type: standsNo ? "requested" : "given",
        contactPointId: point.id,
        occurredAt: givenAt,
        noticeId: notice.id,
      },
    },
  ];
}

const GRANTS: ReadonlySet<string> = new Set(["requested", "given", "confirmed", "renewed"]);

function isOlderThanNo(
  givenAt: Date,
  events: readonly StoredEvent[],
  suppressions: readonly StandingSuppression[],
  purpose: ImportPurpose,
): boolean {
  const said = events.filter(
    (event) =>
      (event.type === "objected" && (event.senderId === null || event.senderId === purpose.senderId)) ||
      ((event.type === "withdrawn" || event.type === "refused") && event.purposeId === purpose.id),
  );
  const bound = suppressions.filter(
    (entry) =>
      entry.kind !== "hard-bounce" && (entry.senderId === null || entry.senderId === purpose.senderId),
  );
  return said.some((event) => event.occurredAt >= givenAt) || bound.some((entry) => entry.at >= givenAt);
}
