import type { Context } from "hono";
import { acceptedLanguage, type Language, languageOf } from "#core/language";
import { recordOptOutSignal } from "#flow/rights/opt-out-signal";
import type { Services } from "../context.ts";
import { PRIVACY_WORDS } from "../pages/privacy/catalogue.ts";
import type { PrivacyReader } from "../pages/privacy/frame.tsx";
import type { Reader } from "../pages/public/frame.tsx";
import { WORDS } from "../pages/words/catalogue.ts";
import { clientAddress } from "./client-address.ts";

/** Public pages are never kept by caches, nor found by search engines: their addresses are somebody's links. */
export const NO_STORE = { "cache-control": "no-store", "x-robots-tag": "noindex" };

/**
 * In which language a public page is read: the one the link names, else the person's own, else what the browser
 * asks for, else English.
 */
export function readerOf(context: Context, own: string | null = null): Reader {
  const language: Language =
    languageOf(context.req.query("lang")) ??
    languageOf(own) ??
    acceptedLanguage(context.req.header("accept-language") ?? "") ??
    "en";
  return { language, words: WORDS[language], path: context.req.path };
}

/** The same for the privacy pages, which have words of their own. */
export function privacyReaderOf(context: Context): PrivacyReader {
  const { language, path } = readerOf(context);
  return { language, words: PRIVACY_WORDS[language], path };
}

/** A page as an answer. */
export const page = (context: Context, body: unknown, status: 200 | 404 | 422 | 429 = 200) =>
  context.html(String(body), status, NO_STORE);

/** A JSON file to keep, as an answer. */
export const jsonFile = (context: Context, content: object, filename: string) =>
  context.body(`${JSON.stringify(content, null, 2)}\n`, 200, {
    ...NO_STORE,
    "content-type": "application/json; charset=utf-8",
    "content-disposition": `attachment; filename="${filename}"`,
  });

/** What of a person's browser is kept as evidence. */
export const visitorOf = ({ config }: Services, context: Context) => ({
  ip: clientAddress(context, config.trustedProxies),
  userAgent: (context.req.header("user-agent") ?? "").slice(0, 300),
});

/** True when the browser sends the Global Privacy Control signal and it is on record for this person. */
export async function recordSignal(
  { deps }: Services,
  context: Context,
  { workspaceId, contactId }: { readonly workspaceId: string; readonly contactId: string },
): Promise<boolean> {
  return context.req.header("sec-gpc") === "1" && (await recordOptOutSignal(deps, workspaceId, contactId));
}
