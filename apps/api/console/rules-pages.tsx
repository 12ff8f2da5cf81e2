import { inWorkspace, readClock } from "#db/database";
import { ruleChanges } from "#flow/rulebook/rule-changes";
import type { Services } from "../context.ts";
import { RulesPage } from "../pages/console/rules.tsx";
import type { ConsolePages } from "./guard.ts";

/** The rule set in force, and what its dates change, by the database's clock as the gate sees it. */
export function rulesPages(pages: ConsolePages, { deps }: Services): void {
  pages.get("/rules", async (context, visit) => {
    const now = await inWorkspace(deps.database, visit.user.workspaceId, readClock);
    return context.html(
      String(<RulesPage shell={visit.shell("Rules", "rules")} now={now} changes={ruleChanges(now)} />),
    );
  });
}
