import { isEea } from "../place/countries.ts";
import type { Place } from "../place/places.ts";
import { type Case, isAboutRunningContract, isBusiness, isGiven, isPerhaps } from "./case.ts";
import { CONSENT_BASIS } from "./consent.ts";
import { anniversaryMs, establishedRelationship } from "./relationship.ts";
import { type Basis, type BasisFinding, EVERYWHERE, SILENT } from "./rule.ts";

const permits = (
  reason: Extract<BasisFinding, { kind: "permits" }>["reason"],
  lapsesAtMs?: number,
): BasisFinding => ({ kind: "permits", reason, lapsesAtMs });

/** Messages about the person's own order or account need no marketing consent. @source 16 CFR 316.3 */
const transactional = (asked: Case): BasisFinding => (asked.isMarketing ? SILENT : permits("transactional"));

/** Customers may hear about similar products if they could refuse when the address was collected, and did not. */
function softOptIn(asked: Case, place: Place): BasisFinding {
  const { relationship, campaign } = asked.facts;
  if (place.country === null || (place.country !== "GB" && !isEea(place.country))) return SILENT;
  if (relationship === undefined) return SILENT;
  const isClaimed = relationship.collectedDuring !== undefined || isGiven(relationship.lastPurchaseAt);
  if (!isClaimed) return SILENT;
  const isSound =
    isSaleIn(asked, place.country) &&
    relationship.collectedBy === campaign.controller &&
    relationship.similarProducts === true &&
    relationship.optOutOfferedAtCollection === true &&
    relationship.refusedAtCollection === false;
  return isSound ? permits("soft-opt-in") : { kind: "refuses", reason: "soft-opt-in-invalid" };
}

function isSaleIn(asked: Case, country: string): boolean {
  switch (asked.facts.relationship?.collectedDuring) {
    case "sale":
      return true;
    case "negotiation":
      return asked.policy.softOptInNegotiation.includes(country);
    case "free-account-with-paid-tier":
      return asked.policy.softOptInFreeTier.includes(country);
    default:
      return false;
  }
}

/** Companies in the UK may be written to; sole traders may not. Identity and objection still bind. */
const corporateSubscriber = (asked: Case, place: Place): BasisFinding =>
  place.country === "GB" && isBusiness(asked) ? permits("corporate-subscriber") : SILENT;

const CASL_PURCHASE_MONTHS = 24;
const CASL_INQUIRY_MONTHS = 6;

/** Canada: a purchase in the two years, or an inquiry in the six months, before the day of sending. */
function impliedConsent(asked: Case, place: Place): BasisFinding {
  const { relationship, campaign } = asked.facts;
  if (place.country !== "CA" || relationship === undefined) return SILENT;
  if (relationship.collectedBy !== undefined && relationship.collectedBy !== campaign.controller)
    return SILENT;
  if (relationship.contractInForce === true) return permits("implied-consent-purchase");
  const purchase = anniversaryMs(asked, relationship.lastPurchaseAt, CASL_PURCHASE_MONTHS);
  if (purchase !== null && asked.nowMs < purchase) return permits("implied-consent-purchase", purchase);
  const inquiry = anniversaryMs(asked, relationship.lastInquiryAt, CASL_INQUIRY_MONTHS);
  if (inquiry !== null && asked.nowMs < inquiry) return permits("implied-consent-inquiry", inquiry);
  return purchase === null && inquiry === null
    ? SILENT
    : { kind: "refuses", reason: "implied-consent-expired" };
}

/** Email to the US needs no consent; identity and opt-out do. */
const optOutEmail = (_asked: Case, place: Place): BasisFinding =>
  place.country === "US" ? permits("opt-out-regime") : SILENT;

const OPT_OUT_CALLS: ReadonlySet<string> = new Set(["US", "GB", "IT", "CA", "AU"]);

/** Live calls where the law asks people to object, by a registry, instead of asking them first. */
function optOutCalls(asked: Case, place: Place): BasisFinding {
  if (asked.isAutomated || place.country === null || !OPT_OUT_CALLS.has(place.country)) return SILENT;
  return permits(exemptionUsed(asked, place) ?? "opt-out-regime");
}

/** The relationship that lets a listed number in the US or Canada be called, when it is what the call rests on. */
function exemptionUsed(asked: Case, place: Place): "ebr-transaction" | "ebr-inquiry" | "ebr" | null {
  const registry = place.country === "US" ? "US-NDNCR" : place.country === "CA" ? "CA-NDNCL" : null;
  const isListed = (asked.facts.registries ?? []).some(
    (copy) => copy.id === registry && copy.listed !== false,
  );
  const relationship = isListed ? establishedRelationship(asked, place) : null;
  if (relationship === null) return null;
  if (place.country === "CA") return "ebr";
  return relationship === "purchase" ? "ebr-transaction" : "ebr-inquiry";
}

/** France asked people to object until 10 August 2026; the rule's own dates say when. */
const optOutCallsFrance = (asked: Case, place: Place): BasisFinding =>
  !asked.isAutomated && place.country === "FR" ? permits("opt-out-regime") : SILENT;

/** Calls about a contract that is in force. @source C. conso L.223-1 */
const runningContract = (asked: Case, place: Place): BasisFinding =>
  !asked.isAutomated && place.country === "FR" && isAboutRunningContract(asked)
    ? permits("running-contract")
    : SILENT;

