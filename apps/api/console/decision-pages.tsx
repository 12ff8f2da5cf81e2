import { z } from "zod";
import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { openContact } from "#flow/contacts/contacts";
import { explainRecipient } from "#flow/gate/explain-recipient";
import type { Services } from "../context.ts";
import { DecisionPage } from "../pages/console/decision.tsx";
import { missing } from "../problem.ts";
import type { ConsolePages } from "./guard.ts";

/** `datetime-local` sends no zone; the page says that it means UTC. */
const AT = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/)
  .transform((text) => new Date(`${text}Z`));

/** Why one person was contacted, or not: the decision behind every count of a campaign. */
export function decisionPages(pages: ConsolePages, { deps }: Services): void {
  pages.get("/recipients/:id", async (context, visit) => {
    const id = /^\d{1,15}$/.test(context.req.param("id") ?? "") ? Number(context.req.param("id")) : null;
    if (id === null) throw missing("recipient");
    const wanted = context.req.query("at") ?? "";
    const at = AT.safeParse(wanted);
    const found = await explainRecipient(deps, {
      workspaceId: visit.user.workspaceId,
      recipientId: id,
      at: at.success ? at.data : null,
    });
    if (found === null) throw missing("recipient");
    const { workspaceId, userId } = visit.user;
    const person = await inWorkspace(deps.database, workspaceId, async (tx) => {
      await recordAudit(tx, workspaceId, userId, "contact-shown", found.recipient.contactId, {});
      return openContact(tx, deps.keys, found.recipient.contactId);
    });
    return context.html(
      String(
        <DecisionPage
          shell={visit.shell("Decision", "campaigns")}
          found={found}
          person={person}
          problem={
            wanted !== "" && !at.success ? "That is no date and time; write it as 2026-11-24T09:30." : null
          }
        />,
      ),
    );
  });
}
