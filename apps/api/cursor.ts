import { z } from "@hono/zod-openapi";
import { Problem } from "./problem.ts";

/** `?limit=` and `?cursor=` of every list. */
export const PAGE_QUERY = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(300).optional(),
};

/**
 * Where the next page begins; opaque to clients. Ids are time-ordered (UUIDv7), so the last one seen is the whole
 * place: an instant beside it would lose the microseconds, and with them everyone of the same import.
 */
export const cursorOf = (last: { readonly id: string }): string =>
  Buffer.from(JSON.stringify({ id: last.id })).toString("base64url");

const PLACE = z.strictObject({ id: z.uuid() });

/** The id that the page continues after. @throws Problem 400 when the cursor is not one of ours. */
export function placeOf(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  try {
    return PLACE.parse(JSON.parse(Buffer.from(cursor, "base64url").toString())).id;
  } catch {
    throw new Problem(400, "The cursor is not one that this API gave", [
      { path: "/cursor", message: "is not valid" },
    ]);
  }
}
