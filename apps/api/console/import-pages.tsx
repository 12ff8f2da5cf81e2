import type { Context } from "hono";
import { inWorkspace } from "#db/database";
import { listImports } from "#db/queries/imports";
import { readSources } from "#db/queries/sources";
import { IMPORT_MAPPING, type ImportMapping } from "#flow/contacts/import/mapping";
import type { FieldProblem } from "#flow/field-problems";
import type { Services } from "../context.ts";
import { FROM_THEMSELVES, ImportPage } from "../pages/console/import.tsx";
import { Problem } from "../problem.ts";
import { receiveUpload, refusalsAnswer } from "../v1/imports.ts";
import type { ConsolePages, Visit } from "./guard.ts";

const SHOWN_MAX = 20;

/** Imports in the console: a file, where its data came from, and what came of the last ones. */
export function importPages(pages: ConsolePages, { deps }: Services): void {
  const page = async (context: Context, visit: Visit, problems: readonly FieldProblem[]) => {
    const { jobs, sources } = await inWorkspace(deps.database, visit.user.workspaceId, async (tx) => ({
      jobs: await listImports(tx, SHOWN_MAX, null),
      sources: await readSources(tx),
    }));
    const shown = jobs.map((job) => {
      const sourceId = IMPORT_MAPPING.parse(job.mapping).source;
      return { job, source: sources.find((source) => source.id === sourceId) ?? null };
    });
    return context.html(
      String(
        <ImportPage
          shell={visit.shell("Imports", "imports")}
          jobs={shown}
          sources={sources}
          problems={problems}
        />,
      ),
      problems.length === 0 ? 200 : 422,
    );
  };
  pages.get("/import", (context, visit) => page(context, visit, []));
  pages.get("/import/:id/errors", (context, visit) =>
    refusalsAnswer(deps, context, visit.user.workspaceId, context.req.param("id") ?? ""),
  );
  pages.post("/import", async (context, visit) => {
    const { workspaceId, userId } = visit.user;
    const origin: { isSaid: boolean } = { isSaid: false };
    const readField = (name: string, value: string): ImportMapping => {
      if (name !== "source" || value === "") throw ORIGIN_MISSING;
      origin.isSaid = true;
      return value === FROM_THEMSELVES ? {} : { source: value };
    };
    try {
      const result = await receiveUpload(deps, context.req.raw, workspaceId, userId, readField, () => {
        if (!origin.isSaid) throw ORIGIN_MISSING;
      });
      return result.kind === "queued"
        ? context.redirect("/import", 303)
        : await page(context, visit, result.problems);
    } catch (error) {
      if (!(error instanceof Problem) || error.errors.length === 0) throw error;
      return page(context, visit, error.errors);
    }
  });
}

const ORIGIN_MISSING = new Problem(422, "Nothing was imported", [
  { path: "/source", message: "choose where the data came from" },
]);
