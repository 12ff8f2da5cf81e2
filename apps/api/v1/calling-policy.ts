import { createRoute, z } from "@hono/zod-openapi";
import { acknowledgePolicy, readProcedures, writeCallingPolicy } from "#flow/calls/procedures";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { Problem } from "../problem.ts";
import { AGENT } from "./call-schema.ts";
import { answer, jsonBody } from "./schemas.ts";

const POLICY = z
  .strictObject({ text: z.string().trim().min(1).max(50_000).describe("The written do-not-call policy") })
  .openapi("CallingPolicy");
const ACKNOWLEDGEMENT = z
  .strictObject({ agent: AGENT, version: z.number().int().min(1) })
  .openapi("CallingPolicyAcknowledgement");

/** The written do-not-call policy and who has acknowledged it; without both nobody gets a call. */
export function callingPolicyRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/calling-policy",
      middleware: [needs("policy:read")],
      responses: answer(200, "The version in force and the agents who have acknowledged it"),
    }),
    async (context) => context.json(await readProcedures(deps, context.get("caller").workspaceId), 200),
  );
  api.openapi(
    createRoute({
      method: "put",
      path: "/v1/calling-policy",
      middleware: [needs("policy:write")],
      request: jsonBody(POLICY),
      responses: answer(
        200,
        "The version in force; every agent has to acknowledge a new one before the next call",
      ),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { text } = context.req.valid("json");
      return context.json(
        { version: await writeCallingPolicy(deps, { workspaceId, actor: keyId, text }) },
        200,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/calling-policy/acknowledgements",
      middleware: [needs("calls:work")],
      request: jsonBody(ACKNOWLEDGEMENT),
      responses: answer(200, "The agent has acknowledged this version"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { agent, version } = context.req.valid("json");
      if (!(await acknowledgePolicy(deps, { workspaceId, actor: keyId, agent, version }))) {
        throw new Problem(409, "That is not the version in force; read it again", [
          { path: "/version", message: "is not in force" },
        ]);
      }
      return context.json({ agent, version }, 200);
    },
  );
}
