import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { listApiKeys, revokeApiKey } from "#db/queries/api-keys";
import { recordAudit } from "#db/queries/audit";
import { createApiKey, SCOPES } from "#flow/access/api-keys";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeIn } from "../cursor.ts";
import { missing } from "../problem.ts";
import { answer, jsonBody, singleLine } from "./schemas.ts";

const NEW_KEY = z
  .strictObject({ name: singleLine(100), scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length) })
  .openapi("NewApiKey");
const KEY_ID = z.string().regex(/^[A-Za-z0-9]{8,32}$/);

/** API keys. Only an `admin` key makes keys, so that no key can give itself more than it has. */
export function keyRoutes(api: Api, { deps }: Services): void {
  const middleware = [needs("admin")];
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/api-keys",
      middleware,
      request: jsonBody(NEW_KEY),
      responses: answer(201, "The key; its token is shown only here"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      return context.json(
        await createApiKey(deps, { ...context.req.valid("json"), workspaceId, actor: keyId }),
        201,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/api-keys",
      middleware,
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "The keys, oldest first, without their secrets"),
    }),
    async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const items = await inWorkspace(deps.database, context.get("caller").workspaceId, (tx) =>
        listApiKeys(tx, limit, placeIn(cursor, KEY_ID)),
      );
      return context.json(pageOf(items, limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: "/v1/api-keys/{id}",
      middleware,
      request: { params: z.object({ id: KEY_ID }) },
      responses: answer(200, "Revoked, from the next request on"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { id } = context.req.valid("param");
      const revoked = await inWorkspace(deps.database, workspaceId, async (tx) => {
        const done = await revokeApiKey(tx, id);
        if (done) await recordAudit(tx, workspaceId, keyId, "api-key-revoked", id, {});
        return done;
      });
      if (!revoked) throw missing("key");
      return context.json({ id, revoked: true }, 200);
    },
  );
}
