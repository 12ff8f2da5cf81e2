import type { BlockReason } from "../decision.ts";
import { DAY_MS, instantMs } from "../instant.ts";
import type { Place } from "../place/places.ts";
import { type Case, isBusiness, isGiven, isIn, isPerhaps } from "./case.ts";
import { standingConsent } from "./consent.ts";
import { establishedRelationship } from "./relationship.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

/** A do-not-call list: whom it binds, how old a copy may be, and what beats an entry. */
export interface Registry {
  readonly id: string;
  readonly country: string;
  readonly daysMax: number;
  readonly citation: string;
  /** From which instant until which a current copy is needed; null: no limit. */
  readonly until: string | null;
  readonly isNeeded: (asked: Case) => boolean;
  /** Why an entry does not bind, or the reason it does. */
  readonly entry: (asked: Case, place: Place, listedAtMs: number) => BlockReason | null;
}

const LISTED = "dnc-registry-listed";
const always = () => true;

/** Any consent given to this caller: the person told it that calls are welcome. */
const unlessConsented = (asked: Case, place: Place) =>
  standingConsent(asked, place) === undefined ? LISTED : null;

/** Signed permission, or an established business relationship for live calls. */
function entryUs(asked: Case, place: Place): BlockReason | null {
  const signed = standingConsent(
    asked,
    place,
    (given) => given.type === "express-written" && (given.proof?.signature ?? "") !== "",
  );
  if (signed !== undefined) return null;
  return establishedRelationship(asked, place) === null ? LISTED : null;
}

const entryCanada = (asked: Case, place: Place): BlockReason | null =>
  isBusiness(asked) ||
  standingConsent(asked, place) !== undefined ||
  establishedRelationship(asked, place) !== null
    ? null
    : LISTED;

/** An entry annuls every older consent; a newer one, or a running contract, stands. */
function entryItaly(asked: Case, place: Place, listedAtMs: number): BlockReason | null {
  if (asked.facts.relationship?.contractInForce === true) return null;
  const given = standingConsent(asked, place);
  if (given === undefined) return LISTED;
  return instantMs(given.givenAt) > listedAtMs ? null : "rpo-overrides-consent";
}

const BR_SECTORS: ReadonlySet<string> = new Set(["telecom", "payroll-credit"]);

/** The lists the gate knows. Freshness is asked before content. @source rules.md 1c */
export const REGISTRIES: readonly Registry[] = [
  {
    id: "US-NDNCR",
    country: "US",
    daysMax: 31,
    citation: "47 CFR 64.1200(c)(2); 16 CFR 310.4(b)(3)(iv)",
    until: null,
    isNeeded: always,
    entry: entryUs,
  },
  {
    id: "GB-TPS",
    country: "GB",
    daysMax: 28,
    citation: "PECR 21(1)(b), (3), (4), 26",
    until: null,
    isNeeded: (asked) => !isBusiness(asked),
    entry: unlessConsented,
  },
  {
    id: "GB-CTPS",
    country: "GB",
    daysMax: 28,
    citation: "PECR 21(1)(b), (3), (4), 26",
    until: null,
    isNeeded: isBusiness,
    entry: unlessConsented,
  },
  {
    id: "FR-BLOCTEL",
    country: "FR",
    daysMax: 30,
    citation: "C. conso L.223-1 before 11 August 2026",
    until: "2026-08-10T22:00:00Z",
    isNeeded: (asked) => asked.facts.campaign.relatedToContract !== true,
    entry: (asked, place) =>
      asked.facts.relationship?.contractInForce === true ? null : unlessConsented(asked, place),
  },
  {
    id: "IT-RPO",
    country: "IT",
    daysMax: 15,
    citation: "L. 5/2018 art. 1(5), (12); DPR 26/2022",
    until: null,
    isNeeded: always,
    entry: entryItaly,
  },
  {
    id: "ES-ROBINSON",
    country: "ES",
    daysMax: 30,
    citation: "LOPDGDD 23 (30 days: policy)",
    until: null,
    isNeeded: always,
    entry: unlessConsented,
  },
  {
    id: "CA-NDNCL",
    country: "CA",
    daysMax: 31,
    citation: "CRTC Unsolicited Telecommunications Rules, part II",
    until: null,
    isNeeded: (asked) => !isBusiness(asked),
    entry: entryCanada,
  },
  {
    id: "AU-DNCR",
    country: "AU",
    daysMax: 30,
    citation: "Do Not Call Register Act 2006",
    until: null,
    isNeeded: always,
    entry: unlessConsented,
  },
  {
    id: "BR-NAO-ME-PERTURBE",
    country: "BR",
    daysMax: 1,
    citation: "self-regulation of telecoms and banks (daily: policy)",
    until: null,
    isNeeded: (asked) => BR_SECTORS.has(asked.facts.campaign.sector ?? ""),
    entry: unlessConsented,
  },
  {
    id: "SG-DNC",
    country: "SG",
    daysMax: 21,
    citation: "PDPA part IX",
    until: null,
    isNeeded: always,
    entry: unlessConsented,
  },
];

