import type { Context } from "hono";
import { inWorkspace } from "#db/database";
import { contactsFromSource, readSources } from "#db/queries/sources";
import { auditTrail } from "#db/read-models/audit-trail";
import { movingCampaigns } from "#db/read-models/campaign-progress";
import { createSource, verifySource } from "#flow/contacts/sources";
import type { FieldProblem } from "#flow/field-problems";
import type { Services } from "../context.ts";
import { SourcesPage, VerifySourcePage } from "../pages/console/sources.tsx";
import { checkFailed, missing } from "../problem.ts";
import { SOURCE, VERIFICATION } from "../v1/sources.ts";
import { type ConsolePages, demandOwner, idOf, type Visit } from "./guard.ts";
import { inFlightOf } from "./settings-pages.tsx";

const HISTORY_MAX = 500;
const ACTIONS = ["source-created", "source-verified", "source-unverified"];

/** The registry of sources: added by who may import, verified by an owner who saw how the data was collected. */
export function sourcePages(pages: ConsolePages, { deps }: Services): void {
  const list = async (context: Context, visit: Visit, problems: readonly FieldProblem[]) => {
    const sources = await inWorkspace(deps.database, visit.user.workspaceId, async (tx) => {
      const records = await readSources(tx);
      const ids = records.map((source) => source.id);
      const trail = await auditTrail(tx, ids, ACTIONS, HISTORY_MAX);
      return records.map((source) => ({
        source,
        lastChange: trail.find((entry) => entry.subject === source.id) ?? null,
      }));
    });
    const model = { sources, problems, inFlight: inFlightOf(context) };
    return context.html(
      String(<SourcesPage shell={visit.shell("Sources", "settings")} model={model} />),
      problems.length === 0 ? 200 : 422,
    );
  };
  const verifyPage = async (context: Context, visit: Visit, problems: readonly FieldProblem[]) => {
    const id = idOf(context, "source");
    const found = await inWorkspace(deps.database, visit.user.workspaceId, async (tx) => {
      const source = (await readSources(tx)).find((each) => each.id === id);
      if (source === undefined) throw missing("source");
      return { source, people: await contactsFromSource(tx, id), touched: await movingCampaigns(tx) };
    });
    return context.html(
      String(
        <VerifySourcePage
          shell={visit.shell("Verify a source", "settings")}
          {...found}
          problems={problems}
        />,
      ),
      problems.length === 0 ? 200 : 422,
    );
  };
  pages.get("/settings/sources", (context, visit) => list(context, visit, []));
  pages.get("/settings/sources/:id", (context, visit) => verifyPage(context, visit, []));
  pages.post("/settings/sources", async (context, visit) => {
    const { workspaceId, userId: actor } = visit.user;
    const { vendor, ...form } = await context.req.parseBody();
    const checked = SOURCE.safeParse({ ...form, vendor: vendor === "" ? null : vendor });
    if (!checked.success) return list(context, visit, checkFailed(checked.error).errors);
    const made = await createSource(deps, { ...checked.data, workspaceId, actor });
    if (made === null) return list(context, visit, [{ path: "/key", message: "is taken" }]);
    return context.redirect("/settings/sources", 303);
  });
  for (const [command, isVerified] of [
    ["verify", true],
    ["unverify", false],
  ] as const) {
    pages.post(`/settings/sources/:id/${command}`, async (context, visit) => {
      demandOwner(visit);
      const { workspaceId, userId: actor } = visit.user;
      const checked = isVerified ? VERIFICATION.safeParse(verification(await context.req.parseBody())) : null;
      if (checked?.success === false) return verifyPage(context, visit, checkFailed(checked.error).errors);
      const sourceId = idOf(context, "source");
      const note = checked?.data.note ?? null;
      const told = checked?.data.deletionsRunAt ?? null;
      const deletionsRunAt = told === null ? null : new Date(told);
      const answer = await verifySource(deps, { workspaceId, actor, sourceId, note, deletionsRunAt });
      if (answer === null) throw missing("source");
      return context.redirect(`/settings/sources?inFlight=${answer.inFlight}`, 303);
    });
  }
}

/** A day in the form is its beginning, UTC; an empty field says that no deletions were run. */
function verification({ deletionsRunAt, ...form }: Readonly<Record<string, unknown>>) {
  const day = String(deletionsRunAt ?? "");
  return { ...form, deletionsRunAt: day === "" ? null : `${day}T00:00:00Z` };
}
