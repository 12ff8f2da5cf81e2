import { addMonths, DAY_MS, instantMs, instantText } from "../instant.ts";
import { lawOf } from "../place/countries.ts";

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

const months = (amount: number): Span => ({ unit: "months", amount });
const days = (amount: number): Span => ({ unit: "days", amount });
const businessDays = (amount: number): Span => ({ unit: "business-days", amount });

/** @source rules.md section 4 */
export const PRIVACY_CLOCKS: Readonly<Record<PrivacyLaw, PrivacyClock>> = {
  gdpr: {
    name: "GDPR",
    answer: months(1),
    optOut: null,
    confirm: null,
    extension: months(2),
    citation: "GDPR Art. 12(3)",
  },
  "uk-gdpr": {
    name: "UK GDPR",
    answer: months(1),
    optOut: null,
    confirm: null,
    extension: months(2),
    citation: "UK GDPR Art. 12(3), 12A",
  },
  ccpa: {
    name: "CCPA",
    answer: days(45),
    optOut: businessDays(15),
    confirm: businessDays(10),
    extension: days(45),
    citation: "Cal. Civ. Code 1798.130(a)(2); 11 CCR 7021, 7026(f)",
  },
  pipeda: {
    name: "PIPEDA",
    answer: days(30),
    optOut: null,
    confirm: null,
    extension: days(30),
    citation: "PIPEDA s. 8(3)-(4)",
  },
  lgpd: {
    name: "LGPD",
    answer: days(15),
    optOut: null,
    confirm: null,
    extension: null,
    citation: "LGPD Art. 19, II",
  },
};

/** Countries whose people have a clock of their own; everybody else, the EEA first, has the GDPR's. */
const LAWS: ReadonlyMap<string, PrivacyLaw> = new Map([
  ["GB", "uk-gdpr"],
  ["US", "ccpa"],
  ["CA", "pipeda"],
  ["BR", "lgpd"],
]);

/** The law whose clock runs for a person; where the place is unknown or has none of its own, the GDPR's. */
export function privacyLawOf(country: string | null): PrivacyLaw {
  return (country === null ? undefined : LAWS.get(lawOf(country))) ?? "gdpr";
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
  const optOut = isOptOut ? clock.optOut : null;
  const answerMs = after(received, optOut ?? clock.answer);
  // What has a clock of its own has no extension of the other's.
  const extension = optOut === null ? clock.extension : null;
  return {
    answerBy: instantText(answerMs),
    confirmBy: clock.confirm === null || isOptOut ? null : instantText(after(received, clock.confirm)),
    extendedBy: extension === null ? null : instantText(after(answerMs, extension)),
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
