import { LANGUAGES, languageOf } from "#core/language";
import { inWorkspace } from "#db/database";
import { type FormRecord, readForms } from "#db/queries/forms";
import { type NoticeRecord, readNotices, readPurposes, readSenders } from "#db/queries/senders";
import { openForm } from "#flow/forms/open-form";
import { changeForm } from "#flow/forms/save-form";
import { noticesInForce } from "#flow/senders/notices-in-force";
import type { Services } from "../context.ts";
import { FormListPage, type FormView } from "../pages/console/forms.tsx";
import { snippetOf } from "../pages/console/snippet.ts";
import { OWN_NAMES } from "../pages/words/catalogue.ts";
import { missing, Problem } from "../problem.ts";
import { type ConsolePages, idOf } from "./guard.ts";

/** Sign-up forms in the console: seen, embedded, switched on and off. */
export function formPages(pages: ConsolePages, services: Services): void {
  const { deps, config } = services;
  pages.get("/forms", async (context, visit) => {
    const read = await inWorkspace(deps.database, visit.user.workspaceId, async (tx) => ({
      forms: await readForms(tx),
      notices: noticesInForce(await readNotices(tx)),
      senders: new Map((await readSenders(tx)).map((sender) => [sender.id, sender.name])),
      purposes: new Map((await readPurposes(tx)).map((purpose) => [purpose.id, purpose.name])),
    }));
    const forms: FormView[] = [];
    for (const form of read.forms) {
      const url = `${config.publicUrl}/f/${form.id}`;
      const snippets: FormView["snippets"][number][] = [];
      for (const language of form.isActive ? languagesOf(form, read.notices) : []) {
        const open = await openForm(deps, form.id, language);
        if (open !== null)
          snippets.push({ language, name: OWN_NAMES[language], html: snippetOf(open, url, language) });
      }
      forms.push({
        form,
        url,
        snippets,
        senderName: read.senders.get(form.senderId) ?? "",
        boxes: form.offers.map(
          (offer) =>
            `${read.purposes.get(offer.purposeId) ?? ""}, ${offer.channel === "email" ? "by email" : "by phone"}`,
        ),
      });
    }
    return context.html(String(<FormListPage shell={visit.shell("Sign-up forms", "forms")} forms={forms} />));
  });
  pages.post("/forms/:id", async (context, visit) => {
    const formId = idOf(context, "form");
    const fields = await context.req.parseBody();
    const saved = await changeForm(deps, {
      workspaceId: visit.user.workspaceId,
      actor: visit.user.userId,
      formId,
      change: { isActive: fields["active"] === "yes" },
    });
    if (saved.kind === "not-found") throw missing("form");
    if (saved.kind === "invalid") throw new Problem(422, "The form offers something that is no longer there");
    return context.redirect("/forms", 303);
  });
}

/** The languages in which every box of a form has a wording that counts. */
function languagesOf(form: FormRecord, notices: readonly NoticeRecord[]) {
  const byId = new Map(notices.map((notice) => [notice.id, notice]));
  return LANGUAGES.filter((language) =>
    form.offers.every((offer) =>
      offer.noticeIds.some((id) => languageOf(byId.get(id)?.language) === language),
    ),
  );
}
