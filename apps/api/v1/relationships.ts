import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace, readClock } from "#db/database";
import { readRelationships } from "#db/queries/law-facts";
import { recordRelationship } from "#flow/contacts/relationships";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { missing, Problem } from "../problem.ts";
import { answer, jsonBody, uuid } from "./schemas.ts";

const day = z.iso.date().nullable().default(null);
const fact = z.boolean().nullable().default(null);

const RELATIONSHIP = z
  .strictObject({
    lastPurchaseAt: day,
    lastInquiryAt: day,
    contractInForce: z.boolean().default(false),
    collectedDuring: z.enum(["sale", "negotiation", "free-account-with-paid-tier"]).nullable().default(null),
    similarProducts: fact,
    optOutOfferedAtCollection: fact,
    refusedAtCollection: fact,
  })
  .openapi("Relationship");
const params = z.object({ id: uuid, senderId: uuid });
const PATH = "/v1/contacts/{id}/relationships/{senderId}";
/** Somewhere on earth it is a day later than in UTC. */
const AHEAD_MS = 14 * 3_600_000;

/** What a contact and a sender have to do with each other: purchases, inquiries, contracts, and how they met. */
export function relationshipRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: PATH,
      middleware: [needs("contacts:read")],
      request: { params },
      responses: answer(200, "The relationship"),
    }),
    async (context) => {
      const { id, senderId } = context.req.valid("param");
      const [found] = await inWorkspace(deps.database, context.get("caller").workspaceId, (tx) =>
        readRelationships(tx, senderId, [id]),
      );
      if (found === undefined) throw new Problem(404, "Nothing is known of these two in this workspace");
      return context.json(found, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "put",
      path: PATH,
      middleware: [needs("contacts:write")],
      request: { params, ...jsonBody(RELATIONSHIP) },
      responses: answer(200, "The relationship as it is now; what was not said is not so"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { id, senderId } = context.req.valid("param");
      const body = context.req.valid("json");
      const now = await inWorkspace(deps.database, workspaceId, readClock);
      const latest = new Date(now.getTime() + AHEAD_MS).toISOString().slice(0, 10);
      const future = (["lastPurchaseAt", "lastInquiryAt"] as const).filter(
        (field) => (body[field] ?? "") > latest,
      );
      if (future.length > 0)
        throw new Problem(
          422,
          "What has not happened yet cannot be recorded",
          future.map((field) => ({ path: `/${field}`, message: "is in the future" })),
        );
      const set = await recordRelationship(deps, {
        workspaceId,
        actor: keyId,
        senderId,
        relationship: { contactId: id, ...body },
      });
      switch (set.kind) {
        case "set":
          return context.json(set.relationship, 200);
        case "contact-unknown":
          throw missing("contact");
        case "sender-unknown":
          throw missing("sender");
        case "erased":
          throw new Problem(409, "This person was erased; nothing can be added");
        default:
          return set satisfies never;
      }
    },
  );
}
