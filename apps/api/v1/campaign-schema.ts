import { z } from "@hono/zod-openapi";
import type { CampaignContent } from "#flow/content/template";
import { clockTime } from "#flow/evaluate/fact-fields";
import { AUDIENCE } from "./audience-schema.ts";
import { CIRCUMSTANCES } from "./circumstances-schema.ts";
import { instant, singleLine, uuid } from "./schemas.ts";

const NAME = singleLine(200);
const SUBJECT = z.string().min(1).max(500);
const BODY = z.string().min(1).max(262_144);
const RATE = z.number().min(0.01).max(10_000).nullable();
const FREQUENCY_CAP = z
  .strictObject({
    max: z.number().int().min(1).max(1_000),
    windowHours: z.number().int().min(1).max(8_760),
  })
  .nullable();
const ENDS_AT = instant.transform((text) => new Date(text)).nullable();

export const NEW_EMAIL_CAMPAIGN = z
  .strictObject({
    name: NAME,
    channel: z.literal("email").optional(),
    senderId: uuid,
    purposeId: uuid,
    audience: AUDIENCE.default({ all: [] }),
    content: z
      .strictObject({ subject: SUBJECT, html: BODY, text: BODY.optional() })
      .transform(
        ({ text, ...rest }): CampaignContent => ({ ...rest, ...(text === undefined ? {} : { text }) }),
      ),
    circumstances: CIRCUMSTANCES.default({}),
    ratePerSecond: RATE.default(null),
    frequencyCap: FREQUENCY_CAP.default(null),
    endsAt: ENDS_AT.default(null),
  })
  .openapi("NewEmailCampaign");

const SCRIPT = z
  .string()
  .min(1)
  .max(20_000)
  .describe(
    "What agents say: {{agent}}, {{seller}} and {{purpose}} within the first 50 words; {{name}} anywhere",
  );
const CALL_PLAN = z.strictObject({
  attemptsMax: z.number().int().min(1).max(20).describe("Calls to one person, unanswered ones included"),
  spacingMinutes: z.number().int().min(15).max(43_200).describe("Between an unanswered call and the next"),
  priority: z.number().int().min(0).max(100).describe("The higher is called first"),
});
const CALL_WINDOW = z
  .strictObject({ from: clockTime, to: clockTime })
  .nullable()
  .describe("Hours on the person's clock, narrower than the law's; null: the law's alone");

/** Agents call people one by one; the gate blocks diallers and recordings that lack what the law demands of them. */
export const NEW_CALL_CAMPAIGN = z
  .strictObject({
    name: NAME,
    channel: z.literal("phone"),
    senderId: uuid,
    purposeId: uuid,
    audience: AUDIENCE.default({ all: [] }),
    script: SCRIPT,
    callPlan: CALL_PLAN.default({ attemptsMax: 3, spacingMinutes: 240, priority: 0 }),
    callWindow: CALL_WINDOW.default(null),
    circumstances: CIRCUMSTANCES.default({}),
    frequencyCap: FREQUENCY_CAP.default(null),
    endsAt: ENDS_AT.default(null),
  })
  .openapi("NewCallCampaign");

/** `channel` tells which; absent means email. */
export const NEW_CAMPAIGN = z
  .discriminatedUnion("channel", [NEW_EMAIL_CAMPAIGN, NEW_CALL_CAMPAIGN])
  .openapi("NewCampaign");

/** Any part of an email campaign; what is absent stays. */
const EMAIL_CHANGE = z
  .strictObject({
    name: NAME.optional(),
    channel: z.literal("email").optional(),
    senderId: uuid.optional(),
    purposeId: uuid.optional(),
    audience: AUDIENCE.optional(),
    content: z
      .strictObject({
        subject: SUBJECT.optional(),
        html: BODY.optional(),
        text: BODY.nullable().optional().describe("null: made from the HTML again"),
      })
      .optional(),
    circumstances: CIRCUMSTANCES.optional(),
    ratePerSecond: RATE.optional(),
    frequencyCap: FREQUENCY_CAP.optional(),
    endsAt: ENDS_AT.optional(),
  })
  .openapi("EmailCampaignChange");

/** Any part of a phone campaign; its channel has to be named. Another script is another version. */
const CALL_CHANGE = z
  .strictObject({
    name: NAME.optional(),
    channel: z.literal("phone"),
    senderId: uuid.optional(),
    purposeId: uuid.optional(),
    audience: AUDIENCE.optional(),
    script: SCRIPT.optional(),
    callPlan: CALL_PLAN.optional(),
    callWindow: CALL_WINDOW.optional(),
    circumstances: CIRCUMSTANCES.optional(),
    frequencyCap: FREQUENCY_CAP.optional(),
    endsAt: ENDS_AT.optional(),
  })
  .openapi("CallCampaignChange");

export const CAMPAIGN_CHANGE = z
  .discriminatedUnion("channel", [EMAIL_CHANGE, CALL_CHANGE])
  .openapi("CampaignChange");