/** State lists the policy may ask for besides the national one; the id is the state's code with `-DNC`. */
const STATE_LISTS: ReadonlySet<string> = new Set(
  ["AL", "CO", "FL", "IN", "KY", "LA", "MA", "MO", "MS", "OK", "PA", "TN", "TX", "WY"].map(
    (state) => `US-${state}`,
  ),
);

function freshness(asked: Case): Finding {
  return eachRegistry(asked, (registry, copy) =>
    copy === undefined || !isYoung(asked, copy.listAsOf, registry.daysMax) ? "dnc-registry-stale" : null,
  );
}

/** A copy or query dated later than tomorrow is of no known age. A date alone may be that of another zone. */
function isYoung(asked: Case, date: string, daysMax: number): boolean {
  const ageMs = asked.askedAtMs - instantMs(date);
  return ageMs >= -DAY_MS && ageMs <= daysMax * DAY_MS;
}

function listing(asked: Case): Finding {
  return eachRegistry(asked, (registry, copy, place) => {
    if (copy === undefined || copy.listed === false) return null;
    // An entry without a date may be younger than any consent.
    const listedAtMs = copy.listedAt === undefined ? Number.POSITIVE_INFINITY : instantMs(copy.listedAt);
    return registry.entry(asked, place, listedAtMs);
  });
}

type Copy = NonNullable<Case["facts"]["registries"]>[number];

/** Asks every list that the places of this case require; the first reason found blocks. */
function eachRegistry(
  asked: Case,
  ask: (
    registry: Pick<Registry, "daysMax" | "entry">,
    copy: Copy | undefined,
    place: Place,
  ) => BlockReason | null,
): Finding {
  if (!asked.isMarketing) return PASS;
  for (const place of asked.places) {
    for (const registry of REGISTRIES) {
      if (registry.country !== place.country || !isRequired(registry, asked)) continue;
      for (const copy of copiesOf(asked, registry.id)) {
        const reason = ask(registry, copy, place);
        if (reason !== null) return { kind: "block", reason };
      }
    }
    if (asked.policy.requiresStateDoNotCallLists === false || !STATE_LISTS.has(place.region ?? "")) continue;
    for (const copy of copiesOf(asked, `${place.region}-DNC`)) {
      const reason = ask({ daysMax: 31, entry: entryUs }, copy, place);
      if (reason !== null) return { kind: "block", reason };
    }
  }
  return PASS;
}

/** A list that is given is heeded though this campaign need not ask it. */
const isRequired = (registry: Registry, asked: Case): boolean =>
  (registry.until === null || asked.nowMs < instantMs(registry.until)) &&
  (registry.isNeeded(asked) ||
    (asked.facts.registries ?? []).some((copy) => copy.id === registry.id && copy.listed !== false));

/** Every copy given of a list; one that is missing is asked about as such. */
function copiesOf(asked: Case, id: string): readonly (Copy | undefined)[] {
  const copies = (asked.facts.registries ?? []).filter((copy) => copy.id === id);
  return copies.length === 0 ? [undefined] : copies;
}

const REASSIGNED_DAYS_MAX = 30;

