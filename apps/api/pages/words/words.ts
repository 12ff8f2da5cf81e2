export type ChannelName = "email" | "phone";
/** What an entry of the ledger was, as its person reads it. */
export type DeedName =
  | "requested"
  | "given"
  | "confirmed"
  | "renewed"
  | "refused"
  | "withdrawn"
  | "objected"
  | "expired"
  | "suppressed"
  | "suppression-lifted"
  | "withdrawal-undone";
/** How something was said. */
export type WayName =
  | "link"
  | "one-click"
  | "preference-page"
  | "web-form"
  | "double-opt-in"
  | "phone-call"
  | "import"
  | "undo"
  | "complaint"
  | "other";
/** Why a message was held back, in as many kinds as people care to tell apart. */
export type HeldBackName =
  | "stopped"
  | "no-consent"
  | "lapsed"
  | "changed"
  | "wish"
  | "time"
  | "list"
  | "other";

/** Everything that the public pages say, in one language. A missing entry does not compile. */
export interface Words {
  readonly common: {
    readonly skip: string;
    readonly languages: string;
    readonly by: Readonly<Record<ChannelName, string>>;
    readonly yourAddress: string;
    readonly choices: string;
    readonly undoTitle: string;
    readonly undoText: string;
    readonly undo: string;
    readonly stopEverything: string;
    readonly backToChoices: string;
  };
  readonly invalid: { readonly title: string; readonly nothing: string; readonly instead: string };
  readonly unsubscribe: {
    readonly title: (topic: string) => string;
    readonly where: string;
    readonly notYet: string;
    readonly stop: (topic: string) => string;
    readonly moreTitle: string;
    readonly more: string;
    readonly changeTitle: string;
    readonly change: string;
    readonly forwarded: string;
  };
  readonly stopped: {
    /** The link to the signed receipt of the stop. */
    readonly receipt: string;
    readonly title: string;
    readonly topic: (topic: string) => string;
    readonly everything: string;
    readonly from: (moment: string) => string;
    readonly onTheWay: (count: number) => string;
  };
  readonly undone: {
    readonly done: string;
    readonly doneText: string;
    readonly late: string;
    readonly lateText: string;
  };
  readonly form: {
    readonly title: (sender: string) => string;
    readonly intro: string;
    readonly address: string;
    readonly name: string;
    readonly phone: string;
    readonly phoneHint: string;
    readonly optional: string;
    readonly what: string;
    readonly trap: string;
    readonly send: string;
    readonly after: string;
    readonly faultsTitle: string;
    readonly faultAddress: string;
    readonly faultName: string;
    readonly faultPhone: string;
    readonly faultNothing: string;
    /** The words they saw are no longer those that are asked for. */
    readonly faultChanged: string;
    readonly thanksTitle: string;
    readonly thanks: (sender: string) => string;
    readonly thanksNoMail: string;
    readonly tooManyTitle: string;
    readonly tooMany: string;
  };
  readonly confirm: {
    readonly title: (sender: string) => string;
    readonly where: string;
    readonly agree: string;
    readonly button: string;
    readonly notYou: string;
    readonly phone: string;
    readonly doneTitle: string;
    readonly done: string;
    readonly donePhone: string;
    readonly alreadyTitle: string;
    readonly already: string;
    readonly expiredTitle: string;
    readonly expired: string;
    readonly objectionTitle: string;
    readonly objection: (sender: string) => string;
  };
  readonly preferences: {
    readonly title: string;
    readonly forWhom: string;
    readonly onRecord: string;
    readonly noneOfIt: string;
    readonly onePress: string;
    readonly channel: (channel: ChannelName, point: string, several: boolean) => string;
    readonly onSince: (day: string, way: string) => string;
    readonly on: string;
    readonly offSince: (day: string, way: string) => string;
    readonly refusedOn: (day: string) => string;
    readonly lapsedOn: (day: string) => string;
    /** What they agreed to on that day has another wording now, with another meaning. */
    readonly changedSince: (day: string) => string;
    readonly confirmAnew: string;
    readonly askedOn: (day: string) => string;
    readonly neverAsked: string;
    readonly byLaw: string;
    readonly unproved: string;
    readonly endsOn: (day: string) => string;
    readonly heldBack: string;
    readonly stoppedSince: (day: string) => string;
    readonly onlyByPhone: string;
    readonly paceTitle: string;
    readonly asItComes: string;
    readonly atMost: (count: number, span: "week" | "month") => string;
    readonly nothingFor: (days: number) => string;
    readonly pausedUntil: (day: string) => string;
    readonly save: string;
    readonly saveHint: string;
    readonly savedTitle: string;
    readonly savedStopped: (count: number) => string;
    readonly savedPaused: (day: string) => string;
    readonly savedPace: string;
    readonly savedAsked: string;
    readonly savedNothing: string;
    readonly historyTitle: string;
    readonly historyEmpty: string;
    readonly all: string;
    readonly receipts: string;
  };
  readonly history: {
    readonly deed: (deed: DeedName, topic: string, channel: string) => string;
    readonly everything: string;
    readonly way: Readonly<Record<WayName, string>>;
    readonly paced: (day: string | null, cap: string | null) => string;
    readonly emailed: (name: string) => string;
    readonly called: (name: string) => string;
    readonly maybe: string;
    readonly why: string;
  };
  readonly why: {
    readonly title: string;
    readonly message: string;
    readonly from: string;
    readonly topic: string;
    readonly when: string;
    readonly to: string;
    readonly permission: string;
    readonly consent: string;
    readonly ownBusiness: string;
    readonly otherBasis: string;
    readonly agreedOn: (day: string, way: string) => string;
    readonly shown: string;
    readonly unknown: string;
    readonly blockedTitle: string;
    readonly blockedIntro: string;
    readonly blocked: Readonly<Record<HeldBackName, string>>;
  };
  readonly messages: {
    readonly title: string;
    readonly sent: string;
    readonly sentNone: string;
    readonly held: string;
    readonly heldNone: string;
  };
}
