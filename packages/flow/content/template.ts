import { compile } from "html-to-text";
import { Liquid, type Template } from "liquidjs";
import { FOOTER_WORDS, type Footer } from "./footer.ts";

/** Limits of one template; beyond them it is refused or cut off. Characters, milliseconds, and objects allocated. */
const TEMPLATE_LENGTH_MAX = 256 * 1024;
const PARSE_LENGTH_MAX = 512 * 1024;
const RENDER_MS_MAX = 150;
/** A render that was cut off although it had hardly run is begun again this often. */
const RENDERS_MAX = 20;
const MEMORY_MAX = 2_000_000;
/** Reading other files, and tags that change what text means, have no place in a message. */
const FORBIDDEN_TAGS = ["include", "render", "layout", "block"] as const;

export interface CampaignContent {
  readonly subject: string;
  readonly html: string;
  readonly text?: string;
}

/** What a template may use. `contact` and `attributes` hold own properties only. */
export interface TemplateVariables {
  readonly contact: { readonly full_name: string; readonly given_name: string; readonly email: string };
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly sender: { readonly name: string; readonly postal_address: string };
  readonly purpose: { readonly name: string };
  readonly unsubscribe_url: string;
  /** The page with all of the person's choices. */
  readonly preferences_url: string;
}

/** A campaign's templates, parsed once. */
export interface ParsedContent {
  readonly subject: Template[];
  readonly html: Template[];
  /** Null: the text is derived from the rendered HTML. */
  readonly text: Template[] | null;
}

export interface ContentProblem {
  readonly path: string;
  readonly message: string;
}

function engine(escapesHtml: boolean): Liquid {
  const liquid = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    parseLimit: PARSE_LENGTH_MAX,
    renderLimit: RENDER_MS_MAX,
    memoryLimit: MEMORY_MAX,
    // No file is ever read: the only templates are the campaign's own three.
    templates: {},
    ...(escapesHtml ? { outputEscape: "escape" as const } : {}),
  });
  for (const tag of FORBIDDEN_TAGS) delete liquid.tags[tag];
  return liquid;
}

const TEXT_ENGINE = engine(false);
/** Values are escaped for HTML unless the template says `| raw`. */
const HTML_ENGINE = engine(true);

/** Parses a campaign's templates. @throws liquidjs's error when one is malformed; check with `checkContent` first. */
export function parseContent(content: CampaignContent): ParsedContent {
  return {
    subject: TEXT_ENGINE.parse(content.subject),
    html: HTML_ENGINE.parse(content.html),
    text: content.text === undefined ? null : TEXT_ENGINE.parse(content.text),
  };
}

/** What is wrong with a campaign's content, with the path of each field; empty when it can be sent. */
export function checkContent(content: CampaignContent): ContentProblem[] {
  const problems: ContentProblem[] = [];
  const check = (field: "subject" | "html" | "text", template: string, liquid: Liquid) => {
    const path = `/content/${field}`;
    if (template.length > TEMPLATE_LENGTH_MAX) {
      problems.push({ path, message: `is longer than ${TEMPLATE_LENGTH_MAX} characters` });
      return;
    }
    try {
      liquid.parse(template);
    } catch (error) {
      problems.push({
        path,
        message: error instanceof Error ? firstLine(error.message) : "is no valid template",
      });
    }
  };
  check("subject", content.subject, TEXT_ENGINE);
  check("html", content.html, HTML_ENGINE);
  if (content.text !== undefined) check("text", content.text, TEXT_ENGINE);
  if (/[\r\n]/.test(content.subject))
    problems.push({ path: "/content/subject", message: "must be one line" });
  if (content.subject.trim() === "")
    problems.push({ path: "/content/subject", message: "must not be empty" });
  if (content.html.trim() === "") problems.push({ path: "/content/html", message: "must not be empty" });
  return problems;
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? text;

export interface RenderedContent {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/**
 * Renders a message for one person. The postal address and a visible unsubscribe link stand in both parts: a footer in
 * the person's language is added where the template does not show them itself.
 * @throws when a template fails or exceeds its limits.
 */
export function renderContent(
  parsed: ParsedContent,
  variables: TemplateVariables,
  footer: Footer,
): RenderedContent {
  for (let renders = 1; ; renders += 1) {
    const before = process.threadCpuUsage();
    try {
      return renderOnce(parsed, variables, footer);
    } catch (error) {
      // The engine's limit is time on the wall: on a busy machine it hits who has only waited for a processor.
      const { user, system } = process.threadCpuUsage(before);
      const hasRun = (user + system) / 1000 >= RENDER_MS_MAX / 2;
      if (!isCutOff(error) || hasRun || renders >= RENDERS_MAX) throw error;
    }
  }
}

const isCutOff = (error: unknown): boolean =>
  error instanceof Error && error.message.includes("template render limit exceeded");

function renderOnce(parsed: ParsedContent, variables: TemplateVariables, footer: Footer): RenderedContent {
  const scope = { ...variables };
  const subject = String(TEXT_ENGINE.renderSync(parsed.subject, scope)).replace(/\s+/gu, " ").trim();
  const html = String(HTML_ENGINE.renderSync(parsed.html, scope));
  const text = parsed.text === null ? textOf(html) : String(TEXT_ENGINE.renderSync(parsed.text, scope));
  return {
    subject,
    html: withHtmlFooter(html, variables, footer),
    text: withTextFooter(text, variables, footer),
  };
}

/** Compiled once: building the selectors anew for every message cost as much as all the rest of composing it. */
const textOf: (html: string) => string = compile({
  wordwrap: 76,
  limits: { maxInputLength: TEMPLATE_LENGTH_MAX },
  selectors: [{ selector: "img", format: "skip" }],
});

function withHtmlFooter(html: string, variables: TemplateVariables, { language, ground }: Footer): string {
  const words = FOOTER_WORDS[language];
  const address = escapeHtml(variables.sender.postal_address);
  const url = escapeHtml(variables.unsubscribe_url);
  const choices = escapeHtml(variables.preferences_url);
  const lines = [
    ...(html.includes(address) ? [] : [`${escapeHtml(variables.sender.name)}, ${address}`]),
    ...(html.includes(url)
      ? []
      : [
          `${escapeHtml(words.why[ground](variables.purpose.name))} <a href="${url}">${words.unsubscribe}</a>`,
        ]),
    ...(html.includes(choices) ? [] : [`<a href="${choices}">${words.choices}</a>`]),
  ];
  if (lines.length === 0) return html;
  const footer = `<hr><p lang="${language}" style="font-size:13px;color:#555">${lines.join("<br>")}</p>`;
  const end = html.lastIndexOf("</body>");
  return end < 0 ? html + footer : html.slice(0, end) + footer + html.slice(end);
}

function withTextFooter(text: string, variables: TemplateVariables, { language, ground }: Footer): string {
  const words = FOOTER_WORDS[language];
  const lines = [
    ...(text.includes(variables.sender.postal_address)
      ? []
      : [`${variables.sender.name}, ${variables.sender.postal_address}`]),
    ...(text.includes(variables.unsubscribe_url)
      ? []
      : [words.why[ground](variables.purpose.name), `${words.unsubscribe}: ${variables.unsubscribe_url}`]),
    ...(text.includes(variables.preferences_url) ? [] : [`${words.choices}: ${variables.preferences_url}`]),
  ];
  return lines.length === 0 ? text : `${text}\n\n-- \n${lines.join("\n")}\n`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&#34;")
    .replaceAll("'", "&#39;");
}
