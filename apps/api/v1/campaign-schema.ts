import { z } from "@hono/zod-openapi";
import type { CampaignContent } from "#flow/content/template";
import { AUDIENCE } from "./audience-schema.ts";
import { CIRCUMSTANCES } from "./circumstances-schema.ts";
import { instant, singleLine, uuid } from "./schemas.ts";

const NAME = singleLine(200);
const CHANNEL = z.literal("email");
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

export const NEW_CAMPAIGN = z
  .strictObject({
    name: NAME,
    channel: CHANNEL.default("email"),
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
  .openapi("NewCampaign");

/** Any part of a campaign; what is absent stays. */
export const CAMPAIGN_CHANGE = z
  .strictObject({
    name: NAME.optional(),
    channel: CHANNEL.optional(),
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
  .openapi("CampaignChange");
