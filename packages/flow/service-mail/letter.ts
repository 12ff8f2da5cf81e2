import type { Language } from "#core/language";
import type { LetterVariables, ServiceMailKind, ServiceMailWords } from "./kinds.ts";
import { de } from "./words/de.ts";
import { en } from "./words/en.ts";
import { es } from "./words/es.ts";
import { fr } from "./words/fr.ts";
import { it } from "./words/it.ts";

const WORDS: Readonly<Record<Language, ServiceMailWords>> = { en, de, fr, es, it };

export interface LetterContent {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** The finished message: subject, HTML and text, with who writes, their postal address and why it came. */
export function writeLetter(
  kind: ServiceMailKind,
  language: Language,
  sender: { readonly name: string; readonly postalAddress: string },
  variables: LetterVariables,
): LetterContent {
  const day = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(
    new Date(variables.until),
  );
  const letter = WORDS[language][kind](sender.name, day);
  const imprint = `${sender.name}, ${sender.postalAddress}`;
  const text = [
    letter.before,
    ...variables.items.map((item) => `- ${item.replaceAll("\n", "\n  ")}`),
    `${letter.button}:\n${variables.link}`,
    ...letter.after,
    `-- \n${letter.why}\n${imprint}`,
  ];
  const html = [
    `<p>${escaped(letter.before)}</p>`,
    variables.items.length === 0
      ? ""
      : `<ul>${variables.items.map((item) => `<li>${escaped(item).replaceAll("\n", "<br>")}</li>`).join("")}</ul>`,
    `<p><a href="${escaped(variables.link)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#3730a3;color:#ffffff;text-decoration:none">${escaped(letter.button)}</a></p>`,
    ...letter.after.map((line) => `<p>${escaped(line)}</p>`),
    `<hr><p style="font-size:13px;color:#555555">${escaped(letter.why)}<br>${escaped(imprint)}</p>`,
  ];
  return {
    subject: letter.subject.replace(/\s+/gu, " "),
    html: `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${escaped(letter.subject)}</title></head><body style="font-family:sans-serif;font-size:16px;line-height:1.5">${html.join("")}</body></html>`,
    text: `${text.join("\n\n")}\n`,
  };
}

const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&#34;")
    .replaceAll("'", "&#39;");
