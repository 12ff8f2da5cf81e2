import type { Question } from "#core/facts";

const CONSENT_PROOF = {
  noticeHash: "sha256:9f2c",
  noticeVersion: "2026-01",
  statementShown: "Acme may call me about its offers",
  method: "web-form",
  confirmedAt: "2026-02-01T09:05:00Z",
};

/** People of many places, so that no answer is of one zone or one table row. */
const PLACES: readonly {
  readonly country: string;
  readonly region?: string;
  readonly number: string;
  readonly zones: readonly string[];
  readonly registry?: string;
}[] = [
  { country: "US", region: "US-NY", number: "+1212", zones: ["America/New_York"], registry: "US-NDNCR" },
  {
    country: "US",
    region: "US-FL",
    number: "+1850",
    zones: ["America/Chicago", "America/New_York"],
    registry: "US-NDNCR",
  },
  {
    country: "US",
    region: "US-AZ",
    number: "+1928",
    zones: ["America/Phoenix", "America/Denver"],
    registry: "US-NDNCR",
  },
  { country: "US", region: "US-CA", number: "+1415", zones: ["America/Los_Angeles"], registry: "US-NDNCR" },
  { country: "GB", number: "+4420", zones: ["Europe/London"], registry: "GB-TPS" },
  { country: "DE", number: "+4930", zones: ["Europe/Berlin"] },
  { country: "FR", number: "+331", zones: ["Europe/Paris"] },
  { country: "IT", number: "+3906", zones: ["Europe/Rome"], registry: "IT-RPO" },
  { country: "ES", number: "+3491", zones: ["Europe/Madrid", "Atlantic/Canary"], registry: "ES-ROBINSON" },
  { country: "CA", region: "CA-ON", number: "+1416", zones: ["America/Toronto"], registry: "CA-NDNCL" },
  { country: "AU", number: "+612", zones: ["Australia/Sydney", "Australia/Brisbane"], registry: "AU-DNCR" },
];

const HOLIDAYS = [
  "2026-11-26",
  "2026-12-24",
  "2026-12-25",
  "2026-12-26",
  "2026-12-31",
  "2027-01-01",
  "2027-01-06",
  "2027-01-18",
  "2027-01-26",
  "2027-02-15",
  "2027-03-26",
  "2027-03-29",
];

/** Calls to consenting people, each with a number of its own, asked over a day: some are open, some wait. */
export function phoneQuestions(count: number): Question[] {
  const morning = Date.UTC(2026, 10, 24, 0);
  return Array.from({ length: count }, (_, place) => {
    const { country, region, number, zones, registry } = PLACES[place % PLACES.length] ?? fail();
    return {
      channel: "phone",
      now: new Date(morning + ((place * 7_919) % 86_400) * 1000).toISOString(),
      facts: {
        country,
        ...(region === undefined ? {} : { region }),
        contactPoint: `${number}${String(5_550_000 + (place % 10_000))}`,
        party: "consumer",
        campaign: {
          kind: "marketing",
          purpose: "offers",
          controller: "acme",
          subject: "offer-1",
          mode: "live-manual",
        },
        consents: [
          {
            channel: "phone",
            purpose: "offers",
            controller: "acme",
            type: "express",
            givenAt: "2026-02-01T09:05:00Z",
            proof: CONSENT_PROOF,
          },
        ],
        registries: registry === undefined ? [] : [{ id: registry, listed: false, listAsOf: "2026-11-20" }],
        attempts: ["2026-11-18T15:00:00Z"],
        tzCandidates: zones,
        holidays: HOLIDAYS,
        call: { callerId: "+12125550100", scriptVersion: "3" },
      },
    };
  });
}

function fail(): never {
  throw new Error("there are no places");
}
