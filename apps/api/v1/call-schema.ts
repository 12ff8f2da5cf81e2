import { z } from "@hono/zod-openapi";
import type { Disposition } from "#flow/calls/disposition";
import { instant, singleLine, uuid } from "./schemas.ts";

/** The id by which a call centre knows an agent. Not a name: it is stored with every call. */
export const AGENT = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "must be 1 to 64 letters, digits, dots, hyphens or underscores",
  );

export const NEXT_CALL = z
  .strictObject({
    agent: AGENT,
    agentName: singleLine(100).optional().describe("What the agent is called in the script; default: the id"),
    campaignId: uuid.nullable().default(null).describe("null: whichever campaign comes first"),
  })
  .openapi("NextCall");

export const CALL_AGENT = z.strictObject({ agent: AGENT }).openapi("CallAgent");

const stopsEmail = z.boolean().default(false).describe("The person wants no email either");

export const DISPOSITION = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.enum(["answered", "sale", "no-answer", "busy", "voicemail", "wrong-number", "refused-this"]),
    }),
    z.strictObject({ kind: z.enum(["do-not-call", "complaint"]), stopsEmail }),
    z.strictObject({ kind: z.literal("callback"), at: instant.transform((text) => new Date(text)) }),
    z.strictObject({
      kind: z.literal("consent-given"),
      noticeId: uuid.describe("The wording that was read out"),
      recording: singleLine(300)
        .nullable()
        .describe("Where the recording lies; null: the wording stands in the script that was read out"),
    }),
  ])
  .openapi("Disposition") satisfies z.ZodType<Disposition>;

export const DISPOSE = z.strictObject({ agent: AGENT, disposition: DISPOSITION }).openapi("CallDisposition");
