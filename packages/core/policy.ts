/**
 * Where the law leaves a choice, or where a source is of low confidence, the choice is a setting of the workspace or
 * the sender; every change is audited. Where readings of a text differ the default is the stricter one (lapse of
 * consent, sole traders, low-confidence hours, Mississippi's clock, "no data" about a number). What goes beyond the
 * texts that were seen is off until somebody asks for it: leaving out all minors, state lists and licences, a
 * predictive dialler as automated, Spain's prefix. Soft opt-in is as wide as the law of the countries named.
 */
export interface Policy {
  readonly legalBasis: "consent-only" | "law";
  readonly consentMonths: number;
  readonly thirdPartyConsentMonths: number;
  readonly renewalDays: number;
  readonly softOptInNegotiation: readonly string[];
  readonly softOptInFreeTier: readonly string[];
  readonly soleTradersAreConsumers: boolean;
  readonly blocksMinorsUnder18: boolean;
  readonly allowsLegitimateInterestCalls: boolean;
  readonly requiresStateDoNotCallLists: boolean;
  readonly requiresStateRegistrations: boolean;
  readonly appliesLowConfidenceHours: boolean;
  readonly mississippiStandardTime: boolean;
  readonly reassignedNoDataBlocks: boolean;
  readonly predictiveIsAutomated: boolean;
  readonly spanishCommercialPrefix: boolean;
  readonly spamRateThrottle: number;
  readonly spamRateCeiling: number;
}

/** What a setting decides, in a marketer's words, with the source of the choice. */
export interface PolicySetting {
  readonly key: keyof Policy;
  readonly asks: string;
  readonly source: string;
}

/**
 * The values used where nothing is set. `legalBasis` is `law` here because a question without a sender asks what the
 * law says; senders are `consent-only` until somebody switches them on purpose.
 */
export const POLICY_DEFAULTS: Policy = Object.freeze({
  legalBasis: "law",
  consentMonths: 24,
  thirdPartyConsentMonths: 6,
  renewalDays: 60,
  softOptInNegotiation: ["GB"],
  softOptInFreeTier: ["RO"],
  soleTradersAreConsumers: true,
  blocksMinorsUnder18: false,
  allowsLegitimateInterestCalls: false,
  requiresStateDoNotCallLists: false,
  requiresStateRegistrations: false,
  appliesLowConfidenceHours: true,
  mississippiStandardTime: true,
  reassignedNoDataBlocks: true,
  predictiveIsAutomated: false,
  spanishCommercialPrefix: false,
  spamRateThrottle: 0.001,
  spamRateCeiling: 0.0025,
});

export const POLICY_SETTINGS: readonly PolicySetting[] = [
  {
    key: "legalBasis",
    asks: "May anything but proved consent permit contact? consent-only: no. law: what the place allows.",
    source: "GDPR 6(1); choice of the controller",
  },
  {
    key: "consentMonths",
    asks: "After how many months does consent given to you lapse?",
    source: "UK DMA code: 24 months; ICO sets no limit",
  },
  {
    key: "thirdPartyConsentMonths",
    asks: "Within how many months must consent collected by a third party first be used?",
    source: "UK DMA code: 6 months",
  },
  {
    key: "renewalDays",
    asks: "From how many days before its end is consent listed for renewal? No rule of the gate reads it.",
    source: "choice of the controller",
  },
  {
    key: "softOptInNegotiation",
    asks: "In which countries do negotiations about a sale count for the soft opt-in?",
    source: "PECR 22(3)(a); Germany: UWG 7(3) needs a sale (own reading)",
  },
  {
    key: "softOptInFreeTier",
    asks: "In which countries does a free account with a paid tier count as a sale?",
    source: "CJEU C-654/23 Inteligo Media (narrow)",
  },
  {
    key: "soleTradersAreConsumers",
    asks: "Do sole traders count as individuals?",
    source: "PECR 2(1) individual subscriber; GDPR",
  },
  {
    key: "blocksMinorsUnder18",
    asks: "Is everybody known to be under 18 left out of marketing?",
    source: "policy; GDPR recital 38",
  },
  {
    key: "allowsLegitimateInterestCalls",
    asks: "May customers in Spain be called on a legitimate interest?",
    source: "AEPD Circular 1/2023",
  },
  {
    key: "requiresStateDoNotCallLists",
    asks: "Is a current copy of the US state list needed besides the national one?",
    source: "state law; the set of lists is to be verified",
  },
  {
    key: "requiresStateRegistrations",
    asks: "Is a telemarketer's licence needed where a US state asks for one?",
    source: "Fla. Stat. 501.605; Tex. Bus. & Com. Code ch. 302",
  },
  {
    key: "appliesLowConfidenceHours",
    asks: "Do calling hours of low confidence bind? Otherwise the wider hours of the country do.",
    source: "see the calling-hours table",
  },
  {
    key: "mississippiStandardTime",
    asks: "Does Mississippi's window follow Central Standard Time all year, as its statute says?",
    source: "Miss. Code 77-3-723",
  },
  {
    key: "reassignedNoDataBlocks",
    asks: "Does a reassigned-numbers answer of 'no data' block automated calls?",
    source: "47 CFR 64.1200(m); DA-21-1649",
  },
  {
    key: "predictiveIsAutomated",
    asks: "Does a predictive dialler count as automated, so that it needs the consent of recorded calls?",
    source: "47 CFR 64.1200(f)(2); Facebook v. Duguid",
  },
  {
    key: "spanishCommercialPrefix",
    asks: "Must calls to Spain show a commercial prefix?",
    source: "reported for 2026; the order was not seen",
  },
  {
    key: "spamRateThrottle",
    asks: "From which share of spam reports in 7 days do people at a mailbox provider wait for their day of four?",
    source: "Gmail bulk sender rules: below 0.1 %",
  },
  {
    key: "spamRateCeiling",
    asks: "From which share of spam reports in 7 days is a mailbox provider no longer sent marketing?",
    source: "Gmail bulk sender rules: never 0.3 %",
  },
];
