/** Messages that people themselves asked for, and the one that asks to renew a consent. None carries marketing. */
export const SERVICE_MAIL_KINDS = [
  "confirm-sign-up",
  "verify-request",
  "answer-ready",
  "renew-consent",
] as const;
export type ServiceMailKind = (typeof SERVICE_MAIL_KINDS)[number];

/** What a message is made of besides its wording. */
export interface LetterVariables {
  /** The one link; it asks for a button press there. */
  readonly link: string;
  /** What it is about, each on a line of its own: the wording agreed to, the rights asked for. */
  readonly items: readonly string[];
  /** Until when the link works; an ISO instant. */
  readonly until: string;
}

/** A letter in one language: what is said before the items, the button, what is said after it, and why it came. */
export interface Letter {
  readonly subject: string;
  readonly before: string;
  readonly button: string;
  readonly after: readonly string[];
  readonly why: string;
}

/** One catalogue: every kind has its letter, or it does not compile. `day` is written out in the language. */
export type ServiceMailWords = Readonly<Record<ServiceMailKind, (sender: string, day: string) => Letter>>;
