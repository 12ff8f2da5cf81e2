import { z } from "@hono/zod-openapi";
import { Problem } from "./problem.ts";

/** `?limit=` and `?cursor=` of every list. */
export const PAGE_QUERY = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(300).optional(),
};

const PLACE = z.strictObject({ createdAt: z.iso.datetime(), id: z.string().max(64) });

/** Where the next page begins; opaque to clients. */
export const cursorOf = (last: { readonly createdAt: Date; readonly id: string }): string =>
  Buffer.from(JSON.stringify({ createdAt: last.createdAt.toISOString(), id: last.id })).toString("base64url");

/** @throws Problem 400 when the cursor is not one of ours. */
export function placeOf(cursor: string | undefined): z.infer<typeof PLACE> | null {
  if (cursor === undefined) return null;
  try {
    return PLACE.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
  } catch {
    throw new Problem(400, "The cursor is not one that this API gave", [
      { path: "/cursor", message: "is not valid" },
    ]);
  }
}
