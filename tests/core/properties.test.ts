import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, settle } from "#core/decide";
import type { Facts, Question } from "#core/facts";
import { copy } from "./question.ts";
import { question, RUNS, suppression, withFacts } from "./questions.ts";

/** Holds for every pair of a question and one with a fact more against contact. */
function neverAllows(given: Question, worse: Question): void {
  if (settle(given, null).verdict !== "allow") expect(settle(worse, null).verdict).not.toBe("allow");
  if (decide(given).verdict !== "allow") expect(decide(worse).verdict).not.toBe("allow");
}

const check = <T>(property: fc.IRawProperty<T>) => fc.assert(property, RUNS);

/** Of several, only one consent is changed. */
const changeConsent = (given: Question, place: number, change: object): Question =>
  withFacts(given, {
    consents: (given.facts.consents ?? []).map((each, at) => (at === place ? { ...each, ...change } : each)),
  });

describe("for every question", () => {
  test("allow, block and defer are all reached, by email and by phone; the same question has the same answer", () => {
    const seen = new Map<string, number>();
    check(
      fc.property(question, (given) => {
        const before = JSON.stringify(given);
        const answer = settle(given, null);
        expect(settle(given, null)).toEqual(answer);
        expect(settle(JSON.parse(before) as Question, null)).toEqual(answer);
        expect(JSON.stringify(given)).toBe(before);
        const key = `${given.channel} ${answer.verdict}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }),
    );
    for (const channel of ["email", "phone"]) {
      for (const verdict of ["allow", "block", "defer"]) {
        expect(seen.get(`${channel} ${verdict}`) ?? 0, `${channel} ${verdict}`).toBeGreaterThan(
          RUNS.numRuns / 200,
        );
      }
    }
  });

  test("one more suppression never turns a block or a wait into an allow", () => {
    const pair = question.chain((given) =>
      fc.tuple(fc.constant(given), suppression(given.facts.contactPoint)),
    );
    check(
      fc.property(pair, fc.boolean(), ([given, entry], first) => {
        const old = given.facts.suppressions ?? [];
        neverAllows(given, withFacts(given, { suppressions: first ? [entry, ...old] : [...old, entry] }));
      }),
    );
  });

  test("an objection blocks all marketing, erasure everything", () => {
    check(
      fc.property(question, (given) => {
        const { contactPoint, campaign } = given.facts;
        const stop = (kind: "objection" | "erasure") =>
          withFacts(given, { suppressions: [{ kind, key: contactPoint, at: "2026-01-01T00:00:00Z" }] });
        if (campaign.kind !== "transactional") expect(decide(stop("objection")).verdict).toBe("block");
        expect(decide(stop("erasure")).verdict).toBe("block");
      }),
    );
  });

  test("being listed never turns a block or a wait into an allow", () => {
    const listing = fc.record({
      place: fc.nat(2),
      listedAt: fc.constantFrom("2020-01-01", "2026-09-01", undefined),
      isAdded: fc.boolean(),
    });
    check(
      fc.property(question, listing, (given, { place, listedAt, isAdded }) => {
        const copies = given.facts.registries ?? [];
        const old = copies[place % Math.max(1, copies.length)];
        if (old === undefined) {
          // A list the place does not ask for.
          neverAllows(given, withFacts(given, { registries: [copy("FR-BLOCTEL", { listed: true })] }));
          return;
        }
        const { listedAt: _, ...rest } = old;
        const entry = { ...rest, listed: true, ...(listedAt === undefined ? {} : { listedAt }) };
        const others = isAdded ? copies : copies.filter((each) => each !== old);
        neverAllows(given, withFacts(given, { registries: [...others, entry] }));
      }),
    );
  });

  test("a withdrawal never turns a block or a wait into an allow", () => {
    const instant = fc.constantFrom("2024-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-12-01T00:00:00Z");
    check(
      fc.property(question, fc.nat(2), instant, fc.boolean(), (given, place, withdrawnAt, isAdded) => {
        const consents = given.facts.consents ?? [];
        const one = consents[place];
        const worse =
          isAdded && one !== undefined
            ? withFacts(given, { consents: [...consents, { ...one, withdrawnAt }] })
            : changeConsent(given, place, { withdrawnAt });
        // A consent that was withdrawn already is not made any better by a later date.
        if (!isAdded && one?.withdrawnAt !== undefined) return;
        if (isAdded) expectNoBetter(given, worse);
        else neverAllows(given, worse);
      }),
    );
  });

  test("a proof less never turns a block or a wait into an allow", () => {
    const part = fc.constantFrom(
      "all",
      "method",
      "noticeVersion",
      "noticeHash",
      "statementShown",
      "signature",
      "text",
    );
    check(
      fc.property(question, fc.nat(2), part, (given, place, lost) => {
        const proof = given.facts.consents?.[place]?.proof ?? {};
        const left = Object.fromEntries(
          Object.entries(proof).filter(([key]) => lost !== "all" && key !== lost),
        );
        neverAllows(given, changeConsent(given, place, { proof: left }));
      }),
    );
  });

  test("when the wait is over it is not a quiet hour; and the wait ends after it began", () => {
    check(
      fc.property(question, (given) => {
        const answer = settle(given, null);
        if (answer.verdict !== "defer") return;
        expect(Date.parse(answer.until)).toBeGreaterThan(Date.parse(given.now));
        expect(decide({ ...given, now: answer.until }).failing).not.toContain("quiet-hours");
        expect(settle(given, answer.until)).toMatchObject({ verdict: "block", reason: answer.reason });
      }),
    );
  });

  test("an allow is valid until after it was given", () => {
    check(
      fc.property(question, (given) => {
        const answer = settle(given, null);
        if (answer.verdict !== "allow" || answer.validUntil === null) return;
        expect(Date.parse(answer.validUntil)).toBeGreaterThan(Date.parse(given.now));
        const later = { ...given, now: new Date(Date.parse(answer.validUntil) - 1).toISOString() };
        const stillOpen = settle(later, null);
        expect(["allow", "block"]).toContain(stillOpen.verdict);
      }),
    );
  });

  test("the order in which facts came does not matter", () => {
    const turned = <T>(list: readonly T[] | undefined, by: number): T[] => {
      const all = [...(list ?? [])];
      return by % 2 === 0 ? all.reverse() : [...all.slice(1), ...all.slice(0, 1)];
    };
    check(
      fc.property(question, fc.nat(7), (given, by) => {
        const { consents, events, suppressions, registries, attempts, tzCandidates, holidays } = given.facts;
        const other = withFacts(given, {
          consents: turned(consents, by),
          events: turned(events, by),
          suppressions: turned(suppressions, by + 1),
          registries: turned(registries, by),
          attempts: turned(attempts, by),
          tzCandidates: turned(tzCandidates, by),
          holidays: turned(holidays, by),
        });
        expect(settle(other, null)).toEqual(settle(given, null));
      }),
    );
  });

  test("where only consent counts, consent and messages about an order are all that allow", () => {
    check(
      fc.property(question, (given) => {
        const strict = withFacts(given, { policy: { ...given.facts.policy, legalBasis: "consent-only" } });
        const answer = settle(strict, null);
        if (answer.verdict === "allow") expect(["consent-express", "transactional"]).toContain(answer.reason);
      }),
    );
  });

  test("what the strict policy allows, the law's policy allows too", () => {
    check(
      fc.property(question, (given) => {
        const under = (legalBasis: "law" | "consent-only") =>
          settle(withFacts(given, { policy: { ...given.facts.policy, legalBasis } }), null).verdict;
        if (under("consent-only") === "allow") expect(under("law")).toBe("allow");
      }),
    );
  });
});

/** A consent more, be it one that was withdrawn, may permit only while its withdrawal lies ahead. */
function expectNoBetter(given: Question, worse: Question): void {
  const last = worse.facts.consents?.at(-1);
  if (last?.withdrawnAt !== undefined && Date.parse(last.withdrawnAt) <= Date.parse(given.now))
    neverAllows(given, worse);
}

describe("nothing thrown escapes, whatever the facts are", () => {
  const FIELDS = [
    ...[
      "country",
      "region",
      "contactPoint",
      "contactId",
      "party",
      "age",
      "consents",
      "relationship",
      "suppressions",
    ],
    ...[
      "events",
      "registries",
      "reassignment",
      "source",
      "attempts",
      "tzCandidates",
      "holidays",
      "restrictedSince",
    ],
    ...[
      "privacySignals",
      "bulkSenderToProvider",
      "spamRate7d",
      "policy",
      "call",
      "registrations",
      "liaId",
      "message",
    ],
    ...["campaign", "sharedWith"],
  ];
  const junk = fc.oneof(
    fc.anything({ maxDepth: 2 }),
    fc.constantFrom<unknown>(
      null,
      "",
      "9999-12-31T23:59:59Z",
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -1,
      [null],
      {},
    ),
  );
  const verdictOf = (asked: unknown): string => {
    const answer = settle(asked as Question, null);
    if (answer.verdict === "defer") expect(Date.parse(answer.until)).not.toBeNaN();
    expect(answer.failing.length > 0).toBe(answer.verdict !== "allow");
    return answer.verdict;
  };

  test("one field of a sound question", () => {
    check(
      fc.property(question, fc.constantFrom(...FIELDS), junk, (given, field, value) => {
        expect(["allow", "block", "defer"]).toContain(
          verdictOf(withFacts(given, { [field]: value } as Partial<Facts>)),
        );
      }),
    );
  });

  test("one field within a group or a list", () => {
    const INNER: Readonly<Record<string, readonly string[]>> = {
      consents: [
        "channel",
        "purpose",
        "controller",
        "type",
        "givenAt",
        "withdrawnAt",
        "expiresAt",
        "proof",
        "key",
        "namedControllers",
      ],
      suppressions: ["kind", "key", "at", "controller", "dsn"],
      registries: ["id", "listed", "listedAt", "listAsOf"],
      campaign: ["kind", "purpose", "controller", "mode", "abandonedRate30d", "frequencyCap", "sector"],
      policy: [
        "legalBasis",
        "consentMonths",
        "softOptInNegotiation",
        "spamRateCeiling",
        "predictiveIsAutomated",
      ],
      relationship: ["lastPurchaseAt", "lastInquiryAt", "contractInForce", "collectedBy", "collectedDuring"],
      attempts: ["0"],
      tzCandidates: ["0"],
      holidays: ["0"],
      events: ["0"],
    };
    const path = fc.constantFrom(
      ...Object.entries(INNER).flatMap(([group, keys]) => keys.map((key) => [group, key] as const)),
    );
    check(
      fc.property(question, path, junk, (given, [group, key], value) => {
        const old: unknown = Reflect.get(given.facts, group);
        const changed = Array.isArray(old)
          ? key === "0"
            ? [value, ...old]
            : [{ ...old[0], [key]: value }, ...old.slice(1)]
          : { ...(old as object), [key]: value };
        expect(["allow", "block", "defer"]).toContain(
          verdictOf(withFacts(given, { [group]: changed } as Partial<Facts>)),
        );
      }),
    );
  });

  test("a fact that became unreadable never turns a block or a wait into an allow", () => {
    // Who is a consumer is left out: companies have lists of their own, so that neither reading is the stricter one.
    const CLOSED = [
      ...["contactPoint", "country", "age", "suppressions", "registries", "reassignment", "source"],
      ...["attempts", "tzCandidates", "holidays", "relationship", "policy", "message", "events"],
      ...["campaign.kind", "campaign.mode", "campaign.abandonedRate30d", "campaign.frequencyCap"],
      ...[
        "campaign.relatedToContract",
        "policy.legalBasis",
        "policy.consentMonths",
        "policy.blocksMinorsUnder18",
      ],
      ...["policy.allowsLegitimateInterestCalls", "policy.appliesLowConfidenceHours"],
      ...["policy.mississippiStandardTime", "policy.predictiveIsAutomated"],
      ...["policy.reassignedNoDataBlocks", "relationship.lastPurchaseAt", "relationship.lastInquiryAt"],
      ...["relationship.refusedAtCollection", "relationship.similarProducts", "source.kind"],
      ...[
        "source.provenanceVerified",
        "source.art14NoticeAt",
        "reassignment.answer",
        "reassignment.queriedAt",
      ],
      ...["suppressions.0.kind", "suppressions.0.key", "suppressions.0.dsn", "registries.0.listed"],
      ...["registries.0.listAsOf", "registries.0.listedAt", "attempts.0", "holidays.0", "tzCandidates.0"],
      ...["consents.0.givenAt", "consents.0.withdrawnAt", "consents.0.expiresAt", "consents.0.key"],
      ...["consents.0.proof", "events.0.at"],
    ];
    const unreadable = fc.constantFrom<unknown>(Number.NaN, "?", {}, ["?"]);
    let tried = 0;
    check(
      fc.property(question, fc.constantFrom(...CLOSED), unreadable, (given, path, value) => {
        const worse = structuredClone(given);
        const steps = path.split(".");
        const last = steps.pop() ?? "";
        const facts: object = worse.facts;
        let holder = facts as Record<string, unknown> | undefined;
        for (const step of steps) holder = holder?.[step] as Record<string, unknown> | undefined;
        // Only what was given can become unreadable; an empty group of switches is a readable one.
        // Without a country proved consent permits, whatever some country forbids to sell.
        if (path === "country" && given.facts.campaign.sector !== undefined) return;
        if (path === "policy" && JSON.stringify(value) === "{}") return;
        if (holder === undefined || holder[last] === undefined || holder[last] === null) return;
        holder[last] = value;
        tried += 1;
        neverAllows(given, worse);
      }),
    );
    expect(tried).toBeGreaterThan(RUNS.numRuns / 4);
  });

  test("no shape at all", () => {
    check(
      fc.property(junk, junk, junk, (channel, at, facts) => {
        expect(verdictOf({ channel, now: at, facts })).toBe("block");
        expect(verdictOf(facts)).toBe("block");
      }),
    );
  });
});
