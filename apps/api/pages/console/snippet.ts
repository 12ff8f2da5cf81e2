import type { Language } from "#core/language";
import { NOTICE_PARTS, noticeLabels } from "#core/notice-text";
import type { OpenForm } from "#flow/forms/open-form";
import { boxName, SHOWN, TRAP } from "../public/form.tsx";
import { WORDS } from "../words/catalogue.ts";

/** The form as plain HTML for the sender's own site: no script, no frame, the same fields and wording as our page. */
export function snippetOf(open: OpenForm, url: string, language: Language): string {
  const { form, common } = WORDS[language];
  const field = (name: "email" | "name" | "phone", label: string, type: "email" | "text" | "tel") =>
    `  <p><label>${escaped(label)}<br><input type="${type}" name="${name}" autocomplete="${name === "phone" ? "tel" : name}"${name === "email" ? " required" : ""}></label></p>`;
  const lines = [
    `<form method="post" action="${escaped(url)}?lang=${language}" lang="${language}">`,
    field("email", form.address, "email"),
    ...(open.form.asksName ? [field("name", `${form.name} (${form.optional})`, "text")] : []),
    ...(open.form.asksPhone
      ? [field("phone", `${form.phone} (${form.optional}). ${form.phoneHint}`, "tel")]
      : []),
    `  <p hidden><label>${escaped(form.trap)} <input name="${TRAP}" tabindex="-1" autocomplete="off"></label></p>`,
    ...open.boxes.flatMap((box) => [
      "  <fieldset>",
      `    <legend>${escaped(box.purposeName)}, ${escaped(common.by[box.channel])}</legend>`,
      `    <label><input type="checkbox" name="box" value="${escaped(boxName(box))}"> <span lang="${escaped(box.notice.language)}">${escaped(box.notice.statement ?? box.notice.wording)}</span></label>`,
      `    <input type="hidden" name="${SHOWN}" value="${escaped(box.notice.id)}">`,
      ...informationLines(box.notice),
      "  </fieldset>",
    ]),
    `  <p><button type="submit">${escaped(form.send)}</button></p>`,
    "</form>",
  ];
  return `${lines.join("\n")}\n`;
}

/** A plain link to the form's own page. */
export const linkTo = (url: string, senderName: string): string =>
  `<a href="${escaped(url)}">${escaped(WORDS.en.form.title(senderName))}</a>\n`;

function informationLines({ information, language }: OpenForm["boxes"][number]["notice"]): string[] {
  if (information === null) return [];
  const labels = noticeLabels(language);
  return [
    `    <dl lang="${escaped(language)}">`,
    ...NOTICE_PARTS.map(
      (part) => `      <dt>${escaped(labels[part])}</dt><dd>${escaped(information[part])}</dd>`,
    ),
    "    </dl>",
  ];
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
