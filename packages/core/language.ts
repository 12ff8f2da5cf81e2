/** The languages that public pages and service messages speak. */
export const LANGUAGES = ["en", "de", "fr", "es", "it"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language a tag such as `de-AT` names, or null when it is none of ours. */
export function languageOf(tag: string | null | undefined): Language | null {
  const primary = (tag ?? "").trim().toLowerCase().split(/[-_]/, 1)[0];
  return LANGUAGES.find((language) => language === primary) ?? null;
}

/**
 * The language of ours that an `Accept-Language` header likes best, or null. Of equal weights the first counts; what
 * cannot be read is passed over. @source RFC 9110 12.5.4
 */
export function acceptedLanguage(header: string): Language | null {
  let best: { readonly language: Language; readonly weight: number } | null = null;
  for (const part of header.slice(0, 500).split(",")) {
    const [tag = "", ...parameters] = part.split(";");
    const language = languageOf(tag);
    const quality = parameters.map((each) => /^\s*q=([01](?:\.\d{1,3})?)\s*$/.exec(each)?.[1]).find(Boolean);
    const weight = parameters.length === 0 ? 1 : Number(quality ?? 0);
    if (language !== null && weight > 0 && (best === null || weight > best.weight))
      best = { language, weight };
  }
  return best?.language ?? null;
}
