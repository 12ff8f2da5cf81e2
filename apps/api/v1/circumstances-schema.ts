import { z } from "@hono/zod-openapi";
import type { CampaignCircumstances } from "#db/schema/campaign";
import { singleLine } from "./schemas.ts";

/** What the law asks about a campaign besides sender and purpose; what is absent does not apply. */
const SHAPE = z
  .strictObject({
    sector: z
      .string()
      .regex(/^[a-z][a-z-]{0,39}$/)
      .describe("The trade it sells for, where a law bans canvassing: energy, home-renovation, …"),
    relatedToContract: z.boolean().describe("It is about contracts that run"),
    sharesDataWithThirdParty: z.boolean(),
    subject: singleLine(100).describe("What calls are about"),
    mode: z.enum(["live-manual", "predictive", "prerecorded"]).describe("How calls are made"),
    scriptVersion: z.string().regex(/^[A-Za-z0-9._-]{1,40}$/),
    artificialVoice: z.boolean().describe("The voice of the call is made by a machine"),
    disclosesArtificialVoice: z.boolean().describe("The script says so at the start"),
    liaId: singleLine(100).describe("The legitimate-interest assessment it rests on"),
    containsArt14Notice: z.boolean().describe("The message itself says where people's data came from"),
  })
  .partial()
  .openapi("CampaignCircumstances");

/** JSON has no undefined: a part is there or it is not, which the compiler cannot see. */
export const CIRCUMSTANCES = SHAPE as z.ZodType<CampaignCircumstances>;
