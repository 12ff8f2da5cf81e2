import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { findDuplicates, stalePoints } from "#db/queries/merge-people";
import { mergePeople } from "#flow/contacts/merge-people";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeIn, placeOf } from "../cursor.ts";
import { missing, Problem } from "../problem.ts";
import { contactJson } from "./contacts.ts";
import { answer, idParams, jsonBody, uuid } from "./schemas.ts";

const MERGE = z.strictObject({ contactId: uuid }).openapi("ContactMerge");

/** Accuracy: people kept twice, contact points that reach nobody, and the merging of two into one. */
export function accuracyRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/duplicates",
      middleware: [needs("contacts:read")],
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "Contacts that look like one person"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { limit, cursor } = context.req.valid("query");
      const items = await inWorkspace(deps.database, workspaceId, (tx) =>
        findDuplicates(tx, limit, placeIn(cursor, z.string().max(32))),
      );
      return context.json(pageOf(items, limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/stale-points",
      middleware: [needs("contacts:read")],
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "Contact points that do not reach their person any more"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { limit, cursor } = context.req.valid("query");
      const items = await inWorkspace(deps.database, workspaceId, (tx) =>
        stalePoints(tx, { limit, after: placeOf(cursor) }),
      );
      return context.json(pageOf(items, limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/contacts/{id}/merge",
      middleware: [needs("contacts:write")],
      request: { params: idParams, ...jsonBody(MERGE) },
      responses: answer(200, "The contact that stays, with the points of both; a no of either binds all"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const result = await mergePeople(deps, {
        workspaceId,
        intoId: context.req.valid("param").id,
        fromId: context.req.valid("json").contactId,
        actor: `api:${keyId}`,
      });
      switch (result.kind) {
        case "merged":
          return context.json(
            {
              contact: contactJson(result.contact),
              noesSpread: result.noesSpread,
              inFlight: result.inFlight,
            },
            200,
          );
        case "not-found":
          throw missing("contact");
        case "same-contact":
          throw new Problem(422, "A contact cannot be merged with itself", [
            { path: "/contactId", message: "is the contact itself" },
          ]);
        case "erased":
          throw new Problem(409, "One of the two was erased or merged before");
        default:
          return result satisfies never;
      }
    },
  );
}
