export const RECIPIENT_STATES = [
  "planned",
  "permitted",
  "blocked",
  "deferred",
  "cancelled",
  "redeemed",
  "contacted",
  "failed",
  "unconfirmed",
] as const;
export type RecipientState = (typeof RECIPIENT_STATES)[number];

/** Where a recipient may go from each state. `permitted → permitted` is a second screening inline. */
export const RECIPIENT_TRANSITIONS: Readonly<Record<RecipientState, readonly RecipientState[]>> = {
  planned: ["permitted", "blocked", "deferred", "cancelled"],
  deferred: ["planned", "permitted", "blocked", "cancelled", "deferred"],
  permitted: ["permitted", "planned", "blocked", "deferred", "failed", "redeemed", "cancelled"],
  redeemed: ["contacted", "failed", "deferred", "unconfirmed", "planned"],
  unconfirmed: ["contacted", "failed"],
  blocked: [],
  cancelled: [],
  contacted: [],
  failed: [],
};

const TERMINAL: ReadonlySet<RecipientState> = new Set([
  "blocked",
  "cancelled",
  "contacted",
  "failed",
  "unconfirmed",
]);

/** True when a campaign need not wait for this recipient. `unconfirmed` counts: it is listed, not waited for. */
export const isTerminal = (state: RecipientState): boolean => TERMINAL.has(state);

export const CAMPAIGN_STATES = [
  "draft",
  "scheduled",
  "planning",
  "sending",
  "paused",
  "cancelled",
  "finished",
] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];
