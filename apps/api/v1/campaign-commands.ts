import { createRoute, z } from "@hono/zod-openapi";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { freezeWorkspace, unfreezeWorkspace } from "#flow/stops/freeze";
import {
  type CampaignCommandResult,
  cancelCampaign,
  pauseCampaign,
  resumeCampaign,
} from "#flow/stops/stop-campaign";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { missing, Problem } from "../problem.ts";
import { answer, idParams, instant, jsonBody } from "./schemas.ts";

const SCHEDULE = z.strictObject({ at: instant.nullable().default(null) }).openapi("Schedule");
const write = [needs("campaigns:write")];

/** A campaign is scheduled and stopped. A stop answers after the barrier, with what was still on the wire. */
export function campaignCommandRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/campaigns/{id}/schedule",
      middleware: write,
      request: { params: idParams, ...jsonBody(SCHEDULE) },
      responses: answer(200, "When it starts and ends"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { at } = context.req.valid("json");
      const scheduled = await scheduleCampaign(deps, {
        workspaceId,
        campaignId: context.req.valid("param").id,
        at: at === null ? null : new Date(at),
        actor: keyId,
      });
      switch (scheduled.kind) {
        case "scheduled":
          return context.json({ state: "scheduled", at: scheduled.at, endsAt: scheduled.endsAt }, 200);
        case "not-found":
          throw missing("campaign");
        case "wrong-state":
          throw wrongState(scheduled.state);
        case "at-in-the-past":
          throw new Problem(422, "The campaign cannot start in the past", [
            { path: "/at", message: "is in the past" },
          ]);
        case "ends-before-start":
          throw new Problem(422, "The campaign would end before it starts", [
            { path: "/at", message: "is after endsAt" },
          ]);
        default:
          return scheduled satisfies never;
      }
    },
  );
  for (const [name, command] of [
    ["pause", pauseCampaign],
    ["resume", resumeCampaign],
    ["cancel", cancelCampaign],
  ] as const) {
    api.openapi(
      createRoute({
        method: "post",
        path: `/v1/campaigns/{id}/${name}`,
        middleware: write,
        request: { params: idParams },
        responses: answer(200, "The state, after the barrier"),
      }),
      async (context) => {
        const { workspaceId, keyId } = context.get("caller");
        const { id } = context.req.valid("param");
        return context.json(
          commandAnswer(await command(deps, { workspaceId, campaignId: id, actor: keyId })),
          200,
        );
      },
    );
  }
  for (const [path, command] of [
    ["/v1/freeze", freezeWorkspace],
    ["/v1/unfreeze", unfreezeWorkspace],
  ] as const) {
    api.openapi(
      createRoute({
        method: "post",
        path,
        middleware: [needs("workspace:freeze")],
        responses: answer(200, "Whether the workspace is frozen, after the barrier"),
      }),
      async (context) => {
        const { workspaceId, keyId } = context.get("caller");
        return context.json(await command(deps, workspaceId, keyId), 200);
      },
    );
  }
}

function commandAnswer(result: CampaignCommandResult) {
  if (result.kind === "not-found") throw missing("campaign");
  if (result.kind === "wrong-state") throw wrongState(result.state);
  return { state: result.state, inFlight: result.inFlight };
}

const wrongState = (state: string) => new Problem(409, `The campaign is ${state}; that cannot be done now`);
