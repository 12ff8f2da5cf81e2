import fc from "fast-check";
import type { ConsentFact, Facts, Question } from "#core/facts";
import { copy, daysBefore, MESSAGE, PLACES, SIGNED_TEXT } from "./question.ts";

/** How often each property is tried. */
export const RUNS = { numRuns: 10_000 };

const START = Date.parse("2026-06-01T00:00:00Z");
const MINUTES = 270 * 24 * 60;
const now = fc
  .integer({ min: 0, max: MINUTES })
  .map((minute) => new Date(START + minute * 60_000).toISOString());

/** Mostly the first value; a question in which everything is odd never reaches an allow. */
const mostly = <T>(usual: T, ...odd: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const days = fc.integer({ min: 0, max: 900 });

const PROOFS: readonly NonNullable<ConsentFact["proof"]>[] = [
  { noticeHash: "sha256:9f2c", noticeVersion: "2026-01", method: "double-opt-in" },
  { noticeVersion: "2026-01", statementShown: "automated calls of Acme", method: "web-form" },
  { signature: "sig-1", text: SIGNED_TEXT },
  { noticeHash: "h", noticeVersion: "1", method: "email-double-opt-in" },
  { method: "csv-column" },
  {},
];

interface Draft {
  readonly now: string;
  readonly number: string;
}

const consent = (channel: Question["channel"], { now: asked, number }: Draft): fc.Arbitrary<ConsentFact> =>
  fc
    .record({
      channel: mostly<Question["channel"]>(channel, channel === "email" ? "phone" : "email"),
      purpose: mostly("offers", "surveys"),
      controller: mostly("acme", "other"),
      type: fc.constantFrom("express" as const, "express-written" as const),
      given: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -1, max: 700 }) }, days),
      withdrawn: rarely(days),
      lapses: rarely(fc.integer({ min: -100, max: 100 })),
      proof: fc.constantFrom(...PROOFS),
      eventId: fc.constantFrom("e1", "e2", "e3", "e4"),
      parentalAuthorisation: mostly(false, true),
    })
    .map(({ given, withdrawn, lapses, proof, ...rest }) => ({
      ...rest,
      givenAt: daysBefore(asked, given),
      ...(withdrawn === undefined ? {} : { withdrawnAt: daysBefore(asked, withdrawn - 100) }),
      ...(lapses === undefined ? {} : { expiresAt: daysBefore(asked, lapses) }),
      proof: proof.signature === undefined ? proof : { ...proof, number },
    }));

const attempts = (asked: string) =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 48 }), fc.integer({ min: 0, max: 40 * 24 })), { maxLength: 6 })
    .map((hours) => hours.map((hour) => new Date(Date.parse(asked) - hour * 3_600_000).toISOString()));

/** A break that may be over, and a cap of the person's own. */
const wishes = (asked: string) =>
  fc
    .record({
      pausedHours: rarely(fc.integer({ min: -48, max: 30 * 24 })),
      max: rarely(fc.integer({ min: 0, max: 3 })),
      windowHours: fc.integer({ min: 1, max: 720 }),
      contactedAt: attempts(asked),
    })
    .map(({ pausedHours, max, windowHours, contactedAt }) => ({
      ...(pausedHours === undefined
        ? {}
        : { pausedUntil: new Date(Date.parse(asked) + pausedHours * 3_600_000).toISOString() }),
      ...(max === undefined ? {} : { frequencyCap: { max, windowHours }, contactedAt }),
    }));

export const KINDS = [
  "unsubscribe",
  "objection",
  "complaint",
  "hard-bounce",
  "internal-dnc",
  "erasure",
] as const;

/** An entry for this contact point, or for another. */
export const suppression = (point: string) =>
  fc.record(
    {
      kind: fc.constantFrom(...KINDS),
      key: fc.constantFrom(
        point,
        point.toUpperCase(),
        `hmac(email:${point})`,
        `hmac(phone:${point})`,
        "x@example.com",
      ),
      at: fc.constantFrom("2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z", "2027-05-01T00:00:00Z"),
      controller: fc.constantFrom("acme", "other"),
      dsn: fc.constantFrom("5.1.1", "4.2.2", "5.7.1"),
      eventId: fc.constantFrom("s1", "s2", "s3"),
    },
    { requiredKeys: ["kind", "key", "at"] },
  );

const event = (asked: string) =>
  fc.record({
    type: fc.constantFrom("http-get-unsubscribe", "http-post-one-click", "sms-keyword"),
    at: fc.constantFrom(daysBefore(asked, 1), daysBefore(asked, -1)),
    text: fc.constantFrom("stop", "hello"),
  });

const relationship = (asked: string): fc.Arbitrary<NonNullable<Facts["relationship"]>> =>
  fc.record(
    {
      lastPurchaseAt: days.map((count) => daysBefore(asked, count).slice(0, 10)),
      lastInquiryAt: days.map((count) => daysBefore(asked, count / 3).slice(0, 10)),
      contractInForce: fc.boolean(),
      collectedBy: mostly("acme", "other"),
      collectedDuring: fc.constantFrom("sale" as const, "negotiation" as const),
      similarProducts: mostly(true, false),
      optOutOfferedAtCollection: mostly(true, false),
      refusedAtCollection: mostly(false, true),
    },
    { requiredKeys: [] },
  );

