import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { readPurposes } from "#db/queries/senders";
import { listRenewals, notAskedOf, orderRenewals } from "#flow/consent/renewals";
import { openContact } from "#flow/contacts/contacts";
import type { Services } from "../context.ts";
import { nameOf } from "../pages/components/person.tsx";
import { RenewalsPage } from "../pages/console/renewals.tsx";
import type { ConsolePages } from "./guard.ts";

const SHOWN_MAX = 50;

/** Consent that ends soon, in the console: seen, and asked to be renewed. */
export function renewalPages(pages: ConsolePages, { deps, config }: Services): void {
  pages.get("/renewals", async (context, visit) => {
    const { workspaceId, userId } = visit.user;
    const model = await inWorkspace(deps.database, workspaceId, async (tx) => {
      const due = await listRenewals(tx, deps, workspaceId, { limit: Number.POSITIVE_INFINITY, after: 0 });
      const purposes = new Map((await readPurposes(tx)).map((purpose) => [purpose.id, purpose.name]));
      const shown = [];
      for (const each of due.slice(0, SHOWN_MAX)) {
        const contact = await openContact(tx, deps.keys, each.contactId);
        const name = contact === null ? "" : nameOf(contact);
        shown.push({ ...each, name, purposeName: purposes.get(each.purposeId) ?? "" });
      }
      await recordAudit(tx, workspaceId, userId, "contacts-shown", workspaceId, { people: shown.length });
      return { shown, count: due.length, notAsked: notAskedOf(due) };
    });
    return context.html(String(<RenewalsPage shell={visit.shell("Renewals", "contacts")} model={model} />));
  });
  pages.post("/renewals", async (context, visit) => {
    await orderRenewals(deps, {
      workspaceId: visit.user.workspaceId,
      actor: visit.user.userId,
      eventIds: null,
      publicUrl: config.publicUrl,
    });
    return context.redirect("/renewals", 303);
  });
}
