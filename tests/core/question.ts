import { expect, test } from "vitest";
import { settle } from "#core/decide";
import type { CampaignFacts, ConsentFact, Facts, Question } from "#core/facts";

/** A Monday: 16:00 in Berlin, 15:00 in London, 10:00 in New York. */
export const NOW = "2026-11-23T15:00:00Z";

/** An instant by what a wall clock shows, `YYYY-MM-DDTHH:MM`. */
export const at = (zone: string, local: string): string =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant().toString();

/** A number, a clock and the do-not-call list of each place that the cases speak of. */
export const PLACES: Readonly<Record<string, readonly [number: string, zone: string, list?: string]>> = {
  "US-AL": ["+12055550100", "America/Chicago", "US-NDNCR"],
  "US-CA": ["+14155550100", "America/Los_Angeles", "US-NDNCR"],
  "US-CT": ["+12035550100", "America/New_York", "US-NDNCR"],
  "US-FL": ["+13055550100", "America/New_York", "US-NDNCR"],
  "US-IL": ["+13125550100", "America/Chicago", "US-NDNCR"],
  "US-KY": ["+15025550100", "America/Louisville", "US-NDNCR"],
  "US-LA": ["+15045550100", "America/Chicago", "US-NDNCR"],
  "US-MA": ["+16175550100", "America/New_York", "US-NDNCR"],
  "US-MD": ["+14105550100", "America/New_York", "US-NDNCR"],
  "US-ME": ["+12075550100", "America/New_York", "US-NDNCR"],
  "US-MI": ["+13135550100", "America/Detroit", "US-NDNCR"],
  "US-MN": ["+16125550100", "America/Chicago", "US-NDNCR"],
  "US-MS": ["+16015550100", "America/Chicago", "US-NDNCR"],
  "US-NE": ["+14025550100", "America/Chicago", "US-NDNCR"],
  "US-NM": ["+15055550100", "America/Denver", "US-NDNCR"],
  "US-NV": ["+17025550100", "America/Los_Angeles", "US-NDNCR"],
  "US-NY": ["+12125550100", "America/New_York", "US-NDNCR"],
  "US-OK": ["+14055550100", "America/Chicago", "US-NDNCR"],
  "US-PA": ["+12155550100", "America/New_York", "US-NDNCR"],
  "US-RI": ["+14015550100", "America/New_York", "US-NDNCR"],
  "US-SD": ["+16055550100", "America/Chicago", "US-NDNCR"],
  "US-TX": ["+12145550100", "America/Chicago", "US-NDNCR"],
  "US-UT": ["+18015550100", "America/Denver", "US-NDNCR"],
  "US-VA": ["+18045550100", "America/New_York", "US-NDNCR"],
  "US-WA": ["+12065550100", "America/Los_Angeles", "US-NDNCR"],
  "US-WY": ["+13075550100", "America/Denver", "US-NDNCR"],
  US: ["+18005550100", "America/New_York", "US-NDNCR"],
  "CA-BC": ["+16045550100", "America/Vancouver", "CA-NDNCL"],
  "CA-ON": ["+14165550100", "America/Toronto", "CA-NDNCL"],
  GB: ["+442079460000", "Europe/London", "GB-TPS"],
  FR: ["+33142000000", "Europe/Paris"],
  DE: ["+4930123456", "Europe/Berlin"],
  AT: ["+4311234567", "Europe/Vienna"],
  IT: ["+390612345678", "Europe/Rome", "IT-RPO"],
  ES: ["+34910000000", "Europe/Madrid", "ES-ROBINSON"],
  NL: ["+31201234567", "Europe/Amsterdam"],
  AU: ["+61290000000", "Australia/Sydney", "AU-DNCR"],
  BR: ["+551130000000", "America/Sao_Paulo"],
  IN: ["+911130000000", "Asia/Kolkata"],
  JP: ["+81312345678", "Asia/Tokyo"],
  SG: ["+6561234567", "Asia/Singapore", "SG-DNC"],
};

export type Change = Omit<Partial<Facts>, "campaign"> & {
  readonly campaign?: Partial<CampaignFacts>;
  readonly now?: string;
};

const placeOf = (place: string): Pick<Facts, "country" | "region"> =>
  place === "unknown"
    ? { country: null }
    : place.includes("-")
      ? { country: place.slice(0, 2), region: place }
      : { country: place };

export const MESSAGE = { postalAddress: "1 Main St, Springfield", bodyUnsubscribe: true } as const;

/** A newsletter of acme to one person in this place, of whom nothing else is known. */
export function email(place: string, { now, campaign, ...facts }: Change = {}): Question {
  return {
    channel: "email",
    now: now ?? NOW,
    facts: {
      ...placeOf(place),
      contactPoint: "anna.k@example.com",
      party: "consumer",
      message: MESSAGE,
      ...facts,
      campaign: { kind: "marketing", purpose: "newsletter", controller: "acme", ...campaign },
    },
  };
}

