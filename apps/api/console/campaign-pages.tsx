import type { Context } from "hono";
import { z } from "zod";
import { RECIPIENT_STATES } from "#core/recipient-state";
import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { auditTrail } from "#db/read-models/audit-trail";
import { listRecipients, type RecipientFilter, recentDecisions } from "#db/read-models/campaign-people";
import { listCampaigns } from "#db/read-models/campaign-progress";
import { type CampaignProgress, campaignProgress } from "#flow/campaign/progress";
import { openContacts } from "#flow/contacts/contacts";
import { cancelCampaign, pauseCampaign, resumeCampaign } from "#flow/stops/stop-campaign";
import type { Services } from "../context.ts";
import { cursorOf, placeOf } from "../cursor.ts";
import {
  CampaignFigures,
  CampaignLive,
  CampaignPage,
  type FiguresModel,
} from "../pages/console/campaign.tsx";
import { Feed, type FeedModel } from "../pages/console/campaign-feed.tsx";
import { CampaignListPage } from "../pages/console/campaign-list.tsx";
import { NOTED_ACTIONS } from "../pages/console/campaign-notes.tsx";
import { filteredCount, isMoving, type PeopleModel } from "../pages/console/campaign-people.tsx";
import { missing } from "../problem.ts";
import { rateModel } from "./campaign-rate-model.ts";
import { type ConsolePages, idOf, type Visit } from "./guard.ts";

const PAGE_SIZE = 50;
const PEOPLE_SIZE = 25;
const FEED_SIZE = 10;
const NOTES_MAX = 30;

/** A filter in the address, which a person may have written: what is not understood asks for nothing. */
const FILTER = z.object({
  state: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(RECIPIENT_STATES)).min(1).max(RECIPIENT_STATES.length))
    .nullable()
    .catch(null),
  reason: z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/)
    .nullable()
    .catch(null),
  group: z.enum(["opted-out", "late", "on-the-wire-at-stop"]).nullable().catch(null),
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).catch(0),
});

/** Campaigns in the console: the list, and the page of one with its live parts and its stops. */
export function campaignPages(pages: ConsolePages, services: Services): void {
  const { deps } = services;
  pages.get("/campaigns", async (context, visit) => {
    const place = placeOf(context.req.query("cursor"));
    const campaigns = await inWorkspace(deps.database, visit.user.workspaceId, (tx) =>
      listCampaigns(tx, PAGE_SIZE, place),
    );
    const last = campaigns.at(-1);
    const older = campaigns.length === PAGE_SIZE && last !== undefined ? cursorOf(last) : null;
    return context.html(
      String(
        <CampaignListPage
          shell={visit.shell("Campaigns", "campaigns")}
          campaigns={campaigns}
          older={older}
        />,
      ),
    );
  });
  const progressOf = async (context: Context, { user: { workspaceId } }: Visit) => {
    const campaignId = idOf(context, "campaign");
    const progress = await campaignProgress(deps, { workspaceId, campaignId });
    if (progress === null) throw missing("campaign");
    return progress;
  };
  pages.get("/campaigns/:id", async (context, visit) => {
    const { workspaceId, userId } = visit.user;
    const progress = await progressOf(context, visit);
    const { state, ...rest } = FILTER.parse(context.req.query());
    const people = await peopleModel(services, visit.user, progress, {
      ...rest,
      states: state,
      limit: PEOPLE_SIZE,
    });
    const feed = await feedModel(services, workspaceId, progress, null);
    // The live parts show no more than this page was opened for: one entry for all of them.
    await inWorkspace(deps.database, workspaceId, (tx) =>
      recordAudit(tx, workspaceId, userId, "campaign-people-shown", progress.campaign.id, {
        people: people.contacts.size,
      }),
    );
    return context.html(
      String(
        <CampaignPage
          shell={visit.shell(progress.campaign.name, "campaigns")}
          figures={await figuresModel(services, workspaceId, progress)}
          feed={feed}
          people={people}
        />,
      ),
    );
  });
  pages.get("/campaigns/:id/live", async (context, visit) => {
    const progress = await progressOf(context, visit);
    return context.html(
      String(<CampaignLive progress={progress} filter={FILTER.parse(context.req.query()).state} />),
    );
  });
  pages.get("/campaigns/:id/figures", async (context, visit) => {
    const progress = await progressOf(context, visit);
    const model = await figuresModel(services, visit.user.workspaceId, progress);
    const { reason } = FILTER.parse(context.req.query());
    return context.html(String(<CampaignFigures model={model} filter={reason} />));
  });
  pages.get("/campaigns/:id/feed", async (context, visit) => {
    const progress = await progressOf(context, visit);
    const held = z.coerce.number().int().min(1).catch(0).parse(context.req.query("held"));
    const model = await feedModel(services, visit.user.workspaceId, progress, held === 0 ? null : held);
    return context.html(String(<Feed model={model} />));
  });
  for (const [name, command] of [
    ["pause", pauseCampaign],
    ["resume", resumeCampaign],
    ["cancel", cancelCampaign],
  ] as const) {
    pages.post(`/campaigns/:id/${name}`, async (context, visit) => {
      const campaignId = idOf(context, "campaign");
      const result = await command(deps, {
        workspaceId: visit.user.workspaceId,
        campaignId,
        actor: visit.user.userId,
      });
      if (result.kind === "not-found") throw missing("campaign");
      return context.redirect(`/campaigns/${campaignId}`, 303);
    });
  }
}

async function peopleModel(
  { deps }: Services,
  { workspaceId }: { readonly workspaceId: string },
  progress: CampaignProgress,
  filter: RecipientFilter,
): Promise<PeopleModel> {
  const { id, month } = progress.campaign;
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    // Looking for those who are not there would go through everyone of the campaign.
    const isNobody = filteredCount(progress, filter) === 0;
    const rows = month === null || isNobody ? [] : await listRecipients(tx, id, month, filter);
    const contacts = await openContacts(
      tx,
      deps.keys,
      rows.map((row) => row.contactId),
    );
    return { progress, rows, contacts, filter };
  });
}

async function feedModel(
  { deps }: Services,
  workspaceId: string,
  { campaign }: CampaignProgress,
  held: number | null,
): Promise<FeedModel> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const entries = await recentDecisions(tx, campaign.id, campaign.month, FEED_SIZE, held);
    const people = await openContacts(
      tx,
      deps.keys,
      entries.map((entry) => entry.contactId),
    );
    const isHeld = held !== null;
    return { campaignId: campaign.id, entries, people, isMoving: isMoving(campaign.state), isHeld };
  });
}

async function figuresModel(
  { deps }: Services,
  workspaceId: string,
  progress: CampaignProgress,
): Promise<FiguresModel> {
  const { campaign } = progress;
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const found = await auditTrail(tx, [campaign.id, workspaceId], NOTED_ACTIONS, NOTES_MAX);
    // What froze the workspace before it was made is no matter of this campaign.
    const trail = found.filter((entry) => entry.subject === campaign.id || entry.at >= campaign.createdAt);
    return { progress, rate: await rateModel(tx, progress, trail), trail };
  });
}
