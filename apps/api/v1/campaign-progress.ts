import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { RECIPIENT_STATES } from "#core/recipient-state";
import { inWorkspace } from "#db/database";
import { listRecipients, recentDecisions } from "#db/read-models/campaign-people";
import { campaignSummary } from "#db/read-models/campaign-progress";
import { campaignProgress } from "#flow/campaign/progress";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY } from "../cursor.ts";
import { missing } from "../problem.ts";
import { answer, idParams } from "./schemas.ts";

const LIVE_EVERY_MS = 1_000;

/** How a campaign goes: its figures, its recipients one by one, and both live. */
export function campaignProgressRoutes(api: Api, { deps }: Services): void {
  const read = [needs("campaigns:read")];
  const progressOf = async (workspaceId: string, campaignId: string) => {
    const progress = await campaignProgress(deps, { workspaceId, campaignId });
    if (progress === null) throw missing("campaign");
    return progress;
  };
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/campaigns/{id}",
      middleware: read,
      request: { params: idParams },
      responses: answer(200, "State and figures"),
    }),
    async (context) =>
      context.json(await progressOf(context.get("caller").workspaceId, context.req.valid("param").id), 200),
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/campaigns/{id}/recipients",
      middleware: read,
      request: {
        params: idParams,
        query: z.strictObject({
          limit: PAGE_QUERY.limit,
          cursor: z
            .string()
            .regex(/^\d{1,15}$/)
            .optional(),
          state: z.enum(RECIPIENT_STATES).optional(),
          reason: z
            .string()
            .regex(/^[a-z0-9-]{1,60}$/)
            .optional(),
        }),
      },
      responses: answer(200, "Recipients, each with its decision and the consent event behind it"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { id } = context.req.valid("param");
      const { limit, cursor, state, reason } = context.req.valid("query");
      const items = await inWorkspace(deps.database, workspaceId, async (tx) => {
        const campaign = await campaignSummary(tx, id);
        if (campaign === null) throw missing("campaign");
        if (campaign.month === null) return [];
        return listRecipients(tx, id, campaign.month, {
          states: state === undefined ? null : [state],
          reason: reason ?? null,
          group: null,
          after: Number(cursor ?? 0),
          limit,
        });
      });
      return context.json({ items, next: items.length === limit ? String(items.at(-1)?.id) : null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/campaigns/{id}/events",
      middleware: read,
      request: { params: idParams },
      responses: { 200: { description: "Server-sent events: `progress` each second" } },
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { id } = context.req.valid("param");
      await progressOf(workspaceId, id);
      return streamSSE(context, async (stream) => {
        while (!stream.aborted) {
          const progress = await progressOf(workspaceId, id);
          const decisions = await inWorkspace(deps.database, workspaceId, (tx) =>
            recentDecisions(tx, id, progress.campaign.month, 10),
          );
          await stream.writeSSE({ event: "progress", data: JSON.stringify({ ...progress, decisions }) });
          // Finished, or cancelled and its last recipient ended: nothing will change any more.
          if (progress.campaign.finishedAt !== null) return;
          await stream.sleep(LIVE_EVERY_MS);
        }
      });
    },
  );
}
