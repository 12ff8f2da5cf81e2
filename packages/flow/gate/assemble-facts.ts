import type { PolicyFacts, Question } from "#core/facts";
import type { CampaignContext, CandidateFacts } from "./candidate-facts.ts";
import { consentsOf, suppressionFact } from "./consent-facts.ts";
import { isLargeProvider, messageFacts } from "./message-facts.ts";
import { provenanceFacts, relationshipFact, wishesOf } from "./person-facts.ts";
import { countryOf, placeFacts } from "./place-facts.ts";

/**
 * The question the sending gate asks: the same JSON as `POST /v1/gate/evaluate` takes. Senders and purposes are
 * named by their ids. Every key is loaded; a key that cannot be read is an error here and a block for the recipient.
 */
export function assembleQuestion(context: CampaignContext, facts: CandidateFacts, now: Date): Question {
  const { candidate } = facts;
  const { speaker, circumstances } = context;
  const {
    scriptVersion,
    artificialVoice,
    disclosesArtificialVoice,
    liaId,
    containsArt14Notice,
    ...campaign
  } = circumstances;
  return {
    channel: context.channel,
    now: now.toISOString(),
    facts: {
      country: countryOf(candidate, facts.contactPoint),
      ...(candidate.region === null ? {} : { region: candidate.region }),
      contactPoint: facts.contactPoint,
      contactId: candidate.contactId,
      party: candidate.party,
      ...(candidate.age === null ? {} : { age: candidate.age }),
      campaign: {
        ...campaign,
        kind: speaker.purposeKind,
        purpose: speaker.purposeId,
        controller: speaker.senderId,
        ...(context.frequencyCap === null ? {} : { frequencyCap: context.frequencyCap }),
      },
      consents: consentsOf(facts, speaker),
      suppressions: facts.suppressions.map((entry) =>
        suppressionFact(entry, context.channel, facts.contactPoint),
      ),
      attempts: facts.attempts.map((at) => at.toISOString()),
      ...(facts.pace === null ? {} : { wishes: wishesOf(facts.pace, facts.contactedAt) }),
      ...(candidate.restrictedSince === null
        ? {}
        : { restrictedSince: candidate.restrictedSince.toISOString() }),
      ...provenanceFacts(candidate),
      ...(facts.relationship === null ? {} : { relationship: relationshipFact(facts.relationship, speaker) }),
      // The stored switches were checked when they were set.
      policy: { ...(speaker.policy as PolicyFacts), legalBasis: speaker.legalBasis },
      ...(liaId === undefined ? {} : { liaId }),
      ...(context.channel === "email"
        ? {
            message: messageFacts(speaker, context.subject, containsArt14Notice === true),
            bulkSenderToProvider: speaker.isBulkSender && isLargeProvider(facts.contactPoint),
          }
        : {
            ...placeFacts(facts, now),
            call: given({
              callerId: speaker.callerId,
              scriptVersion,
              artificialVoice,
              disclosesArtificialVoice,
            }),
          }),
    },
  };
}

/** What is there of these; a missing fact is left out, never null. */
const given = <T extends object>(facts: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined && fact !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
