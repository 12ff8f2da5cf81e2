import { addMonths, DAY_MS, instantMs, instantText } from "../instant.ts";
import { isEea, lawOf } from "../place/countries.ts";

/** What a person may ask about the data held on them. */
export const PRIVACY_REQUEST_KINDS = [
  "access",
  "rectification",
  "erasure",
  "restriction",
  "objection",
  "withdrawal",
] as const;
export type PrivacyRequestKind = (typeof PRIVACY_REQUEST_KINDS)[number];

export const PRIVACY_LAWS = ["gdpr", "uk-gdpr", "ccpa", "pipeda", "lgpd"] as const;
export type PrivacyLaw = (typeof PRIVACY_LAWS)[number];

interface Span {
  readonly unit: "months" | "days" | "business-days";
  readonly amount: number;
}

/** The clock of one law. `optOut`: objections and withdrawals, where the law gives them a clock of their own. */
export interface PrivacyClock {
  readonly name: string;
  readonly answer: Span;
  readonly optOut: Span | null;
  /** Within which the request must be confirmed to the person. */
  readonly confirm: Span | null;
  /** By which the answer may be put off, once, with a reason told to the person before the first date. */
  readonly extension: Span | null;
  readonly citation: string;
}

/** @source rules.md section 4 */
export const PRIVACY_CLOCKS: Readonly<Record<PrivacyLaw, PrivacyClock>> = {
  gdpr: {
    name: "GDPR",
    answer: { unit: "months", amount: 1 },
    optOut: null,
    confirm: null,
    extension: { unit: "months", amount: 2 },
    citation: "GDPR Art. 12(3)",
  },
  "uk-gdpr": {
    name: "UK GDPR",
    answer: { unit: "months", amount: 1 },
    optOut: null,
    confirm: null,
    extension: { unit: "months", amount: 2 },
    citation: "UK GDPR Art. 12(3), 12A",
  },
  ccpa: {
    name: "CCPA",
    answer: { unit: "days", amount: 45 },
    optOut: { unit: "business-days", amount: 15 },
    confirm: { unit: "business-days", amount: 10 },
    extension: { unit: "days", amount: 45 },
    citation: "Cal. Civ. Code 1798.130(a)(2); 11 CCR 7021, 7026(f)",
  },
  pipeda: {
    name: "PIPEDA",
    answer: { unit: "days", amount: 30 },
    optOut: null,
    confirm: null,
    extension: { unit: "days", amount: 30 },
    citation: "PIPEDA s. 8(3)-(4)",
  },
  lgpd: {
    name: "LGPD",
    answer: { unit: "days", amount: 15 },
    optOut: null,
    confirm: null,
    extension: null,
    citation: "LGPD Art. 19, II",
  },
};

/** The law whose clock runs for a person; where the place is unknown or has none of its own, the GDPR's. */
export function privacyLawOf(country: string | null): PrivacyLaw {
  if (country === null) return "gdpr";
  const place = lawOf(country);
  if (isEea(place)) return "gdpr";
  switch (place) {
    case "GB":
      return "uk-gdpr";
    case "US":
      return "ccpa";
    case "CA":
      return "pipeda";
    case "BR":
      return "lgpd";
    default:
      return "gdpr";
  }
}

export interface Deadlines {
  readonly answerBy: string;
  /** Null: the law asks for no confirmation of its own. */
  readonly confirmBy: string | null;
  /** The latest date after an extension; null: there is none. */
  readonly extendedBy: string | null;
}

/**
 * The dates a request must be answered by, counted from when it was received (ISO instants). Business days are Monday
 * to Friday: public holidays are not taken off, which errs to the earlier day.
 */
export function deadlinesOf(law: PrivacyLaw, kind: PrivacyRequestKind, receivedAt: string): Deadlines {
  const clock = PRIVACY_CLOCKS[law];
  const received = instantMs(receivedAt);
  const isOptOut = kind === "objection" || kind === "withdrawal";
  const answer = isOptOut && clock.optOut !== null ? clock.optOut : clock.answer;
  const mayExtend = clock.extension !== null && !(isOptOut && clock.optOut !== null);
  return {
    answerBy: instantText(after(received, answer)),
    confirmBy: clock.confirm === null || isOptOut ? null : instantText(after(received, clock.confirm)),
    extendedBy:
      mayExtend && clock.extension !== null
        ? instantText(after(after(received, answer), clock.extension))
        : null,
  };
}

function after(ms: number, span: Span): number {
  switch (span.unit) {
    case "months":
      return addMonths(ms, span.amount);
    case "days":
      return ms + span.amount * DAY_MS;
    case "business-days": {
      let end = ms;
      for (let left = span.amount; left > 0; ) {
        end += DAY_MS;
        // 1 January 1970 was a Thursday.
        const weekday = (Math.floor(end / DAY_MS) + 4) % 7;
        if (weekday !== 0 && weekday !== 6) left -= 1;
      }
      return end;
    }
    default:
      return span.unit satisfies never;
  }
}
