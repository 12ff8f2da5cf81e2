import { z } from "zod";
import { POLICY_SETTINGS, type Policy } from "#core/policy";
import { country } from "./fact-fields.ts";

const months = z.int().min(1).max(120);
const countries = z.array(country).max(60);
const yesOrNo = z.boolean();

/** Each setting within the bounds that make sense; a setting the core learns breaks the build until it is known here. */
const BOUNDS: Readonly<Record<keyof Policy, z.ZodType>> = {
  legalBasis: z.enum(["consent-only", "law"]),
  consentMonths: months,
  thirdPartyConsentMonths: months,
  renewalDays: z.int().min(1).max(365),
  softOptInNegotiation: countries,
  softOptInFreeTier: countries,
  soleTradersAreConsumers: yesOrNo,
  blocksMinorsUnder18: yesOrNo,
  allowsLegitimateInterestCalls: yesOrNo,
  requiresStateDoNotCallLists: yesOrNo,
  requiresStateRegistrations: yesOrNo,
  appliesLowConfidenceHours: yesOrNo,
  mississippiStandardTime: yesOrNo,
  reassignedNoDataBlocks: yesOrNo,
  predictiveIsAutomated: yesOrNo,
  spanishCommercialPrefix: yesOrNo,
  // Mailbox providers refuse bulk senders at 0.3 %: a higher ceiling would never be met.
  spamRateThrottle: z.number().positive().max(0.003),
  spamRateCeiling: z.number().positive().max(0.003),
};

const asks = new Map(POLICY_SETTINGS.map((setting) => [setting.key as string, setting.asks]));

/** `facts.policy`; what is absent or null has the default of the core. */
export const POLICY = z.strictObject(
  Object.fromEntries(
    Object.entries(BOUNDS).map(([key, bounds]) => [key, bounds.nullish().describe(asks.get(key) ?? key)]),
  ),
);