/** Whether the number changed hands since consent was given. "No data" is no safe harbour. */
function reassigned(asked: Case): Finding {
  if (!asked.isMarketing || !isIn(asked, "US")) return PASS;
  const { reassignment } = asked.facts;
  if (reassignment?.answer === "yes") return { kind: "block", reason: "number-reassigned" };
  const missing: Finding = { kind: "block", reason: "reassigned-check-missing" };
  // An answer that cannot be read may have been a yes, which binds live calls too.
  if (reassignment !== undefined && reassignment.answer !== "no" && reassignment.answer !== "no-data")
    return missing;
  if (!asked.isAutomated) return PASS;
  if (reassignment === undefined) return missing;
  if (reassignment.answer === "no-data" && asked.policy.reassignedNoDataBlocks !== false) return missing;
  if (!isYoung(asked, reassignment.queriedAt, REASSIGNED_DAYS_MAX)) return missing;
  const us = asked.places.find((place) => place.country === "US") ?? { country: "US", region: null };
  const given = standingConsent(asked, us);
  // The answer speaks of the time since the date that was asked about; consent must not be older.
  const isAboutConsent =
    given === undefined || instantMs(reassignment.consentDate.slice(0, 10)) <= instantMs(given.givenAt);
  return isAboutConsent ? PASS : missing;
}

/** States whose law takes a browser's signal for an opt-out of sale and sharing; an unknown state counts. */
const SIGNAL_STATES: ReadonlySet<string> = new Set(
  ["CA", "CO", "CT", "DE", "MD", "MN", "MT", "NE", "NH", "NJ", "OR", "TX"].map((state) => `US-${state}`),
);

function optOutSignal(asked: Case): Finding {
  const { privacySignals, campaign } = asked.facts;
  if (!isGiven(privacySignals) || !isPerhaps(campaign.sharesDataWithThirdParty)) return PASS;
  if (privacySignals.gpc === false || privacySignals.linkedToContact === false) return PASS;
  if (instantMs(privacySignals.at) > asked.nowMs) return PASS;
  const place = asked.places.find(
    (each) => each.country === "US" && (each.region === null || SIGNAL_STATES.has(each.region)),
  );
  if (place === undefined) return PASS;
  const given = standingConsent(asked, place);
  return given !== undefined && instantMs(given.givenAt) > instantMs(privacySignals.at)
    ? PASS
    : { kind: "block", reason: "ccpa-opt-out-signal" };
}

const COUNTRIES = [...new Set(REGISTRIES.map((registry) => registry.country))];

export const REGISTRY_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "dnc-registry-stale",
    asks: "Is there a current copy of every do-not-call list the place requires?",
    channels: ["phone"],
    jurisdictions: COUNTRIES,
    citation: "47 CFR 64.1200(c)(2); PECR 21; L. 5/2018; CRTC UTR; DNCR Act 2006; see the list of registries",
    reads: ["registries"],
    check: freshness,
  },
  {
    ...EVERYWHERE,
    id: "dnc-registry-listed",
    asks: "Is the number on a do-not-call list, and does nothing beat the entry?",
    channels: ["phone"],
    jurisdictions: COUNTRIES,
    citation: "47 CFR 64.1200(c)(2), (f)(5); 16 CFR 310.2; PECR 21(4); L. 5/2018; CRTC UTR part II",
    reads: ["registries", "consents", "relationship"],
    check: listing,
  },
  {
    ...EVERYWHERE,
    id: "number-reassigned",
    asks: "Does the number still belong to the person who agreed?",
    channels: ["phone"],
    jurisdictions: ["US"],
    citation: "47 CFR 64.1200(m); DA-21-1649",
    reads: ["reassignment"],
    check: reassigned,
  },
  {
    ...EVERYWHERE,
    id: "ccpa-opt-out-signal",
    asks: "Did the person's browser opt out of sale and sharing?",
    jurisdictions: [...SIGNAL_STATES],
    citation: "Cal. Civ. Code 1798.120, .135; 11 CCR 7025-7026",
    reads: ["privacySignals", "campaign.sharesDataWithThirdParty"],
    check: optOutSignal,
  },
];
