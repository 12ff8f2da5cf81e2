import { inWorkspace } from "#db/database";
import { listImports } from "#db/queries/imports";
import type { Services } from "../context.ts";
import { ImportPage } from "../pages/console/import.tsx";
import { receiveUpload, refusalsAnswer } from "../v1/imports.ts";
import type { ConsolePages } from "./guard.ts";

/** Imports in the console: a file, and what came of the last ones. */
export function importPages(pages: ConsolePages, { deps }: Services): void {
  pages.get("/import", async (context, visit) => {
    const jobs = await inWorkspace(deps.database, visit.user.workspaceId, (tx) => listImports(tx, 20, null));
    return context.html(
      String(<ImportPage shell={visit.shell("Imports", "imports")} jobs={jobs} problems={[]} />),
    );
  });
  pages.get("/import/:id/errors", (context, visit) =>
    refusalsAnswer(deps, context, visit.user.workspaceId, context.req.param("id") ?? ""),
  );
  pages.post("/import", async (context, visit) => {
    const result = await receiveUpload(deps, context.req.raw, visit.user.workspaceId, visit.user.userId);
    if (result.kind === "queued") return context.redirect("/import", 303);
    const jobs = await inWorkspace(deps.database, visit.user.workspaceId, (tx) => listImports(tx, 20, null));
    return context.html(
      String(<ImportPage shell={visit.shell("Imports", "imports")} jobs={jobs} problems={result.problems} />),
      422,
    );
  });
}
