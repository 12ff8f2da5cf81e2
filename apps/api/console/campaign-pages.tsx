import { z } from "zod";
import { inWorkspace } from "#db/database";
import { readPurposes, readSenders } from "#db/queries/senders";
import {
  campaignSummary,
  listCampaigns,
  listRecipients,
  recentDecisions,
} from "#db/read-models/campaign-progress";
import { changeDraft, createDraft } from "#flow/campaign/draft";
import { dryRun } from "#flow/campaign/dry-run";
import { campaignProgress } from "#flow/campaign/progress";
import { scheduleCampaign } from "#flow/campaign/schedule";
import type { FieldProblem } from "#flow/field-problems";
import { cancelCampaign, pauseCampaign, resumeCampaign } from "#flow/stops/stop-campaign";
import type { Services } from "../context.ts";
import { cursorOf, placeOf } from "../cursor.ts";
import { CampaignLive, CampaignPage, type CampaignPageModel } from "../pages/console/campaign.tsx";
import { type CampaignFormModel, CampaignFormPage } from "../pages/console/campaign-form.tsx";
import { CampaignListPage } from "../pages/console/campaign-list.tsx";
import { DryRunPage } from "../pages/console/dry-run.tsx";
import { checkFailed, Problem } from "../problem.ts";
import { NEW_CAMPAIGN } from "../v1/campaign-schema.ts";
import type { ConsolePages } from "./guard.ts";

const PAGE_SIZE = 50;
const ID = z.uuid();
const EMPTY = {
  name: "",
  purposeId: "",
  audience: '{"all":[]}',
  subject: "",
  html: "<p>Dear {{ contact.given_name }},</p>\n<p></p>",
  text: "",
  ratePerSecond: "5",
};

/** Campaigns in the console: list, form, dry run, the live page and its stops. */
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
  formPages(pages, services);
  pages.get("/campaigns/:id", async (context, visit) => {
    const model = await pageModel(
      services,
      visit.user.workspaceId,
      idOf(context.req.param("id")),
      context.req.query("state"),
      context.req.query("reason"),
    );
    return context.html(
      String(<CampaignPage shell={visit.shell(model.progress.campaign.name, "campaigns")} model={model} />),
    );
  });
  pages.get("/campaigns/:id/live", async (context, visit) => {
    const model = await pageModel(
      services,
      visit.user.workspaceId,
      idOf(context.req.param("id")),
      undefined,
      undefined,
    );
    return context.html(String(<CampaignLive model={model} />));
  });
  pages.get("/campaigns/:id/dry-run", async (context, visit) => {
    const campaignId = idOf(context.req.param("id"));
    const { workspaceId } = visit.user;
    const run = await dryRun(deps, { workspaceId, campaignId });
    const campaign = await inWorkspace(deps.database, workspaceId, (tx) => campaignSummary(tx, campaignId));
    if (run === null || campaign === null) throw missing();
    return context.html(
      String(
        <DryRunPage
          shell={visit.shell("Dry run", "campaigns")}
          campaignId={campaignId}
          name={campaign.name}
          run={run}
        />,
      ),
    );
  });
  pages.post("/campaigns/:id/schedule", async (context, visit) => {
    const campaignId = idOf(context.req.param("id"));
    const { workspaceId, userId } = visit.user;
    const scheduled = await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: userId });
    if (scheduled.kind === "not-found") throw missing();
    if (scheduled.kind === "wrong-state")
      throw new Problem(409, `The campaign is ${scheduled.state}; it cannot be scheduled`);
    if (scheduled.kind !== "scheduled") throw new Problem(422, "The campaign's end is before its start");
    return context.redirect(`/campaigns/${campaignId}`, 303);
  });
  for (const [name, command] of [
    ["pause", pauseCampaign],
    ["resume", resumeCampaign],
    ["cancel", cancelCampaign],
  ] as const) {
    pages.post(`/campaigns/:id/${name}`, async (context, visit) => {
      const campaignId = idOf(context.req.param("id"));
      const result = await command(deps, {
        workspaceId: visit.user.workspaceId,
        campaignId,
        actor: visit.user.userId,
      });
      if (result.kind === "not-found") throw missing();
      return context.redirect(`/campaigns/${campaignId}`, 303);
    });
  }
}

