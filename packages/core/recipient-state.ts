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

export const CAMPAIGN_STATES = [
  "draft",
  "scheduled",
  "planning",
  "sending",
  "paused",
  "cancelled",
  "finished",
] as const;
