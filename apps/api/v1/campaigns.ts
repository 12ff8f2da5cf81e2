import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { CAMPAIGN_STATES, RECIPIENT_STATES } from "#core/recipient-state";
import { inWorkspace } from "#db/database";
import {
  campaignSummary,
  listCampaigns,
  listRecipients,
  recentDecisions,
} from "#db/read-models/campaign-progress";
import { saveDraft } from "#flow/campaign/draft";
import { dryRun } from "#flow/campaign/dry-run";
import { campaignProgress } from "#flow/campaign/progress";
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
import { cursorOf, PAGE_QUERY, placeOf } from "../cursor.ts";
import { Problem } from "../problem.ts";
import { AUDIENCE } from "./audience-schema.ts";
import { CIRCUMSTANCES } from "./circumstances-schema.ts";
import { answer, instant, jsonBody, singleLine, uuid } from "./schemas.ts";

export const CAMPAIGN = z
  .strictObject({
    name: singleLine(200),
    channel: z.literal("email").default("email"),
    senderId: uuid,
    purposeId: uuid,
    audience: AUDIENCE.default({ all: [] }),
    content: z.strictObject({
      subject: z.string().min(1).max(500),
      html: z.string().min(1).max(262_144),
      text: z.string().min(1).max(262_144).optional(),
    }),
    circumstances: CIRCUMSTANCES.default({}),
    ratePerSecond: z.number().min(0.01).max(10_000).nullable().default(null),
    frequencyCap: z
      .strictObject({
        max: z.number().int().min(1).max(1_000),
        windowHours: z.number().int().min(1).max(8_760),
      })
      .nullable()
      .default(null),
    endsAt: instant.nullable().default(null),
  })
  .openapi("NewCampaign");
const SCHEDULE = z.strictObject({ at: instant.nullable().default(null) }).openapi("Schedule");
const params = z.object({ id: uuid });
const write = [needs("campaigns:write")];
const read = [needs("campaigns:read")];
const LIVE_EVERY_MS = 1_000;

/** Campaigns: drafted, tried dry, scheduled, watched, and stopped. */
export function campaignRoutes(api: Api, services: Services): void {
  const { deps } = services;
  draftRoutes(api, services);
  commandRoutes(api, services);
  const progressOf = async (workspaceId: string, campaignId: string) => {
    const progress = await campaignProgress(deps, { workspaceId, campaignId });
    if (progress === null) throw missing();
    return progress;
  };
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/campaigns/{id}",
      middleware: read,
      request: { params },
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
        params,
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
        if (campaign === null) throw missing();
        if (campaign.month === null) return [];
        const filter = { state: state ?? null, reason: reason ?? null, after: Number(cursor ?? 0), limit };
        return listRecipients(tx, id, campaign.month, filter);
      });
      return context.json({ items, next: items.length === limit ? String(items.at(-1)?.id) : null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/campaigns/{id}/events",
      middleware: read,
      request: { params },
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

function draftRoutes(api: Api, { deps }: Services): void {
  const save = async (
    caller: { workspaceId: string; keyId: string },
    body: z.infer<typeof CAMPAIGN>,
    id: string | null,
  ) => {
    const saved = await saveDraft(
      deps,
      {
        ...body,
        content: {
          subject: body.content.subject,
          html: body.content.html,
          ...(body.content.text === undefined ? {} : { text: body.content.text }),
        },
        workspaceId: caller.workspaceId,
        actor: caller.keyId,
        endsAt: body.endsAt === null ? null : new Date(body.endsAt),
      },
      id,
    );
    if (saved.kind === "problems") throw new Problem(422, "The campaign cannot be saved", saved.problems);
    if (saved.kind === "not-a-draft")
      throw new Problem(409, "Only a draft of this sender and purpose can be changed");
    return inWorkspace(deps.database, caller.workspaceId, (tx) => campaignSummary(tx, saved.campaignId));
  };
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/campaigns",
      middleware: write,
      request: jsonBody(CAMPAIGN),
      responses: answer(201, "The draft"),
    }),
    async (context) => context.json(await save(context.get("caller"), context.req.valid("json"), null), 201),
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/v1/campaigns/{id}",
      middleware: write,
      request: { params, ...jsonBody(CAMPAIGN) },
      responses: answer(200, "The draft as it is now"),
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const { workspaceId } = context.get("caller");
      if ((await inWorkspace(deps.database, workspaceId, (tx) => campaignSummary(tx, id))) === null)
        throw missing();
      return context.json(await save(context.get("caller"), context.req.valid("json"), id), 200);
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
      const last = items.at(-1);
      return context.json(
        { items, next: items.length === limit && last !== undefined ? cursorOf(last) : null },
        200,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/campaigns/{id}/dry-run",
      middleware: read,
      request: { params },
      responses: answer(200, "What the gate would answer now; nobody is contacted"),
    }),
    async (context) => {
      const run = await dryRun(deps, {
        workspaceId: context.get("caller").workspaceId,
        campaignId: context.req.valid("param").id,
      });
      if (run === null) throw missing();
      return context.json(run, 200);
    },
  );
}

function commandRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/campaigns/{id}/schedule",
      middleware: write,
      request: { params, ...jsonBody(SCHEDULE) },
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
          throw missing();
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
        request: { params },
        responses: answer(200, "The state, after the barrier"),
      }),
      async (context) => {
        const { workspaceId, keyId } = context.get("caller");
        const id = z.object({ id: uuid }).parse(context.req.param()).id;
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
  if (result.kind === "not-found") throw missing();
  if (result.kind === "wrong-state") throw wrongState(result.state);
  return { state: result.state, inFlight: result.inFlight };
}

const missing = () => new Problem(404, "There is no such campaign in this workspace");
const wrongState = (state: string) => new Problem(409, `The campaign is ${state}; that cannot be done now`);
