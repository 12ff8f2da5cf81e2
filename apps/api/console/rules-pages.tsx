import { inWorkspace, readClock } from "#db/database";
import { readWorkspacePolicy } from "#db/queries/policy";
import { readSenders } from "#db/queries/senders";
import { policyItems } from "#flow/policy/merge-policy";
import { ruleChanges } from "#flow/rulebook/rule-changes";
import type { Services } from "../context.ts";
import { RulesPage } from "../pages/console/rules.tsx";
import type { ConsolePages } from "./guard.ts";

/** The rule set in force, and what its dates change, by the database's clock as the gate sees it. */
export function rulesPages(pages: ConsolePages, { deps }: Services): void {
  pages.get("/rules", async (context, visit) => {
    const { workspaceId } = visit.user;
    const { now, stored, senders } = await inWorkspace(deps.database, workspaceId, async (tx) => ({
      now: await readClock(tx),
      stored: await readWorkspacePolicy(tx, workspaceId),
      senders: await readSenders(tx),
    }));
    return context.html(
      String(
        <RulesPage
          shell={visit.shell("Rules", "rules")}
          now={now}
          changes={ruleChanges(now)}
          items={policyItems(stored, null)}
          senders={senders}
        />,
      ),
    );
  });
}
