import type { Language } from "#core/language";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";
import { it } from "./it.ts";
import type { HeldBackName, WayName, Words } from "./words.ts";

export const WORDS: Readonly<Record<Language, Words>> = { en, de, fr, es, it };

/** Each language by the name its own speakers know. */
export const OWN_NAMES: Readonly<Record<Language, string>> = {
  en: "English",
  de: "Deutsch",
  fr: "Français",
  es: "Español",
  it: "Italiano",
};

/** A day written out: 14 March 2025. English pages write it as most of their readers do, day first. */
export const dayIn = (language: Language, at: Date): string =>
  new Intl.DateTimeFormat(localeOf(language), { dateStyle: "long", timeZone: "UTC" }).format(at);

/** A day and its time, with the zone it is told in. */
export const momentIn = (language: Language, at: Date): string =>
  `${new Intl.DateTimeFormat(localeOf(language), { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" }).format(at)} UTC`;

const localeOf = (language: Language): string => (language === "en" ? "en-GB" : language);

const WAYS: Readonly<Record<string, WayName>> = {
  link: "link",
  "one-click": "one-click",
  "preference-page": "preference-page",
  "web-form": "web-form",
  "double-opt-in": "double-opt-in",
  "email-double-opt-in": "double-opt-in",
  "phone-call": "phone-call",
  undo: "undo",
  complaint: "complaint",
  "csv-column": "import",
  import: "import",
};

/** How something was said, for a method of the ledger. */
export const wayOf = (method: string): WayName => WAYS[method] ?? "other";

const HELD_BACK: Readonly<Record<string, HeldBackName>> = {
  "suppressed-unsubscribe": "stopped",
  "suppressed-objection": "stopped",
  "suppressed-complaint": "stopped",
  "suppressed-erasure": "stopped",
  "internal-dnc": "stopped",
  "consent-withdrawn": "stopped",
  "ccpa-opt-out-signal": "stopped",
  "processing-restricted": "stopped",
  "consent-missing": "no-consent",
  "consent-requested": "no-consent",
  "consent-proof-missing": "no-consent",
  "consent-purpose-mismatch": "no-consent",
  "consent-channel-mismatch": "no-consent",
  "consent-controller-mismatch": "no-consent",
  "consent-not-yet-valid": "no-consent",
  "pewc-missing": "no-consent",
  "consent-expired": "lapsed",
  "consent-notice-changed": "changed",
  "implied-consent-expired": "lapsed",
  "paused-by-person": "wish",
  "frequency-cap": "wish",
  "quiet-hours": "time",
  "dnc-registry-listed": "list",
  "rpo-overrides-consent": "list",
};

/** Why a message was held back, for a reason code of the gate. */
export const heldBackOf = (reason: string | null): HeldBackName => HELD_BACK[reason ?? ""] ?? "other";
