import { hasStandingNo } from "../../consent/standing-no.ts";
import {
  type ConsentContext,
  type ConsentPlan,
  eventDraft,
  type ImportPurpose,
  type ImportSubjects,
  type RowPoint,
} from "./import-event.ts";
import { planGrant } from "./import-grant.ts";
import type { MergedRow } from "./merge-contacts.ts";
import type { ImportedConsent } from "./read-consent.ts";

/**
 * What a row's consent columns come to; empty when they change nothing. A file may lower consent; it raises it only
 * with evidence (source, time and a notice version of that purpose), and never over a standing "no": that grant waits
 * for the person.
 */
export function planConsent(row: MergedRow, context: ConsentContext): readonly ConsentPlan[] {
  const consent = row.imported.consent;
  if (
    consent === null ||
    (consent.givenAt === null && consent.withdrawnAt === null && consent.source === null)
  ) {
    return [];
  }
  const points = row.points.filter((each) => each.channel === (context.channel ?? each.channel));
  const [first] = points;
  if (first === undefined)
    return [{ kind: "refused", column: "consent.purpose", reason: "no-contact-point-on-channel" }];
  const name = consent.purpose ?? context.defaultPurpose;
  const purpose = findPurpose(context.subjects, name);
  if (purpose === null) {
    // Who stops without naming a topic stops everything; a topic that nobody knows stops nothing and is listed.
    if (name === undefined && consent.withdrawnAt !== null)
      return points.flatMap((point) => planStopOfEverything(row, point, consent, context));
    return [{ kind: "refused", column: "consent.purpose", reason: "purpose-unknown" }];
  }
  // A stop without a channel is for every address and number in the row; a grant is for one.
  const lowered =
    consent.withdrawnAt === null
      ? []
      : points.flatMap((point) => planWithdrawal(row, point, purpose, consent, context));
  return isWithdrawnLast(consent)
    ? lowered
    : [...lowered, ...planGrant(row, first, purpose, consent, context)];
}

function isWithdrawnLast({ withdrawnAt, givenAt }: ImportedConsent): boolean {
  if (withdrawnAt === null) return false;
  return withdrawnAt === "undated" || givenAt === null || withdrawnAt >= givenAt;
}

function planStopOfEverything(
  row: MergedRow,
  point: RowPoint,
  consent: ImportedConsent,
  context: ConsentContext,
): ConsentPlan[] {
  const standing = context.suppressionsByGate.get(point.gateId) ?? [];
  if (standing.some((entry) => entry.kind === "unsubscribe" && entry.senderId === null)) return [];
  const draft = eventDraft(row, point, null, consent, context);
  return [{ kind: "event", effect: "lowered", draft: { ...draft, suppressionKind: "unsubscribe" } }];
}

function planWithdrawal(
  row: MergedRow,
  point: RowPoint,
  purpose: ImportPurpose,
  consent: ImportedConsent,
  context: ConsentContext,
): ConsentPlan[] {
  const events = context.eventsByGate.get(point.gateId) ?? [];
  const { withdrawnAt } = consent;
  const isKnown =
    withdrawnAt instanceof Date
      ? events.some(
          (event) =>
            event.type === "withdrawn" &&
            event.purposeId === purpose.id &&
            event.occurredAt.getTime() === withdrawnAt.getTime(),
        )
      : hasStandingNo(events, [], purpose.senderId, purpose.id);
  if (isKnown) return [];
  return [{ kind: "event", effect: "lowered", draft: eventDraft(row, point, purpose, consent, context) }];
}

function findPurpose(subjects: ImportSubjects, name: string | undefined): ImportPurpose | null {
  if (name === undefined) return null;
  const matching = subjects.purposes.filter(
    (each) => each.id === name || each.key === name || `${each.senderKey}/${each.key}` === name,
  );
  // A key that two senders use names neither.
  return matching.length === 1 ? (matching[0] ?? null) : null;
}