const SPAIN_PURCHASE_MONTHS = 12;

/** Spain: recent customers about similar products, on a documented assessment. Off unless the policy says so. */
function legitimateInterestCall(asked: Case, place: Place): BasisFinding {
  const { relationship, liaId } = asked.facts;
  if (place.country !== "ES" || asked.isAutomated || asked.policy.allowsLegitimateInterestCalls !== true)
    return SILENT;
  const untilMs = anniversaryMs(asked, relationship?.lastPurchaseAt, SPAIN_PURCHASE_MONTHS);
  const isRecent = untilMs !== null && asked.nowMs < untilMs;
  if (!isRecent || relationship?.similarProducts !== true || isPerhaps(relationship.refusedAtCollection))
    return SILENT;
  return (liaId ?? "") === ""
    ? { kind: "refuses", reason: "lia-missing" }
    : permits("legitimate-interest-call", untilMs);
}

/** Without a country only proved consent permits: every other ground is one country's. */
const unknownPlace = (_asked: Case, place: Place): BasisFinding =>
  place.country === null ? { kind: "refuses", reason: "jurisdiction-unresolved" } : SILENT;

/** No other ground permits a recorded voice in the US; what is missing is named. */
const signedAgreement = (asked: Case, place: Place): BasisFinding =>
  place.country === "US" && asked.isAutomated ? { kind: "refuses", reason: "pewc-missing" } : SILENT;

const law = { ...EVERYWHERE, needsLaw: true } as const;

/** Every ground on which a contact may rest, in the order they are tried. */
export const BASES: readonly Basis[] = [
  {
    ...EVERYWHERE,
    id: "transactional",
    asks: "Is it about the person's own order or account, with nothing promotional in it?",
    citation: "16 CFR 316.3; Spam Act 2003 sch. 1",
    reads: ["campaign.kind"],
    needsLaw: false,
    check: transactional,
  },
  CONSENT_BASIS,
  {
    ...law,
    id: "soft-opt-in",
    asks: "Is the person a customer who could refuse when the address was collected, and did not?",
    channels: ["email"],
    jurisdictions: ["EEA", "GB"],
    citation: "ePrivacy 13(2); PECR 22(3); UWG 7(3); CJEU C-654/23",
    reads: ["relationship"],
    check: softOptIn,
  },
  {
    ...law,
    id: "corporate-subscriber",
    asks: "Is it a company's address in the UK?",
    channels: ["email"],
    jurisdictions: ["GB"],
    citation: "PECR 22(1), 23",
    reads: ["party"],
    check: corporateSubscriber,
  },
  {
    ...law,
    id: "implied-consent",
    asks: "Did the person buy in the last two years, or ask in the last six months?",
    channels: ["email"],
    jurisdictions: ["CA"],
    citation: "CASL 10(9), (10), (13)",
    reads: ["relationship"],
    check: impliedConsent,
  },
  {
    ...law,
    id: "opt-out-regime",
    asks: "Does the law let one write until the person objects?",
    channels: ["email"],
    jurisdictions: ["US"],
    citation: "15 USC 7704",
    reads: ["country"],
    check: optOutEmail,
  },
  {
    ...law,
    id: "running-contract",
    asks: "Is the call about a contract that is in force?",
    channels: ["phone"],
    jurisdictions: ["FR"],
    citation: "C. conso L.223-1",
    reads: ["campaign.relatedToContract", "relationship.contractInForce"],
    check: runningContract,
  },
  {
    ...law,
    id: "legitimate-interest-call",
    asks: "Is it a recent customer in Spain, called on a documented interest?",
    channels: ["phone"],
    jurisdictions: ["ES"],
    citation: "LGTel 66.1.b; AEPD Circular 1/2023",
    confidence: "policy",
    reads: ["relationship", "liaId"],
    check: legitimateInterestCall,
  },
  {
    ...law,
    id: "opt-out-regime-calls",
    asks: "Does the law let one call live until the person objects?",
    channels: ["phone"],
    jurisdictions: [...OPT_OUT_CALLS],
    citation: "16 CFR 310.4; PECR 21; L. 5/2018; CRTC UTR; DNCR Act 2006",
    reads: ["country", "campaign.mode"],
    check: optOutCalls,
  },
  {
    ...law,
    id: "opt-out-regime-calls-france",
    asks: "Is it before France asked for consent?",
    channels: ["phone"],
    jurisdictions: ["FR"],
    citation: "C. conso L.223-1 before 11 August 2026",
    effectiveTo: "2026-08-10T22:00:00Z",
    reads: ["country", "campaign.mode"],
    check: optOutCallsFrance,
  },
  {
    ...law,
    id: "jurisdiction-unresolved-email",
    asks: "Is there no country whose law would permit it without proved consent?",
    channels: ["email"],
    citation: "policy: the strictest profile for unknown places",
    confidence: "policy",
    reads: ["country", "region"],
    check: unknownPlace,
  },
  {
    ...law,
    id: "pewc-missing",
    asks: "Is it a recorded call, which nothing but a signed agreement permits?",
    channels: ["phone"],
    jurisdictions: ["US"],
    citation: "47 CFR 64.1200(a)(2)-(3), (f)(9)",
    reads: ["campaign.mode", "consents"],
    check: signedAgreement,
  },
];
