import { z } from "zod";
import type { Policy } from "#core/policy";

/** A switch that workspace and sender may both set. The legal basis is no such switch: each sender has its own. */
export type PolicySwitch = Exclude<keyof Policy, "legalBasis">;

const months = (most: number) => z.number().int().min(1).max(most);
const countries = z
  .array(z.string().regex(/^[A-Z]{2}$/, "must be an ISO 3166-1 code such as GB"))
  .max(60)
  .refine((codes) => new Set(codes).size === codes.length, "names a country twice");

/** Every switch with the bounds in which it makes sense. A switch without an entry here would not compile. */
const SWITCHES = {
  consentMonths: months(60),
  thirdPartyConsentMonths: months(24),
  renewalDays: z.number().int().min(1).max(365),
  softOptInNegotiation: countries,
  softOptInFreeTier: countries,
  soleTradersAreConsumers: z.boolean(),
  blocksMinorsUnder18: z.boolean(),
  allowsLegitimateInterestCalls: z.boolean(),
  requiresStateDoNotCallLists: z.boolean(),
  requiresStateRegistrations: z.boolean(),
  appliesLowConfidenceHours: z.boolean(),
  mississippiStandardTime: z.boolean(),
  reassignedNoDataBlocks: z.boolean(),
  predictiveIsAutomated: z.boolean(),
  spanishCommercialPrefix: z.boolean(),
  // Gmail asks never to reach 0.3 %; a ceiling above that would protect nobody.
  spamRateThrottle: z.number().min(0.0001).max(0.003),
  spamRateCeiling: z.number().min(0.0001).max(0.003),
} satisfies { readonly [K in PolicySwitch]: z.ZodType<Policy[K]> };

/** What a change may name: a value sets a switch, null goes back to what would hold without it. */
export const POLICY_CHANGE = z.strictObject(
  Object.fromEntries(
    Object.entries(SWITCHES).map(([key, schema]) => [key, (schema as z.ZodType).nullable().optional()]),
  ) as { readonly [K in PolicySwitch]: z.ZodOptional<z.ZodNullable<(typeof SWITCHES)[K]>> },
);
export type PolicyChange = z.infer<typeof POLICY_CHANGE>;
