import { z } from "@hono/zod-openapi";
import { Problem } from "./problem.ts";

/** `?limit=` and `?cursor=` of every list. */
export const PAGE_QUERY = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(300).optional(),
};

/**
 * Where the next page begins; opaque to clients. Ids are time-ordered, so the last one seen is the whole place: an
 * instant beside it would lose the microseconds, and with them everyone of the same import.
 */
export const cursorOf = (last: { readonly id: string | number }): string =>
  Buffer.from(JSON.stringify({ id: last.id })).toString("base64url");

/** A page as lists answer it: what is on it, and the cursor of the next one, null on the last. */
export function pageOf<T extends { readonly id: string | number }>(items: readonly T[], limit: number) {
  const last = items.at(-1);
  return { items, next: items.length === limit && last !== undefined ? cursorOf(last) : null };
}

/** The id that the page continues after. @throws Problem 400 when the cursor is not one of ours. */
export function placeOf(cursor: string | undefined): string | null {
  return placeIn(cursor, z.uuid());
}

/** The same for lists whose ids are numbers. */
export function numberPlaceOf(cursor: string | undefined): number | null {
  return placeIn(cursor, z.number().int().min(0));
}

/** The same for lists whose ids have a form of their own. */
export function placeIn<T>(cursor: string | undefined, id: z.ZodType<T>): T | null {
  if (cursor === undefined) return null;
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return id.parse(z.strictObject({ id: z.unknown() }).parse(place).id);
  } catch {
    throw new Problem(400, "The cursor is not one that this API gave", [
      { path: "/cursor", message: "is not valid" },
    ]);
  }
}
