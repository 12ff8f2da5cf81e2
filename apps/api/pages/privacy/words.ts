import type { PrivacyRequestKind } from "#core/rights/deadlines";
import type { DataClass } from "#core/rights/retention";

/** Words about one kind of request: what it is, what it does, and the button behind the link. */
export interface KindWords {
  readonly title: string;
  readonly text: string;
  /** What the button behind the link does, before it is pressed. */
  readonly before: string;
  readonly button: string;
}

/** Everything the privacy pages say, in one language. A missing entry does not compile. */
export interface PrivacyWords {
  readonly title: (sender: string) => string;
  readonly intro: (sender: string) => string;
  readonly whatTitle: string;
  readonly what: readonly string[];
  readonly whyTitle: string;
  readonly consentOnly: string;
  readonly byLaw: string;
  readonly sourcesTitle: string;
  readonly fromYou: string;
  readonly fromOthers: (names: string) => string;
  readonly longTitle: string;
  readonly keptDays: Readonly<
    Record<Exclude<DataClass, "stored-answers" | "captured-messages">, (days: number) => string>
  >;
  readonly keptProof: string;
  readonly safeTitle: string;
  readonly safe: readonly string[];
  readonly rightsTitle: string;
  readonly clock: string;
  readonly complain: string;
  readonly kinds: Readonly<Record<PrivacyRequestKind, KindWords>>;
  readonly formTitle: string;
  readonly formWish: string;
  readonly formValue: string;
  readonly formValueHint: string;
  readonly formDetails: string;
  readonly formAgent: string;
  readonly formAgentHint: string;
  readonly formSend: string;
  readonly formLeaveEmpty: string;
  readonly stoppedTitle: string;
  readonly stopped: string;
  readonly mailedTitle: string;
  readonly mailed: string;
  readonly problemTitle: string;
  readonly addressInvalid: string;
  readonly needsEmail: string;
  readonly tooMany: string;
  readonly back: string;
  readonly fullName: string;
  readonly givenName: string;
  readonly other: string;
  readonly reportTitle: string;
  readonly reportDownload: string;
  readonly erased: string;
  readonly restricted: string;
  readonly corrected: string;
  readonly waits: string;
  readonly answerTitle: string;
  readonly done: string;
  readonly invalidTitle: string;
  readonly invalid: string;
  readonly optOutRecorded: string;
  readonly yes: string;
  readonly no: string;
}
