import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { readPurposes, readSenders } from "#db/queries/senders";
import { type Created, createPurpose, createSender } from "#flow/senders/create-sender";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { Problem } from "../problem.ts";
import { address, answer, jsonBody, key, phoneNumber, singleLine, uuid } from "./schemas.ts";

const SENDER = z
  .strictObject({
    key,
    name: singleLine(200),
    postalAddress: singleLine(300),
    fromName: singleLine(100),
    fromAddress: address,
    replyTo: address.optional(),
    callerId: phoneNumber.optional(),
    dkim: z
      .strictObject({
        domain: z.string().regex(/^[a-z0-9.-]{1,253}$/),
        selector: z.string().regex(/^[A-Za-z0-9._-]{1,63}$/),
        privateKey: z.string().max(10_000),
      })
      .optional(),
  })
  .openapi("Sender");

const PURPOSE = z
  .strictObject({
    senderId: uuid,
    key,
    name: singleLine(100),
    description: z.string().trim().min(1).max(1_000),
    dpvTerm: z
      .string()
      .regex(/^dpv:[A-Za-z]{1,60}$/)
      .default("dpv:DirectMarketing"),
    kind: z.enum(["marketing", "transactional"]).default("marketing"),
    consentLifetimeDays: z.number().int().min(1).max(3_650).nullable().default(null),
  })
  .openapi("Purpose");

/** Senders and purposes: who speaks, and about what. */
export function senderRoutes(api: Api, { deps }: Services): void {
  for (const [path, read] of [
    ["/v1/senders", readSenders],
    ["/v1/purposes", readPurposes],
  ] as const) {
    api.openapi(
      createRoute({
        method: "get",
        path,
        middleware: [needs("senders:read")],
        request: { query: z.strictObject(PAGE_QUERY) },
        responses: answer(200, "Those of the workspace, oldest first"),
      }),
      async (context) => {
        const { workspaceId } = context.get("caller");
        const { limit, cursor } = context.req.valid("query");
        const page = { limit, after: placeOf(cursor) };
        const items = await inWorkspace<readonly { id: string }[]>(deps.database, workspaceId, (tx) =>
          read(tx, page),
        );
        return context.json(pageOf(items, limit), 200);
      },
    );
  }
  const write = [needs("senders:write")];
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/senders",
      middleware: write,
      request: jsonBody(SENDER),
      responses: answer(201, "The sender"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const made = await createSender(deps, { ...context.req.valid("json"), workspaceId, actor: keyId });
      return context.json(recordOf(made, "/key", "/dkim/privateKey"), 201);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/purposes",
      middleware: write,
      request: jsonBody(PURPOSE),
      responses: answer(201, "The purpose"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const body = context.req.valid("json");
      const senders = await inWorkspace(deps.database, workspaceId, (tx) => readSenders(tx));
      if (!senders.some((sender) => sender.id === body.senderId)) throw unknown("/senderId", "sender");
      return context.json(
        recordOf(await createPurpose(deps, { ...body, workspaceId, actor: keyId }), "/key", "/key"),
        201,
      );
    },
  );
}

const unknown = (path: string, what: string): Problem =>
  new Problem(422, `There is no such ${what} in this workspace`, [
    { path, message: `is no ${what} of this workspace` },
  ]);

function recordOf<T>(made: Created<T>, takenPath: string, keyPath: string): T {
  switch (made.kind) {
    case "created":
      return made.record;
    case "taken":
      throw new Problem(409, "It exists already", [{ path: takenPath, message: "is taken" }]);
    case "parent-unknown":
      throw new Problem(422, "It belongs to something this workspace does not have");
    case "key-unreadable":
      throw new Problem(422, "The DKIM key cannot be used", [
        { path: keyPath, message: "must be an RSA private key in PEM form, 1024 bits or more" },
      ]);
    default:
      return made satisfies never;
  }
}
