import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { readSources } from "#db/queries/sources";
import { createSource, verifySource } from "#flow/contacts/sources";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { missing, Problem } from "../problem.ts";
import { answer, idParams, instant, jsonBody, key, singleLine } from "./schemas.ts";

export const SOURCE = z
  .strictObject({
    key,
    name: singleLine(200),
    kind: z.enum(["csv-import", "purchased-list", "third-party-named-consent"]),
    vendor: singleLine(200).nullable().default(null),
  })
  .openapi("Source");

export const VERIFICATION = z
  .strictObject({
    note: z.string().trim().min(1).max(2_000).describe("What was seen, and where it is kept"),
    deletionsRunAt: instant
      .nullable()
      .default(null)
      .describe("When the vendor last carried out the deletions that Californians asked of data brokers"),
  })
  .openapi("Verification");

/** Sources: where contacts' data came from, and whether somebody saw how it was collected. */
export function sourceRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/sources",
      middleware: [needs("contacts:read")],
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "Those of the workspace, oldest first"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { limit, cursor } = context.req.valid("query");
      const items = await inWorkspace(deps.database, workspaceId, (tx) =>
        readSources(tx, { limit, after: placeOf(cursor) }),
      );
      return context.json(pageOf(items, limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/sources",
      middleware: [needs("contacts:write")],
      request: jsonBody(SOURCE),
      responses: answer(201, "The source, not verified yet: nobody from it is contacted"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const made = await createSource(deps, { ...context.req.valid("json"), workspaceId, actor: keyId });
      if (made === null) throw new Problem(409, "It exists already", [{ path: "/key", message: "is taken" }]);
      return context.json(made, 201);
    },
  );
  const write = [needs("policy:write")];
  const verified = async (
    caller: { readonly workspaceId: string; readonly keyId: string },
    sourceId: string,
    note: string | null,
    deletionsRunAt: string | null,
  ) => {
    const { workspaceId, keyId: actor } = caller;
    const changed = await verifySource(deps, {
      workspaceId,
      actor,
      sourceId,
      note,
      deletionsRunAt: deletionsRunAt === null ? null : new Date(deletionsRunAt),
    });
    if (changed === null) throw missing("source");
    return { ...changed.record, inFlight: changed.inFlight };
  };
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/sources/{id}/verify",
      middleware: write,
      request: { params: idParams, ...jsonBody(VERIFICATION) },
      responses: answer(200, "The source, verified"),
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const { note, deletionsRunAt } = context.req.valid("json");
      return context.json(await verified(context.get("caller"), id, note, deletionsRunAt), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/sources/{id}/unverify",
      middleware: write,
      request: { params: idParams },
      responses: answer(200, "The source, not verified any more, after the barrier"),
    }),
    async (context) =>
      context.json(await verified(context.get("caller"), context.req.valid("param").id, null, null), 200),
  );
}