/** A live call of acme to one person in this place, of whom nothing else is known; its list is from yesterday. */
export function call(place: string, { now, campaign, ...facts }: Change = {}): Question {
  const [number, zone, list] = PLACES[place] ?? ["+41441234567", "Europe/Zurich"];
  const asked = now ?? NOW;
  return {
    channel: "phone",
    now: asked,
    facts: {
      ...placeOf(place),
      contactPoint: number,
      party: "consumer",
      tzCandidates: [zone],
      registries: list === undefined ? [] : [copy(list, { listAsOf: daysBefore(asked, 1) })],
      ...facts,
      campaign: {
        kind: "marketing",
        purpose: "offers",
        controller: "acme",
        mode: "live-manual",
        subject: "offer-1",
        ...campaign,
      },
    },
  };
}

export const daysBefore = (instant: string, days: number): string =>
  Temporal.Instant.from(instant)
    .subtract({ hours: days * 24 })
    .toString();

/** A copy of a do-not-call list, without the number on it. */
export const copy = (id: string, change: Partial<NonNullable<Facts["registries"]>[number]> = {}) => ({
  id,
  listed: false,
  listAsOf: "2026-11-20",
  ...change,
});

/** The number has been on the list for years. */
export const listed = (id: string, change: Partial<NonNullable<Facts["registries"]>[number]> = {}) => ({
  registries: [copy(id, { listed: true, listedAt: "2024-01-01", ...change })],
});

/** A proved yes to the newsletter, by double opt-in. */
export const yes = (change: Partial<ConsentFact> = {}): Pick<Facts, "consents"> & Change => ({
  consents: [
    {
      channel: "email",
      purpose: "newsletter",
      controller: "acme",
      type: "express",
      givenAt: "2026-02-01T09:05:00Z",
      proof: {
        noticeHash: "sha256:9f2c",
        noticeVersion: "2026-01",
        statementShown: "Email me the Acme newsletter",
        method: "double-opt-in",
      },
      ...change,
    },
  ],
});

/** A proved yes to live calls, on a web form. */
export const yesToCalls = (change: Partial<ConsentFact> = {}): Pick<Facts, "consents"> & Change => ({
  consents: [
    {
      channel: "phone",
      purpose: "offers",
      controller: "acme",
      type: "express",
      givenAt: "2026-02-01T09:05:00Z",
      proof: {
        noticeHash: "sha256:9f2c",
        noticeVersion: "2026-01",
        statementShown: "Call me about offers",
        method: "web-form",
      },
      ...change,
    },
  ],
});

export const SIGNED_TEXT =
  "I agree that Acme calls me with autodialed and prerecorded messages. Agreeing is not a condition of purchase.";

/** A signed agreement to recorded calls on the number of this place, given a year ago. */
export const signed = (
  place: string,
  change: Partial<ConsentFact> = {},
  proof: ConsentFact["proof"] = {},
): Pick<Facts, "consents"> & Change => ({
  consents: [
    {
      channel: "phone",
      purpose: "offers",
      controller: "acme",
      type: "express-written",
      givenAt: "2025-11-24T10:00:00Z",
      proof: { signature: "sig-1", number: PLACES[place]?.[0] ?? "", text: SIGNED_TEXT, ...proof },
      ...change,
    },
  ],
});

/** A recent answer of the reassigned-numbers database: the number did not change hands. */
export const NOT_REASSIGNED = {
  db: "FCC",
  answer: "no",
  queriedAt: "2026-11-20T00:00:00Z",
  consentDate: "2025-11-24",
} as const;

/** `allow consent-express`, `block quiet-hours`, `defer quiet-hours until 2026-11-24T08:00:00Z`. */
export function answerTo(question: Question): string {
  const decision = settle(question, null);
  const until = decision.verdict === "defer" ? ` until ${decision.until}` : "";
  return `${decision.verdict} ${decision.reason}${until}`;
}

/** A case with its answer, and the one difference that changes the answer. */
export type Row = readonly [
  when: string,
  question: Question,
  answer: string,
  but: string,
  otherQuestion: Question,
  otherAnswer: string,
];

/** Every case with the case that differs from it. */
export function answers(rows: readonly Row[]): void {
  for (const [when, question, answer, but, otherQuestion, otherAnswer] of rows) {
    test(`${when}: ${answer}; ${but}: ${otherAnswer}`, () => {
      expect(answerTo(question)).toBe(answer);
      expect(answerTo(otherQuestion)).toBe(otherAnswer);
      expect(otherAnswer).not.toBe(answer);
    });
  }
}
