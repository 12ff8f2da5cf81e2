import type { Context } from "hono";
import { inWorkspace } from "#db/database";
import { readPurposes, readSenders } from "#db/queries/senders";
import { type CampaignSummary, campaignSummary } from "#db/read-models/campaign-progress";
import { changeDraft, createDraft } from "#flow/campaign/draft";
import type { FieldProblem } from "#flow/field-problems";
import type { Services } from "../context.ts";
import { textOf } from "../form-fields.ts";
import {
  type CampaignFormModel,
  CampaignFormPage,
  type FormValues,
} from "../pages/console/campaign-form.tsx";
import { checkFailed, missing } from "../problem.ts";
import { NEW_EMAIL_CAMPAIGN } from "../v1/campaign-schema.ts";
import { type ConsolePages, idOf } from "./guard.ts";

const EMPTY: FormValues = {
  name: "",
  purposeId: "",
  audience: '{"all":[]}',
  subject: "",
  html: "<p>Dear {{ contact.given_name }},</p>\n<p></p>",
  text: "",
  ratePerSecond: "5",
  capMax: "",
  capHours: "",
  endsAt: "",
};

/** The form of a campaign that is not scheduled yet: a new one, or a draft to be changed. */
export function campaignFormPages(pages: ConsolePages, { deps }: Services): void {
  const formModel = (
    workspaceId: string,
    campaignId: string | null,
    values: FormValues | null,
    problems: readonly FieldProblem[],
  ): Promise<CampaignFormModel> =>
    inWorkspace(deps.database, workspaceId, async (tx) => {
      const senders = new Map((await readSenders(tx)).map((sender) => [sender.id, sender.name]));
      const purposes = (await readPurposes(tx)).map(({ id, name, senderId }) => ({
        id,
        name,
        senderName: senders.get(senderId) ?? "",
      }));
      const campaign = campaignId === null ? null : await campaignSummary(tx, campaignId);
      if (campaignId !== null && campaign === null) throw missing("campaign");
      return {
        action: campaignId === null ? "/campaigns/new" : `/campaigns/${campaignId}/edit`,
        values: values ?? (campaign === null ? EMPTY : valuesOf(campaign)),
        purposes,
        problems,
      };
    });
  for (const [path, title] of [
    ["/campaigns/new", "New campaign"],
    ["/campaigns/:id/edit", "Edit campaign"],
  ] as const) {
    const draftOf = (context: Context) =>
      context.req.param("id") === undefined ? null : idOf(context, "campaign");
    pages.get(path, async (context, visit) => {
      const model = await formModel(visit.user.workspaceId, draftOf(context), null, []);
      return context.html(String(<CampaignFormPage shell={visit.shell(title, "campaigns")} model={model} />));
    });
    pages.post(path, async (context, visit) => {
      const { workspaceId, userId } = visit.user;
      const campaignId = draftOf(context);
      const form = await context.req.parseBody();
      const values = Object.fromEntries(
        Object.keys(EMPTY).map((name) => [name, textOf(form, name)]),
      ) as Record<keyof FormValues, string>;
      const result = await saveForm(values, workspaceId, userId, campaignId);
      if (typeof result === "string") return context.redirect(`/campaigns/${result}`, 303);
      const model = await formModel(workspaceId, campaignId, values, result);
      return context.html(
        String(<CampaignFormPage shell={visit.shell(title, "campaigns")} model={model} />),
        422,
      );
    });
  }

  /** The id of the draft saved, or what is wrong with the form. */
  const saveForm = async (
    values: FormValues,
    workspaceId: string,
    actor: string,
    campaignId: string | null,
  ): Promise<string | readonly FieldProblem[]> => {
    const purposes = await inWorkspace(deps.database, workspaceId, (tx) => readPurposes(tx));
    const senderId = purposes.find((purpose) => purpose.id === values.purposeId)?.senderId;
    if (senderId === undefined) return [{ path: "/purposeId", message: "choose a topic" }];
    const audience = jsonOrNull(values.audience);
    if (audience === null) return [{ path: "/audience", message: "is not JSON" }];
    const checked = NEW_EMAIL_CAMPAIGN.safeParse({ ...askedBy(values), senderId, audience });
    if (!checked.success) return checkFailed(checked.error).errors;
    const { channel: _channel, circumstances, ...asked } = checked.data;
    // The form does not ask for circumstances: a draft made through the API keeps its own. An empty text is one that
    // was taken away.
    const change = { ...asked, content: { ...asked.content, text: asked.content.text ?? null } };
    const saved =
      campaignId === null
        ? await createDraft(deps, { workspaceId, actor, draft: { ...asked, circumstances } })
        : await changeDraft(deps, { workspaceId, actor, campaignId, change });
    switch (saved.kind) {
      case "saved":
        return saved.campaignId;
      case "problems":
        return saved.problems;
      case "not-found":
        throw missing("campaign");
      case "not-a-draft":
        return [{ path: "/", message: "this campaign is no draft any more" }];
      default:
        return saved satisfies never;
    }
  };
}

const blank = (text: string): boolean => text.trim() === "";

/** What the form says, as the API's body says it; an empty field is null. */
function askedBy(values: FormValues) {
  const { name, purposeId, subject, html, text, ratePerSecond, capMax, capHours, endsAt } = values;
  return {
    name,
    purposeId,
    content: { subject, html, ...(blank(text) ? {} : { text }) },
    ratePerSecond: blank(ratePerSecond) ? null : Number(ratePerSecond),
    frequencyCap:
      blank(capMax) && blank(capHours) ? null : { max: Number(capMax), windowHours: Number(capHours) },
    // `datetime-local` sends no zone; the form says that it means UTC.
    endsAt: blank(endsAt) ? null : `${endsAt.length === 16 ? `${endsAt}:00` : endsAt}Z`,
  };
}

function valuesOf(campaign: CampaignSummary): FormValues {
  const number = (value: number | null) => (value === null ? "" : String(value));
  return {
    name: campaign.name,
    purposeId: campaign.purposeId,
    audience: JSON.stringify(campaign.audience),
    subject: campaign.content?.subject ?? "",
    html: campaign.content?.html ?? "",
    text: campaign.content?.text ?? "",
    ratePerSecond: number(campaign.ratePerSecond),
    capMax: number(campaign.frequencyCapMax),
    capHours: number(campaign.frequencyCapWindowHours),
    endsAt: campaign.endsAt?.toISOString().slice(0, 19) ?? "",
  };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
