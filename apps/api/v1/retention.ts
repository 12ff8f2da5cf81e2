import { createRoute, z } from "@hono/zod-openapi";
import { DATA_CLASSES } from "#core/rights/retention";
import { inWorkspace } from "#db/database";
import { retentionRuns } from "#db/queries/retention";
import { retain, retentionTable, setRetention } from "#flow/rights/retain";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { Problem } from "../problem.ts";
import { answer, jsonBody } from "./schemas.ts";

const CHOICE = z.strictObject({ days: z.number().int() }).openapi("RetentionChoice");

/** How long each class of data is kept, and what the job would remove. */
export function retentionRoutes(api: Api, { deps, inbox }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/retention",
      middleware: [needs("policy:read")],
      responses: answer(200, "Every class, its days in force, and the last runs"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const items = await retentionTable(deps, workspaceId);
      const runs = await inWorkspace(deps.database, workspaceId, (tx) => retentionRuns(tx, 30));
      return context.json({ items, runs, next: null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "put",
      path: "/v1/retention/{dataClass}",
      middleware: [needs("policy:write")],
      request: { params: z.object({ dataClass: z.enum(DATA_CLASSES) }), ...jsonBody(CHOICE) },
      responses: answer(200, "Every class as it is now"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { dataClass } = context.req.valid("param");
      const { days } = context.req.valid("json");
      const actor = `api:${keyId}`;
      const chosen = await setRetention(deps, { workspaceId, dataClass, days, actor });
      if (chosen.kind === "out-of-range") {
        throw new Problem(422, "This class cannot be kept so long or so short", [
          { path: "/days", message: `must be from ${chosen.min} to ${chosen.max}` },
        ]);
      }
      return context.json({ items: await retentionTable(deps, workspaceId) }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/retention/dry-run",
      middleware: [needs("policy:read")],
      responses: answer(200, "How much of each class the job would remove now; nothing is removed"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const wouldRemove = await retain(deps, inbox, { workspaceId, dryRun: true, actor: `api:${keyId}` });
      return context.json({ wouldRemove }, 200);
    },
  );
}
