import { createRoute } from "@hono/zod-openapi";
import { erasePerson } from "#flow/rights/erase-person";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { missing } from "../problem.ts";
import { answer, idParams } from "./schemas.ts";

/** Erasure of a person: a stop that answers after the barrier, and the end of everything that names them. */
export function erasureRoutes(api: Api, { deps, inbox }: Services): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/contacts/{id}/erasure",
      middleware: [needs("privacy:write")],
      request: { params: idParams },
      responses: answer(200, "The person is erased; repeating it answers the same"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const contactId = context.req.valid("param").id;
      const erased = await erasePerson(deps, inbox, {
        workspaceId,
        contactId,
        method: "api",
        actor: `api:${keyId}`,
      });
      if (erased.kind === "not-found") throw missing("contact");
      const { inFlight, since, purged } = erased;
      return context.json({ contactId, inFlight, since, purged }, 200);
    },
  );
}
