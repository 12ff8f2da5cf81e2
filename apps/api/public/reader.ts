import type { Context } from "hono";
import { acceptedLanguage, type Language, languageOf } from "#core/language";
import type { Reader } from "../pages/public/frame.tsx";
import { WORDS } from "../pages/words/catalogue.ts";

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

/** A page as an answer. */
export const page = (context: Context, body: unknown, status: 200 | 404 | 422 | 429 = 200) =>
  context.html(String(body), status, NO_STORE);

/** The fields of a form, whatever its encoding; null for JSON and bodies that cannot be read. */
export async function formFields(context: Context): Promise<Readonly<Record<string, unknown>> | null> {
  const type = (context.req.header("content-type") ?? "").toLowerCase();
  if (!type.startsWith("application/x-www-form-urlencoded") && !type.startsWith("multipart/form-data"))
    return null;
  try {
    return await context.req.parseBody({ all: true });
  } catch {
    // A body that cannot be read asks for nothing.
    return null;
  }
}

/** One text field; empty where it is missing, repeated or a file. */
export const textOf = (fields: Readonly<Record<string, unknown>>, name: string): string => {
  const value = fields[name];
  return typeof value === "string" ? value : "";
};

/** Every text of a field that may be repeated. */
export const textsOf = (fields: Readonly<Record<string, unknown>>, name: string): string[] => {
  const value = fields[name];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === "string");
};

/** What of a browser is kept as evidence. */
export const userAgentOf = (context: Context): string =>
  (context.req.header("user-agent") ?? "").slice(0, 300);
