import { LANGUAGES, type Language } from "#core/language";
import { OWN_NAMES, WORDS } from "../words/catalogue.ts";

/** The same page in the other languages. @param path of the page, without its query. */
export const Languages = ({ language, path }: { language: Language; path: string }) => (
  <nav aria-label={WORDS[language].common.languages} class="small">
    {LANGUAGES.map((each, place) => (
      <>
        {place === 0 ? null : " · "}
        {each === language ? (
          <span class="b" aria-current="true">
            {OWN_NAMES[each]}
          </span>
        ) : (
          <a href={`${path}?lang=${each}`} lang={each} hreflang={each}>
            {OWN_NAMES[each]}
          </a>
        )}
      </>
    ))}
  </nav>
);
