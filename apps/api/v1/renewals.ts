import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { listRenewals, notAskedOf, orderRenewals } from "#flow/consent/renewals";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { numberPlaceOf, PAGE_QUERY, pageOf } from "../cursor.ts";
import { answer, jsonBody } from "./schemas.ts";

const ORDER = z
  .strictObject({
    eventIds: z
      .array(z.number().int().min(1))
      .min(1)
      .max(200)
      .optional()
      .describe("Only these consents; left out: the first 200 that are due and were not asked"),
  })
  .openapi("RenewalOrder");

/** Consent that ends soon, and the one mail that asks its person to give it anew. */
export function renewalRoutes(api: Api, { deps, config }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/renewals",
      middleware: [needs("contacts:read")],
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "Consents by email that stand and end within `renewalDays` of the policy"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { limit, cursor } = context.req.valid("query");
      const items = await inWorkspace(deps.database, workspaceId, (tx) =>
        listRenewals(tx, deps, workspaceId, { limit, after: numberPlaceOf(cursor) ?? 0 }),
      );
      const shown = items.map(({ gateId: _, ...item }) => item);
      return context.json(pageOf(shown, limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/renewals/count",
      middleware: [needs("contacts:read")],
      responses: answer(200, "How many consents end soon, and how many of their people were not asked yet"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const due = await inWorkspace(deps.database, workspaceId, (tx) =>
        listRenewals(tx, deps, workspaceId, { limit: Number.POSITIVE_INFINITY, after: 0 }),
      );
      return context.json({ count: due.length, notAsked: notAskedOf(due) }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/renewals",
      middleware: [needs("consents:write")],
      request: jsonBody(ORDER),
      responses: answer(200, "Which of them are asked; each consent is asked for once"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const result = await orderRenewals(deps, {
        workspaceId,
        actor: `api:${keyId}`,
        eventIds: context.req.valid("json").eventIds ?? null,
        publicUrl: config.publicUrl,
      });
      return context.json(result, 200);
    },
  );
}
