import type { Context } from "hono";
import { LANGUAGES, type Language } from "#core/language";
import { inWorkspace } from "#db/database";
import { type FormRecord, readForm } from "#db/queries/forms";
import { type NoticeRecord, readNotices, readPurposes, readSenders } from "#db/queries/senders";
import type { FormOffer } from "#db/schema/front-door";
import type { FieldProblem } from "#flow/field-problems";
import { type OpenForm, previewForm } from "#flow/forms/open-form";
import { changeForm, createForm } from "#flow/forms/save-form";
import { noticesInForce } from "#flow/senders/notices-in-force";
import type { Services } from "../context.ts";
import { formFields, textOf, textsOf } from "../form-fields.ts";
import { type EditedForm, FormEditorPage, type OfferedChoice } from "../pages/console/form-editor.tsx";
import { EMPTY, SignUpPage } from "../pages/public/form.tsx";
import type { Reader } from "../pages/public/frame.tsx";
import { ThanksPage } from "../pages/public/thanks.tsx";
import { checkFailed, missing } from "../problem.ts";
import { page, readerOf } from "../public/reader.ts";
import { enteredIn, faultsOf } from "../sign-up-fields.ts";
import { CHANGE } from "../v1/forms.ts";
import { type ConsolePages, idOf, type Visit } from "./guard.ts";

/** Making and changing a form in the console, and looking at it as people will see it. */
export function formEditorPages(pages: ConsolePages, { deps }: Services): void {
  const chosen = (context: Context, visit: Visit) =>
    inWorkspace(deps.database, visit.user.workspaceId, async (tx) => {
      const senders = await readSenders(tx);
      const form = context.req.param("id") === undefined ? null : await readForm(tx, idOf(context, "form"));
      if (context.req.param("id") !== undefined && form === null) throw missing("form");
      const sender =
        senders.find((each) => each.id === (form?.senderId ?? context.req.query("sender"))) ?? senders[0];
      const notices = noticesInForce(await readNotices(tx));
      const purposes = (await readPurposes(tx)).filter(
        (purpose) => purpose.senderId === sender?.id && purpose.kind === "marketing",
      );
      const choices = purposes.flatMap((purpose) =>
        (["email", "phone"] as const).map((channel): OfferedChoice => {
          const newest = newestByLanguage(
            notices.filter((notice) => notice.purposeId === purpose.id && notice.channel === channel),
          );
          return { purpose, channel, notices: newest };
        }),
      );
      return { senders, sender, form, choices: inOrderOf(form, choices) };
    });
  type Chosen = Awaited<ReturnType<typeof chosen>>;

  const editor = (
    context: Context,
    visit: Visit,
    { senders, sender, form, choices }: Chosen,
    edited: EditedForm,
    problems: readonly FieldProblem[],
  ) => {
    const title = form === null ? "New form" : "Edit form";
    const model = { formId: form?.id ?? null, senders, sender: sender ?? null, choices, edited, problems };
    return context.html(
      String(<FormEditorPage shell={visit.shell(title, "forms")} model={model} />),
      problems.length === 0 ? 200 : 422,
    );
  };

  for (const path of ["/forms/new", "/forms/:id/edit"]) {
    pages.get(path, async (context, visit) => {
      const found = await chosen(context, visit);
      return editor(context, visit, found, editedFrom(found.form), []);
    });
    pages.post(path, async (context, visit) => {
      const found = await chosen(context, visit);
      const { form, sender, choices } = found;
      const fields = (await formFields(context)) ?? {};
      const edited = editedIn(fields);
      const { isActive } = form ?? { isActive: true };
      const checked = CHANGE.required().safeParse({ ...askedBy(edited, choices), isActive });
      if (!checked.success) return editor(context, visit, found, edited, checkFailed(checked.error).errors);
      if (sender === undefined)
        return editor(context, visit, found, edited, [
          { path: "/senderId", message: "there is no sender yet" },
        ]);
      const { workspaceId, userId: actor } = visit.user;
      const saved =
        form === null
          ? await createForm(deps, { workspaceId, actor, fields: { ...checked.data, senderId: sender.id } })
          : await changeForm(deps, { workspaceId, actor, formId: form.id, change: checked.data });
      if (saved.kind === "not-found") throw missing("form");
      if (saved.kind === "invalid") return editor(context, visit, found, edited, saved.problems);
      return context.redirect("/forms", 303);
    });
  }

  const opened = async (context: Context, visit: Visit): Promise<{ open: OpenForm; reader: Reader }> => {
    const reader = readerOf(context);
    const open = await previewForm(deps, visit.user.workspaceId, idOf(context, "form"), reader.language);
    if (open === null) throw missing("form");
    return { open, reader };
  };
  pages.get("/forms/:id/preview", async (context, visit) => {
    const { open, reader } = await opened(context, visit);
    return page(context, <SignUpPage reader={reader} open={open} entered={EMPTY} faults={[]} isPreview />);
  });
  // What people would be told: it reads what was entered, and keeps nothing.
  pages.post("/forms/:id/preview", async (context, visit) => {
    const { open, reader } = await opened(context, visit);
    const entered = enteredIn((await formFields(context)) ?? {});
    const faults = faultsOf(open, entered);
    return faults.length === 0
      ? page(context, <ThanksPage reader={reader} open={open} />)
      : page(
          context,
          <SignUpPage reader={reader} open={open} entered={entered} faults={faults} isPreview />,
          422,
        );
  });
}

