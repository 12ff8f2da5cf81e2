import { z } from "@hono/zod-openapi";
import type { AudienceFilter } from "#core/audience";

const value = z.union([z.string().max(200), z.number(), z.boolean()]);
const attribute = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);
const codes = z.array(z.string().min(1).max(20)).min(1).max(250);

/** The audience filter. Its depth and size are checked apart, with a path. */
export const AUDIENCE: z.ZodType<AudienceFilter> = z
  .lazy(() =>
    z.union([
      z.strictObject({ all: z.array(AUDIENCE).max(50) }),
      z.strictObject({ any: z.array(AUDIENCE).max(50) }),
      z.strictObject({ not: AUDIENCE }),
      z.strictObject({ country: codes }),
      z.strictObject({ language: codes }),
      z.strictObject({ party: codes }),
      z.strictObject({ attribute, is: value }),
      z.strictObject({ attribute, in: z.array(value).min(1).max(100) }),
      z.strictObject({ attribute, atLeast: z.number() }),
      z.strictObject({ attribute, atMost: z.number() }),
      z.strictObject({ attribute, exists: z.boolean() }),
    ]),
  )
  .openapi("AudienceFilter", { type: "object" });
