import { z } from "@hono/zod-openapi";
import { isEmailAddress } from "#core/canonical-key";

export const uuid = z.uuid();
/** The parameters of a path that ends in, or leads through, one `{id}`. */
export const idParams = z.object({ id: uuid });
/** The parameters of a path that leads through one list. */
export const registryParams = z.object({ registryId: z.string().regex(/^[A-Z0-9-]{1,40}$/) });
export const key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be lower-case letters, digits and hyphens");
export const instant = z.iso.datetime({ offset: true });
export const phoneNumber = z
  .string()
  .regex(/^\+[1-9][0-9]{6,14}$/, "must be an E.164 number such as +4930123456");
export const address = z.string().max(254).refine(isEmailAddress, "must be an email address");

/** One line of text: no line breaks or other control characters, which would end up in headers. */
export const singleLine = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, "must be one line without control characters");

/** A JSON body that must be there and must be JSON. */
export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  body: { required: true as const, content: { "application/json": { schema } } },
});

const PROBLEM = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem");

/** The documented answers of a route: its own, and problem details for everything else. */
export const answer = <Status extends number>(status: Status, description: string) =>
  ({
    [status]: { description, content: { "application/json": { schema: z.any() } } },
    default: {
      description: "Problem details (RFC 9457)",
      content: { "application/problem+json": { schema: PROBLEM } },
    },
  }) as Record<Status, { description: string; content: { "application/json": { schema: z.ZodAny } } }>;