/** What the form offers first, in its order: saving a form must not shuffle its boxes. */
function inOrderOf(form: FormRecord | null, choices: readonly OfferedChoice[]): OfferedChoice[] {
  const places = new Map(form?.offers.map((offer, place) => [nameOf(offer), place]));
  const placeOf = ({ purpose, channel }: OfferedChoice) =>
    places.get(nameOf({ purposeId: purpose.id, channel })) ?? places.size;
  return [...choices].sort((a, b) => placeOf(a) - placeOf(b));
}

/** The last wording of each language, the first language that had one first. */
function newestByLanguage(notices: readonly NoticeRecord[]): NoticeRecord[] {
  const newest = new Map(notices.map((notice) => [notice.language, notice]));
  return [...newest.values()];
}

const nameOf = (offer: Pick<FormOffer, "purposeId" | "channel">) => `${offer.purposeId}.${offer.channel}`;

const editedFrom = (form: FormRecord | null): EditedForm => ({
  name: form?.name ?? "",
  offered: new Set(form?.offers.map(nameOf)),
  asksName: form?.asksName ?? false,
  asksPhone: form?.asksPhone ?? false,
  thanks: Object.fromEntries(LANGUAGES.map((language) => [language, form?.thanks[language] ?? ""])) as Record<
    Language,
    string
  >,
});

const editedIn = (fields: Readonly<Record<string, unknown>>): EditedForm => ({
  name: textOf(fields, "name"),
  offered: new Set(textsOf(fields, "offer")),
  asksName: textOf(fields, "asksName") === "yes",
  asksPhone: textOf(fields, "asksPhone") === "yes",
  thanks: Object.fromEntries(
    LANGUAGES.map((language) => [language, textOf(fields, `thanks-${language}`).replaceAll("\r", "").trim()]),
  ) as Record<Language, string>,
});

/** The form as the API's body says it: each box with the newest wording in each language. */
const askedBy = (
  { name, offered, asksName, asksPhone, thanks }: EditedForm,
  choices: readonly OfferedChoice[],
) => ({
  name,
  asksName,
  asksPhone,
  offers: choices
    .map(({ purpose, channel, notices }) => ({
      purposeId: purpose.id,
      channel,
      noticeIds: notices.map((notice) => notice.id),
    }))
    .filter((offer) => offered.has(nameOf(offer))),
  thanks: Object.fromEntries(Object.entries(thanks).filter(([, text]) => text !== "")),
});
