import type { BlockReason } from "../decision.ts";
import { instantMs } from "../instant.ts";
import type { Place } from "../place/places.ts";
import { type Case, isBusiness } from "./case.ts";
import { isSigned, standingConsent } from "./consent.ts";
import { establishedRelationship } from "./relationship.ts";

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
  if (standingConsent(asked, place, isSigned) !== undefined) return null;
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

/** What a state's own list asks: the same as the national one. */
export const STATE_LIST: Pick<Registry, "daysMax" | "entry"> = { daysMax: 31, entry: entryUs };

/** State lists the policy may ask for besides the national one; the id is the state's code with `-DNC`. */
export const STATE_LISTS: ReadonlySet<string> = new Set(
  ["AL", "CO", "FL", "IN", "KY", "LA", "MA", "MO", "MS", "OK", "PA", "TN", "TX", "WY"].map(
    (state) => `US-${state}`,
  ),
);
