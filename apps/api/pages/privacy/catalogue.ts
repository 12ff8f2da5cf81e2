import type { Language } from "#core/language";
import { de } from "./words/de.ts";
import { en } from "./words/en.ts";
import { es } from "./words/es.ts";
import { fr } from "./words/fr.ts";
import { it } from "./words/it.ts";
import type { PrivacyWords } from "./words.ts";

export const PRIVACY_WORDS: Readonly<Record<Language, PrivacyWords>> = { en, de, fr, es, it };
