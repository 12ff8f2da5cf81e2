import type { Context } from "hono";
import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { campaignSummary } from "#db/read-models/campaign-progress";
import { dryRun } from "#flow/campaign/dry-run";
import { type ScheduleResult, scheduleCampaign } from "#flow/campaign/schedule";
import { openContacts } from "#flow/contacts/contacts";
import type { FieldProblem } from "#flow/field-problems";
import type { Services } from "../context.ts";
import { textOf } from "../form-fields.ts";
import { DryRunPage } from "../pages/console/dry-run.tsx";
import type { ScheduleValues } from "../pages/console/schedule-panel.tsx";
import { missing, Problem } from "../problem.ts";
import { type ConsolePages, idOf, type Visit } from "./guard.ts";
import { readLocalTime } from "./local-time.ts";

const EMPTY: ScheduleValues = { date: "", time: "", zone: "UTC" };

/** What the gate would answer everyone now, and the two ways on: start now, or at a time of a named zone. */
export function dryRunPages(pages: ConsolePages, { deps }: Services): void {
  const page = async (
    context: Context,
    visit: Visit,
    campaignId: string,
    values: ScheduleValues,
    problems: readonly FieldProblem[],
  ): Promise<Response> => {
    const { workspaceId, userId } = visit.user;
    const run = await dryRun(deps, { workspaceId, campaignId });
    const found = await inWorkspace(deps.database, workspaceId, async (tx) => {
      const campaign = await campaignSummary(tx, campaignId);
      const samples = (run?.groups ?? []).flatMap((group) => group.samples.map((each) => each.contactId));
      const people = await openContacts(tx, deps.keys, samples);
      await recordAudit(tx, workspaceId, userId, "campaign-people-shown", campaignId, {
        people: people.size,
      });
      return { campaign, people };
    });
    if (run === null || found.campaign === null) throw missing("campaign");
    return context.html(
      String(
        <DryRunPage
          shell={visit.shell("Dry run", "campaigns")}
          model={{ campaign: found.campaign, run, people: found.people, values, problems }}
        />,
      ),
      problems.length === 0 ? 200 : 422,
    );
  };
  pages.get("/campaigns/:id/dry-run", (context, visit) =>
    page(context, visit, idOf(context, "campaign"), EMPTY, []),
  );
  pages.post("/campaigns/:id/schedule", async (context, visit) => {
    const campaignId = idOf(context, "campaign");
    const { workspaceId, userId } = visit.user;
    const form = await context.req.parseBody();
    const values = { date: textOf(form, "date"), time: textOf(form, "time"), zone: textOf(form, "zone") };
    const wanted =
      textOf(form, "when") === "later" ? readLocalTime(values.date, values.time, values.zone) : null;
    if (wanted?.kind === "problem")
      return page(context, visit, campaignId, values, [{ path: "/date", message: wanted.message }]);
    const at = wanted?.at ?? null;
    const problem = refused(await scheduleCampaign(deps, { workspaceId, campaignId, at, actor: userId }));
    if (problem !== null) return page(context, visit, campaignId, values, [problem]);
    return context.redirect(`/campaigns/${campaignId}`, 303);
  });
}

function refused(result: ScheduleResult): FieldProblem | null {
  switch (result.kind) {
    case "scheduled":
      return null;
    case "at-in-the-past":
      return { path: "/date", message: "is in the past" };
    case "ends-before-start":
      return { path: "/date", message: "is after the end of the campaign; change that in the draft" };
    case "not-found":
      throw missing("campaign");
    case "wrong-state":
      throw new Problem(409, `The campaign is ${result.state}; it cannot be scheduled`);
    default:
      return result satisfies never;
  }
}
