import type { Tx } from "#db/database";
import {
  appendConsentEvents,
  type ConsentEventDraft,
  readConsentEvents,
  type StoredEvent,
} from "#db/queries/consent-events";
import { readImportSubjects } from "#db/queries/imports";
import { readSources } from "#db/queries/sources";
import { addSuppressions, type StandingSuppression, standingSuppressions } from "#db/queries/suppressions";
import type { FlowDeps } from "../../deps.ts";
import { planConsent } from "./import-consent.ts";
import type { ConsentContext } from "./import-event.ts";
import type { ImportMapping } from "./mapping.ts";
import type { MergedRow } from "./merge-contacts.ts";
import type { RowRefusal } from "./read-row.ts";

/** A refusal with the row it stands in. */
export interface RefusedPart extends RowRefusal {
  readonly row: number;
  /** What the file said. */
  readonly original: Readonly<Record<string, string>>;
}

/**
 * Records what a chunk's rows say about consent, in file order. The caller holds the gate rows of these rows, so that
 * nothing changes between the look at what stands and the events.
 */
export async function mergeConsent(
  tx: Tx,
  deps: FlowDeps,
  ask: { readonly workspaceId: string; readonly importId: string; readonly now: Date },
  merged: readonly MergedRow[],
  mapping: ImportMapping,
) {
  const tally = { consentRaised: 0, consentLowered: 0, consentRequested: 0 };
  const refusals: RefusedPart[] = [];
  const withConsent = merged.filter((entry) => entry.outcome !== "erased" && entry.imported.consent !== null);
  if (withConsent.length === 0) return { tally, refusals };
  const gateIds = [...new Set(withConsent.flatMap((entry) => entry.points.map((point) => point.gateId)))];
  const eventsByGate = Map.groupBy(await readConsentEvents(tx, gateIds), (event) => event.gateId);
  const suppressionsByGate = Map.groupBy(await standingSuppressions(tx, gateIds), (entry) => entry.gateId);
  const context: ConsentContext = {
    importId: ask.importId,
    now: ask.now,
    subjects: await readImportSubjects(tx),
    defaultPurpose: mapping.consentPurpose,
    channel: mapping.consentChannel,
    unverifiedSourceId: await unverified(tx, mapping.source),
    eventsByGate,
    suppressionsByGate,
  };
  const drafts: ConsentEventDraft[] = [];
  for (const row of withConsent) {
    const refuse = (column: string, reason: string) =>
      refusals.push({ column, reason, row: row.imported.row, original: row.imported.original });
    for (const plan of planConsent(row, context)) {
      if (plan.kind === "refused") {
        refuse(plan.column, plan.reason);
        continue;
      }
      drafts.push(plan.draft);
      remember(eventsByGate, suppressionsByGate, plan.draft);
      if (plan.effect === "raised") tally.consentRaised += 1;
      if (plan.effect === "lowered") tally.consentLowered += 1;
      if (plan.effect === "requested") {
        tally.consentRequested += 1;
        refuse("consent.givenAt", "opted-out-waits-for-the-person");
      }
    }
  }
  await record(tx, deps, ask.workspaceId, drafts);
  return { tally, refusals };
}

async function unverified(tx: Tx, sourceId: string | undefined): Promise<string | null> {
  if (sourceId === undefined) return null;
  const source = (await readSources(tx)).find((each) => each.id === sourceId);
  return source === undefined || source.verifiedAt === null ? sourceId : null;
}

/** Later rows of the same chunk see what earlier ones recorded: file order holds within a chunk too. */
function remember(
  eventsByGate: Map<number, StoredEvent[]>,
  suppressionsByGate: Map<number, StandingSuppression[]>,
  draft: ConsentEventDraft,
): void {
  const events = eventsByGate.get(draft.gateId) ?? [];
  events.push({
    ...draft,
    id: 0,
    recordedAt: draft.occurredAt,
    noticeVersion: null,
    noticeHash: null,
    noticeWording: null,
    noticeChangedAt: null,
  });
  eventsByGate.set(draft.gateId, events);
  if (draft.type !== "suppressed") return;
  const standing = suppressionsByGate.get(draft.gateId) ?? [];
  standing.push({ ...draft, id: 0, kind: "unsubscribe", at: draft.occurredAt, eventId: 0 });
  suppressionsByGate.set(draft.gateId, standing);
}

async function record(
  tx: Tx,
  deps: FlowDeps,
  workspaceId: string,
  drafts: readonly ConsentEventDraft[],
): Promise<void> {
  const recorded = await appendConsentEvents(tx, deps.keys.master, workspaceId, drafts);
  await addSuppressions(
    tx,
    workspaceId,
    drafts.flatMap((draft, place) => {
      const eventId = recorded[place]?.id;
      if (draft.type !== "suppressed" || eventId === undefined) return [];
      return [
        {
          gateId: draft.gateId,
          kind: "unsubscribe" as const,
          senderId: null,
          contactId: draft.contactId,
          at: draft.occurredAt,
          eventId,
        },
      ];
    }),
  );
}
