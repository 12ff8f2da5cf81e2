import { exactKey } from "../canonical-key.ts";
import type { Channel, Facts, Question } from "../facts.ts";
import { isAutomatedCall } from "../hours/hours-table.ts";
import { instantMs } from "../instant.ts";
import { candidatePlaces, type Place } from "../place/places.ts";
import { POLICY_DEFAULTS, type Policy } from "../policy.ts";

/** One question with what most rules ask of it worked out once. */
export interface Case {
  readonly question: Question;
  readonly facts: Facts;
  readonly channel: Channel;
  readonly nowMs: number;
  /**
   * When the question was asked. Later than `nowMs` never; earlier when a deferral is followed into the future:
   * facts that will be fetched anew by then (registries, reassignment, spam rate) are judged as of this instant.
   */
  readonly askedAtMs: number;
  readonly policy: Policy;
  /** The exact key of the contact point; null: it is no address or number. */
  readonly pointKey: string | null;
  /** Mixed content is marketing. @source 16 CFR 316.3 */
  readonly isMarketing: boolean;
  /** A call that needs consent to automated calls. */
  readonly isAutomated: boolean;
  /** Never empty; the given place first. */
  readonly places: readonly Place[];
}

/** @throws RangeError when `now` is no instant, and TypeError when the facts have no shape: the gate blocks. */
export function openCase(question: Question, askedAtMs: number | null): Case {
  const { facts } = question;
  const nowMs = instantMs(question.now);
  const policy = policyOf(facts);
  return {
    question,
    facts,
    channel: question.channel,
    nowMs,
    askedAtMs: askedAtMs ?? nowMs,
    policy,
    pointKey: exactKey(question.channel, facts.contactPoint),
    isMarketing: facts.campaign.kind !== "transactional",
    isAutomated:
      question.channel === "phone" && isAutomatedCall(facts.campaign.mode, policy.predictiveIsAutomated),
    places: candidatePlaces(question.channel, facts, facts.contactPoint),
  };
}

function policyOf(facts: Facts): Policy {
  if (facts.policy === undefined) return POLICY_DEFAULTS;
  // Spreading a text or a list would leave the defaults, which are wider than what was meant.
  if (typeof facts.policy !== "object" || Array.isArray(facts.policy))
    throw new TypeError("a policy that should be an object is not one");
  return { ...POLICY_DEFAULTS, ...facts.policy };
}

/** True when the case touches this country. */
export const isIn = (asked: Case, country: string): boolean =>
  asked.places.some((place) => place.country === country);

/** True for a fact that was given; JSON writes a missing one as null or leaves it out. */
export const isGiven = <T>(fact: T | null | undefined): fact is T => fact !== undefined && fact !== null;

/** True unless it was said, readably, that it is not so: for facts that count against contact. */
export const isPerhaps = (fact: unknown): boolean => isGiven(fact) && fact !== false;

/** Companies; sole traders count as consumers unless the policy says otherwise. An unknown party is a consumer. */
export const isBusiness = (asked: Case): boolean =>
  asked.facts.party === "business" ||
  (asked.facts.party === "sole-trader" && asked.policy.soleTradersAreConsumers === false);

/** A contract is in force and the campaign is about it. */
export const isAboutRunningContract = (asked: Case): boolean =>
  asked.facts.campaign.relatedToContract === true && asked.facts.relationship?.contractInForce === true;
