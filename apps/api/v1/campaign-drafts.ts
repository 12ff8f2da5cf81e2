import { createRoute, z } from "@hono/zod-openapi";
import { CAMPAIGN_STATES } from "#core/recipient-state";
import { inWorkspace } from "#db/database";
import { campaignSummary, listCampaigns } from "#db/read-models/campaign-progress";
import { changeCallDraft, createCallDraft } from "#flow/campaign/call-draft";
import { changeDraft, createDraft, type DraftResult } from "#flow/campaign/draft";
import { dryRun } from "#flow/campaign/dry-run";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { missing, Problem } from "../problem.ts";
import { CAMPAIGN_CHANGE, NEW_CAMPAIGN } from "./campaign-schema.ts";
import { answer, idParams, jsonBody } from "./schemas.ts";

/** Campaigns before they start: drafted, changed, listed and tried dry. */
export function campaignDraftRoutes(api: Api, { deps }: Services): void {
  const write = [needs("campaigns:write")];
  const read = [needs("campaigns:read")];
  const summaryOf = (workspaceId: string, result: DraftResult) => {
    const campaignId = savedId(result);
    return inWorkspace(deps.database, workspaceId, (tx) => campaignSummary(tx, campaignId));
  };
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/campaigns",
      middleware: write,
      request: jsonBody(NEW_CAMPAIGN),
      responses: answer(201, "The draft"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const asked = context.req.valid("json");
      const result =
        asked.channel === "phone"
          ? await createCallDraft(deps, { workspaceId, actor: keyId, draft: asked })
          : await createDraft(deps, { workspaceId, actor: keyId, draft: asked });
      return context.json(await summaryOf(workspaceId, result), 201);
    },
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/v1/campaigns/{id}",
      middleware: write,
      request: { params: idParams, ...jsonBody(CAMPAIGN_CHANGE) },
      responses: answer(200, "The draft as it is now; what the body leaves out stays"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const asked = context.req.valid("json");
      const campaignId = context.req.valid("param").id;
      const who = { workspaceId, actor: keyId, campaignId };
      const result = await (asked.channel === "phone"
        ? changeCallDraft(deps, { ...who, change: withoutChannel(asked) })
        : changeDraft(deps, { ...who, change: withoutChannel(asked) }));
      return context.json(await summaryOf(workspaceId, result), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/campaigns",
      middleware: read,
      request: { query: z.strictObject({ ...PAGE_QUERY, state: z.enum(CAMPAIGN_STATES).optional() }) },
      responses: answer(200, "Campaigns, newest first"),
    }),
    async (context) => {
      const { limit, cursor, state } = context.req.valid("query");
      const items = await inWorkspace(deps.database, context.get("caller").workspaceId, (tx) =>
        listCampaigns(tx, limit, placeOf(cursor), state ?? null),
      );
      return context.json(pageOf(items, limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/campaigns/{id}/dry-run",
      middleware: read,
      request: { params: idParams },
      responses: answer(200, "What the gate would answer now; nobody is contacted"),
    }),
    async (context) => {
      const run = await dryRun(deps, {
        workspaceId: context.get("caller").workspaceId,
        campaignId: context.req.valid("param").id,
      });
      if (run === null) throw missing("campaign");
      return context.json(run, 200);
    },
  );
}

function withoutChannel<T extends { channel?: unknown }>({
  channel: _channel,
  ...change
}: T): Omit<T, "channel"> {
  return change;
}

function savedId(result: DraftResult): string {
  switch (result.kind) {
    case "saved":
      return result.campaignId;
    case "problems":
      throw new Problem(422, "The campaign cannot be saved", result.problems);
    case "not-found":
      throw missing("campaign");
    case "not-a-draft":
      throw new Problem(409, "Only a draft can be changed; this campaign was scheduled");
    default:
      return result satisfies never;
  }
}
