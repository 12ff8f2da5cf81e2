import { z } from "zod";
import type { CampaignFacts, Facts, Question } from "#core/facts";
import {
  CONSENT,
  RAW_EVENT,
  REASSIGNMENT,
  REGISTRY_COPY,
  RELATIONSHIP,
  type Shape,
  SOURCE,
  SUPPRESSION,
} from "./evidence-schema.ts";
import { clockTime, country, date, instant, list, object, region, text, zone } from "./fact-fields.ts";
import { POLICY } from "./policy-schema.ts";

const flag = z.boolean().nullish();
const word = text.nullish();

const CAP = object({
  max: z.int().min(0).max(1_000),
  windowHours: z.number().positive().max(87_600),
});

const CAMPAIGN = object({
  kind: z.enum(["marketing", "transactional", "mixed"]),
  purpose: text,
  controller: text,
  subject: word,
  mode: z.enum(["live-manual", "predictive", "prerecorded"]).nullish(),
  abandonedRate30d: z.number().min(0).max(1).nullish(),
  frequencyCap: CAP.nullish(),
  relatedToContract: flag,
  sharesDataWithThirdParty: flag,
  sector: word,
  callWindow: object({
    from: clockTime,
    to: clockTime,
  } satisfies Shape<NonNullable<CampaignFacts["callWindow"]>>).nullish(),
} satisfies Shape<CampaignFacts>);

const MESSAGE = object({
  from: word,
  subject: word,
  postalAddress: word,
  bodyUnsubscribe: flag,
  listUnsubscribe: word,
  listUnsubscribePost: flag,
  dkimSignedHeaders: list(text),
  dmarcAligned: flag,
  unsubscribeRequiresLogin: flag,
  containsArt14Notice: flag,
} satisfies Shape<NonNullable<Facts["message"]>>);

const FACTS = object({
  country: country.nullable(),
  region: region.nullish(),
  contactPoint: z.string().max(254),
  contactId: word,
  sharedWith: list(text),
  party: z.enum(["consumer", "business", "sole-trader"]).nullish(),
  age: z.number().min(0).max(150).nullish(),
  campaign: CAMPAIGN,
  consents: list(CONSENT),
  relationship: RELATIONSHIP.nullish(),
  suppressions: list(SUPPRESSION),
  events: list(RAW_EVENT),
  registries: list(REGISTRY_COPY),
  reassignment: REASSIGNMENT.nullish(),
  source: SOURCE.nullish(),
  attempts: list(instant),
  wishes: object({
    pausedUntil: instant.nullish(),
    frequencyCap: CAP.nullish(),
    contactedAt: list(instant),
  } satisfies Shape<NonNullable<Facts["wishes"]>>).nullish(),
  tzCandidates: list(zone, 100),
  holidays: list(date),
  restrictedSince: instant.nullish(),
  privacySignals: object({ gpc: z.boolean(), at: instant, linkedToContact: z.boolean() }).nullish(),
  bulkSenderToProvider: flag,
  spamRate7d: z.number().min(0).max(1).nullish(),
  policy: POLICY.nullish(),
  call: object({
    callerId: word,
    scriptVersion: word,
    artificialVoice: flag,
    disclosesArtificialVoice: flag,
  } satisfies Shape<NonNullable<Facts["call"]>>).nullish(),
  registrations: list(object({ jurisdiction: text, kind: text, number: text, validUntil: instant })),
  liaId: word,
  message: MESSAGE.nullish(),
} satisfies Shape<Facts>);

const QUESTION_SHAPE = {
  channel: z.enum(["email", "phone"]),
  now: instant,
  facts: FACTS,
} satisfies Shape<Question>;

/** One question as callers write it: everything optional may be null, which means that it was not given. */
export const QUESTION = object(QUESTION_SHAPE);

/** Questions in one call; the most that one answers without keeping others waiting. */
export const QUESTIONS_MAX = 1_000;

/** A question as a body of its own, with the wish for an explanation. */
export const SINGLE = object({ ...QUESTION_SHAPE, explain: flag });

/** Many questions in one body, answered in their order. */
export const BATCH = object({ questions: z.array(QUESTION).min(1).max(QUESTIONS_MAX), explain: flag });

/** The question as the core takes it: what is null was not given, and is left out. */
export function toQuestion(parsed: z.infer<typeof QUESTION>): Question {
  const facts = withoutNulls(parsed.facts) as Facts;
  return {
    channel: parsed.channel,
    now: parsed.now,
    // A country that is null is a fact of its own: it could not be resolved.
    facts: { ...facts, country: parsed.facts.country },
  };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null && each !== undefined)
      .map(([key, each]) => [key, withoutNulls(each)]),
  );
}
