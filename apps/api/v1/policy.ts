import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { readWorkspacePolicy } from "#db/queries/policy";
import { readSenders } from "#db/queries/senders";
import { policyItems } from "#flow/policy/merge-policy";
import { POLICY_CHANGE } from "#flow/policy/policy-schema";
import { changeWorkspacePolicy } from "#flow/policy/workspace-policy";
import { changeSender } from "#flow/senders/change-sender";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { missing } from "../problem.ts";
import { answer, idParams, jsonBody, phoneNumber, singleLine, uuid } from "./schemas.ts";

const SENDER_CHANGE = z
  .strictObject({
    legalBasis: z.enum(["consent-only", "law"]).optional(),
    policy: POLICY_CHANGE.optional(),
    isBulkSender: z.boolean().optional(),
    callerId: phoneNumber.nullable().optional(),
    postalAddress: singleLine(300).optional(),
  })
  .openapi("SenderChange");

/**
 * What the workspace and its senders decide where the law leaves a choice. Every change is audited and acts like a
 * stop: its answer says how much that the old policy allowed was still on the wire.
 */
export function policyRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/policy",
      middleware: [needs("policy:read")],
      request: { query: z.strictObject({ senderId: uuid.optional() }) },
      responses: answer(
        200,
        "Every setting: the value in force, its default, who set it and what it decides",
      ),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { senderId } = context.req.valid("query");
      const { stored, senders } = await inWorkspace(deps.database, workspaceId, async (tx) => ({
        stored: await readWorkspacePolicy(tx, workspaceId),
        senders: senderId === undefined ? [] : await readSenders(tx),
      }));
      const sender = senders.find((each) => each.id === senderId) ?? null;
      if (senderId !== undefined && sender === null) throw missing("sender");
      return context.json({ items: policyItems(stored, sender), next: null }, 200);
    },
  );
  const write = [needs("policy:write")];
  api.openapi(
    createRoute({
      method: "patch",
      path: "/v1/policy",
      middleware: write,
      request: jsonBody(POLICY_CHANGE),
      responses: answer(200, "The settings as they are now, after the barrier; null unsets one"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const changed = await changeWorkspacePolicy(deps, {
        workspaceId,
        actor: keyId,
        change: context.req.valid("json"),
      });
      return context.json({ items: policyItems(changed.record, null), inFlight: changed.inFlight }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/v1/senders/{id}",
      middleware: write,
      request: { params: idParams, ...jsonBody(SENDER_CHANGE) },
      responses: answer(200, "The sender as it is now, after the barrier"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const changed = await changeSender(deps, {
        workspaceId,
        actor: keyId,
        senderId: context.req.valid("param").id,
        change: context.req.valid("json"),
      });
      if (changed === null) throw missing("sender");
      return context.json({ ...changed.record, inFlight: changed.inFlight }, 200);
    },
  );
}
