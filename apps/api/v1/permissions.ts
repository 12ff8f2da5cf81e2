import { createRoute } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { readStandings } from "#flow/consent/standings";
import { openContact } from "#flow/contacts/contacts";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { missing } from "../problem.ts";
import { answer, idParams } from "./schemas.ts";

/** What the gate says about a person now, apart from any campaign. */
export function permissionRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/{id}/permissions",
      middleware: [needs("contacts:read")],
      request: { params: idParams },
      responses: answer(
        200,
        "What the gate says now about each marketing purpose and contact point: permitted or not, why, and until when",
      ),
    }),
    async (context) => {
      const items = await inWorkspace(deps.database, context.get("caller").workspaceId, async (tx) => {
        const contact = await openContact(tx, deps.keys, context.req.valid("param").id);
        if (contact === null) throw missing("contact");
        const pointIds = contact.record.points.map((point) => point.id);
        return (await readStandings(tx, deps.keys.master, pointIds)).map((standing) => ({
          purposeId: standing.purposeId,
          senderId: standing.senderId,
          contactPointId: standing.contactPointId,
          channel: standing.channel,
          isPermitted: standing.isPermitted,
          status: standing.status,
          reason: standing.reason,
          heldBy: standing.heldBy,
          since: standing.since,
          lapsesAt: standing.lapsesAt,
          eventId: standing.event?.id ?? null,
        }));
      });
      // One person's purposes are one page.
      return context.json({ items, next: null }, 200);
    },
  );
}
