import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { readConsentEvents } from "#db/queries/consent-events";
import { listContacts } from "#db/queries/contact-write";
import { readPurposes, readSenders } from "#db/queries/senders";
import { standingSuppressions } from "#db/queries/suppressions";
import { identityOf } from "#db/vault/person";
import { readEvidence } from "#flow/consent/read-evidence";
import { readStandings, strongest } from "#flow/consent/standings";
import { findContacts, openContact } from "#flow/contacts/contacts";
import { erasePerson } from "#flow/rights/erase-person";
import type { Services } from "../context.ts";
import { cursorOf, placeOf } from "../cursor.ts";
import { textOf } from "../form-fields.ts";
import { ContactListPage, ContactPage, type ContactPageModel } from "../pages/console/contact.tsx";
import { ErasedPage, ErasePage } from "../pages/console/erase.tsx";
import { missing } from "../problem.ts";
import { type ConsolePages, idOf } from "./guard.ts";

const PAGE_SIZE = 50;

/** People in the console: listed, found by their exact address or name (by POST: nothing personal in a URL), and shown. */
export function contactPages(pages: ConsolePages, services: Services): void {
  const { deps } = services;
  erasurePages(pages, services);
  pages.get("/contacts", async (context, visit) => {
    const place = placeOf(context.req.query("cursor"));
    const { workspaceId, userId } = visit.user;
    const records = await inWorkspace(deps.database, workspaceId, async (tx) => {
      const page = await listContacts(tx, PAGE_SIZE, place);
      await recordAudit(tx, workspaceId, userId, "contacts-shown", workspaceId, { people: page.length });
      return page;
    });
    const contacts = records.map((record) => ({ record, identity: identityOf(deps.keys.master, record) }));
    const last = records.at(-1);
    const older = records.length === PAGE_SIZE && last !== undefined ? cursorOf(last) : null;
    return context.html(
      String(
        <ContactListPage
          shell={visit.shell("Contacts", "contacts")}
          contacts={contacts}
          older={older}
          searched={false}
        />,
      ),
    );
  });
  pages.post("/contacts/search", async (context, visit) => {
    const form = await context.req.parseBody();
    const wanted = textOf(form, "wanted").trim();
    const query = wanted.includes("@")
      ? { email: wanted }
      : wanted.startsWith("+")
        ? { phone: wanted }
        : { fullName: wanted };
    const { workspaceId, userId } = visit.user;
    const contacts = await findContacts(deps.database, deps.keys, workspaceId, query);
    await inWorkspace(deps.database, workspaceId, (tx) =>
      recordAudit(tx, workspaceId, userId, "contacts-shown", workspaceId, { people: contacts.length }),
    );
    return context.html(
      String(
        <ContactListPage
          shell={visit.shell("Contacts", "contacts")}
          contacts={contacts}
          older={null}
          searched
        />,
      ),
    );
  });
  pages.get("/contacts/:id", async (context, visit) => {
    const contactId = idOf(context, "contact");
    const model = await inWorkspace(
      deps.database,
      visit.user.workspaceId,
      async (tx): Promise<ContactPageModel | null> => {
        const contact = await openContact(tx, deps.keys, contactId);
        if (contact === null) return null;
        const gateIds = contact.record.points.map((point) => point.gateId);
        const events = await readConsentEvents(tx, gateIds);
        const senders = new Map((await readSenders(tx)).map((sender) => [sender.id, sender.name]));
        const purposes = await readPurposes(tx);
        const standings = await readStandings(
          tx,
          deps.keys.master,
          contact.record.points.map((point) => point.id),
        );
        const told = (purposeId: string, channel: "email" | "phone") =>
          strongest(standings.filter((each) => each.purposeId === purposeId && each.channel === channel));
        await recordAudit(tx, visit.user.workspaceId, visit.user.userId, "contact-shown", contactId, {});
        return {
          contact,
          events,
          evidence: await readEvidence(
            tx,
            deps,
            visit.user.workspaceId,
            events.map((event) => event.id),
          ),
          suppressions: await standingSuppressions(tx, gateIds),
          purposeNames: Object.fromEntries(purposes.map((purpose) => [purpose.id, purpose.name])),
          matrix: purposes
            .filter((purpose) => purpose.kind === "marketing")
            .map((purpose) => ({
              purpose: purpose.name,
              sender: senders.get(purpose.senderId) ?? "",
              email: told(purpose.id, "email"),
              phone: told(purpose.id, "phone"),
            })),
        };
      },
    );
    if (model === null) throw missing("contact");
    return context.html(
      String(
        <ContactPage
          shell={visit.shell(model.contact.identity?.fullName ?? "Contact", "contacts")}
          model={model}
        />,
      ),
    );
  });
}

/** Erasing is asked twice: a page says what will happen, its button does it. */
function erasurePages(pages: ConsolePages, { deps, inbox }: Services): void {
  pages.get("/contacts/:id/erase", async (context, visit) => {
    const contactId = idOf(context, "contact");
    const contact = await inWorkspace(deps.database, visit.user.workspaceId, (tx) =>
      openContact(tx, deps.keys, contactId),
    );
    if (contact === null) throw missing("contact");
    return context.html(
      String(<ErasePage shell={visit.shell("Erase a person", "contacts")} contact={contact} />),
    );
  });
  pages.post("/contacts/:id/erase", async (context, visit) => {
    const contactId = idOf(context, "contact");
    const erased = await erasePerson(deps, inbox, {
      workspaceId: visit.user.workspaceId,
      contactId,
      method: "console",
      actor: visit.user.userId,
    });
    if (erased.kind === "not-found") throw missing("contact");
    return context.html(
      String(<ErasedPage shell={visit.shell("Erased", "contacts")} inFlight={erased.inFlight} />),
    );
  });
}
