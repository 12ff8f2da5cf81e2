import { inWorkspace } from "#db/database";
import { evidenceContext } from "#db/queries/consent-events";
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
import { decrypt } from "#db/vault/keyring";
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
      consent: (await eventsOfPerson(tx, contactId, gateIds)).map((event) =>
        reportedEvent(event, workspaceId, key, identity.points),
      ),
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
  workspaceId: string,
  key: Buffer,
  points: Readonly<Record<string, string>>,
) {
  const { evidence, gateId, seq, contactId: _contactId, contactPointId, ...rest } = event;
  return {
    ...rest,
    contactPoint: contactPointId === null ? null : (points[contactPointId] ?? null),
    evidence: openedEvidence(evidence, key, evidenceContext(workspaceId, gateId, seq)),
  };
}

/** Null for evidence of nobody in particular, which names nobody. */
function openedEvidence(sealed: Buffer | null, key: Buffer, context: string): unknown {
  if (sealed === null) return null;
  try {
    return (JSON.parse(decrypt(key, sealed, context).toString()) as { payload: unknown }).payload;
  } catch {
    return null;
  }
}
