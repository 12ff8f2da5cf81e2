import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { ledgerSigner, receiptFor, receiptsFor } from "#flow/ledger/receipt";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { missing, Problem } from "../problem.ts";
import { answer, idParams, uuid } from "./schemas.ts";

const EVENT_ID = /^[1-9]\d{0,14}$/;

/** Signed consent receipts, one for each consent event of a person. */
export function receiptRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/{id}/receipts",
      middleware: [needs("contacts:read")],
      request: { params: idParams },
      responses: answer(200, "The signed receipts of a contact's consent events, oldest first"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const signer = await ledgerSigner(deps);
      const items = await inWorkspace(deps.database, workspaceId, (tx) =>
        receiptsFor(tx, signer, context.req.valid("param").id),
      );
      if (items === null) throw missing("contact");
      // One person's history is one page.
      return context.json({ items, next: null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/{id}/consents/{eventId}/receipt",
      middleware: [needs("contacts:read")],
      request: { params: z.object({ id: uuid, eventId: z.string() }) },
      responses: answer(200, "The signed receipt of one consent event"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { id, eventId: wanted } = context.req.valid("param");
      const signer = await ledgerSigner(deps);
      const receipt = EVENT_ID.test(wanted)
        ? await inWorkspace(deps.database, workspaceId, (tx) => receiptFor(tx, signer, id, Number(wanted)))
        : null;
      if (receipt === null) throw new Problem(404, "This contact has no such consent event");
      return context.json(receipt, 200);
    },
  );
}