/** A list of the place, as old as it may be and not, with the number on it and not. */
const registries = (place: string, asked: string) => {
  const list = PLACES[place]?.[2];
  if (list === undefined) return fc.constant([]);
  return fc
    .array(
      fc.record({
        listed: mostly(false, true),
        listedAt: fc.constantFrom("2024-01-01", "2026-10-01"),
        age: mostly(3, 25, 40),
      }),
      { minLength: 1, maxLength: 2 },
    )
    .map((copies) =>
      copies.map(({ age, ...rest }) => copy(list, { ...rest, listAsOf: daysBefore(asked, age) })),
    );
};

const policy = fc.record(
  {
    legalBasis: fc.constantFrom("law" as const, "law" as const, "consent-only" as const),
    consentMonths: fc.constantFrom(6, 24, 48),
    blocksMinorsUnder18: fc.boolean(),
    allowsLegitimateInterestCalls: fc.boolean(),
    appliesLowConfidenceHours: fc.boolean(),
    mississippiStandardTime: fc.boolean(),
    predictiveIsAutomated: fc.boolean(),
    soleTradersAreConsumers: fc.boolean(),
    reassignedNoDataBlocks: fc.boolean(),
  },
  { requiredKeys: [] },
);

const strip = <T extends object>(facts: T): T =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;

const campaign = fc.record({
  kind: mostly("marketing" as const, "transactional" as const, "mixed" as const),
  mode: mostly("live-manual" as const, "prerecorded" as const, "predictive" as const),
  abandonedRate30d: rarely(fc.constantFrom(0.01, 0.05)),
  frequencyCap: fc.oneof(
    fc.constant(undefined),
    fc.record({ max: mostly(1, 0, 2, 4), windowHours: fc.constantFrom(24, 240) }),
  ),
  relatedToContract: rarely(fc.boolean()),
  callWindow: rarely(
    fc.constantFrom(
      { from: "09:00", to: "17:00" },
      { from: "13:30", to: "24:00" },
      { from: "06:00", to: "07:00" },
    ),
  ),
  sector: rarely(fc.constantFrom("energy", "home-renovation", "telecom")),
});

/** A question that may well be allowed, and has all the lists whose order or length could matter. */
export const question: fc.Arbitrary<Question> = fc
  .tuple(
    fc.constantFrom("email" as const, "phone" as const),
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...Object.keys(PLACES)) },
      { weight: 1, arbitrary: fc.constantFrom("unknown", "CH", "RO") },
    ),
    now,
  )
  .chain(([channel, place, asked]) => {
    const [number, zone] = PLACES[place] ?? ["+41441234567", "Europe/Zurich"];
    const contactPoint = channel === "email" ? "anna.k@example.com" : number;
    return fc
      .record({
        party: fc.constantFrom("consumer" as const, "business" as const, "sole-trader" as const),
        age: rarely(fc.integer({ min: 10, max: 40 })),
        consents: fc.array(consent(channel, { now: asked, number }), { maxLength: 3 }),
        suppressions: fc.oneof(
          { weight: 6, arbitrary: fc.constant([]) },
          fc.array(suppression(contactPoint), { maxLength: 3 }),
        ),
        events: fc.oneof({ weight: 8, arbitrary: fc.constant([]) }, fc.array(event(asked), { maxLength: 2 })),
        registries: registries(place, asked),
        attempts: attempts(asked),
        wishes: rarely(wishes(asked)),
        relationship: rarely(relationship(asked)),
        tzCandidates: mostly([zone], [zone, "America/Chicago"], ["Europe/Paris", zone], []),
        holidays: fc.constantFrom([], [asked.slice(0, 10)], ["2026-12-25", "2026-12-26"]),
        source: rarely(
          fc.record({
            kind: fc.constantFrom("first-party" as const, "third-party-named-consent" as const),
            provenanceVerified: mostly(true, false),
            art14NoticeAt: fc.constantFrom(null, daysBefore(asked, 3)),
          }),
        ),
        reassignment: rarely(
          fc.record({
            db: fc.constant("FCC"),
            answer: mostly("no" as const, "yes" as const, "no-data" as const),
            queriedAt: mostly(daysBefore(asked, 2), daysBefore(asked, 40)),
            consentDate: fc.constant("2023-01-01"),
          }),
        ),
        policy,
        message: mostly(MESSAGE, { ...MESSAGE, bodyUnsubscribe: false }),
        campaign,
      })
      .map(({ campaign: about, ...facts }) => ({
        channel,
        now: asked,
        facts: strip({
          ...(place === "unknown"
            ? { country: null }
            : { country: place.slice(0, 2), ...(place.includes("-") ? { region: place } : {}) }),
          contactPoint,
          ...facts,
          campaign: strip({ purpose: "offers", controller: "acme", ...about }),
        }) as Facts,
      }));
  });

/** The same question with other facts. */
export const withFacts = (given: Question, facts: Partial<Facts>): Question => ({
  ...given,
  facts: { ...given.facts, ...facts },
});