function formPages(pages: ConsolePages, { deps }: Services): void {
  const formModel = async (
    workspaceId: string,
    campaignId: string | null,
    values: CampaignFormModel["values"] | null,
    problems: readonly FieldProblem[],
  ): Promise<CampaignFormModel> =>
    inWorkspace(deps.database, workspaceId, async (tx) => {
      const senders = new Map((await readSenders(tx)).map((sender) => [sender.id, sender.name]));
      const purposes = (await readPurposes(tx)).map((purpose) => ({
        id: purpose.id,
        name: purpose.name,
        senderName: senders.get(purpose.senderId) ?? "",
      }));
      const campaign = campaignId === null ? null : await campaignSummary(tx, campaignId);
      if (campaignId !== null && campaign === null) throw missing();
      const stored =
        campaign === null
          ? EMPTY
          : {
              name: campaign.name,
              purposeId: campaign.purposeId,
              audience: JSON.stringify(campaign.audience),
              subject: campaign.content.subject,
              html: campaign.content.html,
              text: campaign.content.text ?? "",
              ratePerSecond: campaign.ratePerSecond === null ? "" : String(campaign.ratePerSecond),
            };
      return {
        action: campaignId === null ? "/campaigns/new" : `/campaigns/${campaignId}/edit`,
        values: values ?? stored,
        purposes,
        problems,
      };
    });
  pages.get("/campaigns/new", async (context, visit) =>
    context.html(
      String(
        <CampaignFormPage
          shell={visit.shell("New campaign", "campaigns")}
          model={await formModel(visit.user.workspaceId, null, null, [])}
        />,
      ),
    ),
  );
  pages.get("/campaigns/:id/edit", async (context, visit) =>
    context.html(
      String(
        <CampaignFormPage
          shell={visit.shell("Edit campaign", "campaigns")}
          model={await formModel(visit.user.workspaceId, idOf(context.req.param("id")), null, [])}
        />,
      ),
    ),
  );
  for (const path of ["/campaigns/new", "/campaigns/:id/edit"]) {
    pages.post(path, async (context, visit) => {
      const { workspaceId, userId } = visit.user;
      const id = context.req.param("id");
      const campaignId = id === undefined ? null : idOf(id);
      const form = await context.req.parseBody();
      const field = (name: string) => (typeof form[name] === "string" ? form[name] : "");
      const values = {
        name: field("name"),
        purposeId: field("purposeId"),
        audience: field("audience"),
        subject: field("subject"),
        html: field("html"),
        text: field("text"),
        ratePerSecond: field("ratePerSecond"),
      };
      const result = await saveForm(values, workspaceId, userId, campaignId);
      if (typeof result === "string") return context.redirect(`/campaigns/${result}`, 303);
      const model = await formModel(workspaceId, campaignId, values, result);
      return context.html(
        String(
          <CampaignFormPage
            shell={visit.shell(campaignId === null ? "New campaign" : "Edit campaign", "campaigns")}
            model={model}
          />,
        ),
        422,
      );
    });
  }

  const saveForm = async (
    values: CampaignFormModel["values"],
    workspaceId: string,
    actor: string,
    campaignId: string | null,
  ): Promise<string | readonly FieldProblem[]> => {
    const purposes = await inWorkspace(deps.database, workspaceId, (tx) => readPurposes(tx));
    const senderId = purposes.find((purpose) => purpose.id === values.purposeId)?.senderId;
    if (senderId === undefined) return [{ path: "/purposeId", message: "choose a topic" }];
    const audience = jsonOrNull(values.audience);
    if (audience === null) return [{ path: "/audience", message: "is not JSON" }];
    const checked = NEW_CAMPAIGN.safeParse({
      name: values.name,
      senderId,
      purposeId: values.purposeId,
      audience,
      content: {
        subject: values.subject,
        html: values.html,
        ...(values.text.trim() === "" ? {} : { text: values.text }),
      },
      ratePerSecond: values.ratePerSecond.trim() === "" ? null : Number(values.ratePerSecond),
    });
    if (!checked.success) return checkFailed(checked.error).errors;
    const { channel: _channel, circumstances, ...asked } = checked.data;
    const saved =
      campaignId === null
        ? await createDraft(deps, { workspaceId, actor, draft: { ...asked, circumstances } })
        : await changeDraft(deps, { workspaceId, actor, campaignId, change: asked });
    if (saved.kind === "saved") return saved.campaignId;
    return saved.kind === "problems"
      ? saved.problems
      : [{ path: "/", message: "this campaign is no draft any more" }];
  };
}

async function pageModel(
  { deps }: Services,
  workspaceId: string,
  campaignId: string,
  state: string | undefined,
  reason: string | undefined,
): Promise<CampaignPageModel> {
  const progress = await campaignProgress(deps, { workspaceId, campaignId });
  if (progress === null) throw missing();
  const { month } = progress.campaign;
  const filter = { state: state ?? null, reason: reason === undefined || reason === "" ? null : reason };
  return inWorkspace(deps.database, workspaceId, async (tx) => ({
    progress,
    filter,
    feed: await recentDecisions(tx, campaignId, month, 8),
    people:
      month === null ? [] : await listRecipients(tx, campaignId, month, { ...filter, after: 0, limit: 25 }),
  }));
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function idOf(text: string | undefined): string {
  const checked = ID.safeParse(text);
  if (!checked.success) throw missing();
  return checked.data;
}

const missing = () => new Problem(404, "There is no such campaign in this workspace");
