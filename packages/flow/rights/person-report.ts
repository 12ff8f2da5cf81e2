import { inWorkspace } from "#db/database";
import { personKeyOfContact } from "#db/queries/person-keys";
import { privacyRequestsOfContact } from "#db/queries/privacy-requests";
import { readSources } from "#db/queries/sources";
import { standingSuppressions } from "#db/queries/suppressions";
import {
  eventsOfPerson,
  messagesOfPerson,
  preferencesOfPerson,
  type ReportedEvent,
  relationshipsOfPerson,
} from "#db/read-models/person-report";
import { type Evidence, readEvidence } from "../consent/read-evidence.ts";
import { openContact } from "../contacts/contacts.ts";
import type { FlowDeps } from "../deps.ts";
import { openText } from "./requests/request-text.ts";

/**
 * Everything held on a person, for access and portability (GDPR Art. 15 and 20): who they are, how they are reached,
 * every consent event with what was shown and the evidence, every message with its decision, where the data came from,
 * what they asked. Null when there is no such person, or nothing is left of them.
 */
export async function personReport(deps: FlowDeps, workspaceId: string, contactId: string) {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const contact = await openContact(tx, deps.keys, contactId);
    const key = await personKeyOfContact(tx, deps.keys.master, contactId);
    if (contact === null || contact.identity === null || key === null) return null;
    const { record, identity } = contact;
    const gateIds = record.points.map((point) => point.gateId);
    const events = await eventsOfPerson(tx, contactId, gateIds);
    // Evidence of nobody in particular is left sealed: it names nobody, and may be about somebody else on a shared key.
    const named = events.filter((event) => event.contactId !== null).map((event) => event.id);
    const evidence = await readEvidence(tx, deps, workspaceId, named);
    const source = (await readSources(tx)).find((each) => each.id === record.sourceId);
    return {
      format: "consentry.person-report.v1",
      contactId,
      identity: { fullName: identity.fullName ?? null, givenName: identity.givenName ?? null },
      contactPoints: record.points.map((point) => ({
        channel: point.channel,
        value: identity.points[point.id] ?? null,
        isPrimary: point.isPrimary,
      })),
      facts: {
        country: record.country,
        region: record.region,
        language: record.language,
        party: record.party,
        age: record.age,
        restrictedSince: record.restrictedSince,
        optOutSignalAt: record.optOutSignalAt,
        since: record.createdAt,
      },
      attributes: record.attributes,
      source: {
        name: source?.name ?? null,
        vendor: source?.vendor ?? null,
        obtainedAt: record.obtainedAt,
        art14NoticeAt: record.art14NoticeAt,
      },
      relationships: await relationshipsOfPerson(tx, contactId),
      preferences: await preferencesOfPerson(tx, contactId),
      consent: events.map((event) => reportedEvent(event, evidence.get(event.id) ?? null, identity.points)),
      doNotContact: (await standingSuppressions(tx, gateIds)).map(({ kind, at }) => ({ kind, at })),
      messages: await messagesOfPerson(tx, contactId),
      requests: (await privacyRequestsOfContact(tx, contactId)).map((request) => ({
        kind: request.kind,
        state: request.state,
        receivedAt: request.receivedAt,
        closedAt: request.closedAt,
        ...openText(key, workspaceId, request),
      })),
    };
  });
}

export type PersonReport = NonNullable<Awaited<ReturnType<typeof personReport>>>;

function reportedEvent(
  event: ReportedEvent,
  evidence: Evidence | null,
  points: Readonly<Record<string, string>>,
) {
  const { contactId: _contactId, contactPointId, ...rest } = event;
  return {
    ...rest,
    contactPoint: contactPointId === null ? null : (points[contactPointId] ?? null),
    evidence,
  };
}
