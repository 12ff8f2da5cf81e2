import { sealedToken } from "../tokens/sealed-token.ts";

/** An unsubscribe link. No address, no name; ids only, and those are encrypted. Never expires: old mail must work. */
const TOKEN = sealedToken({
  prefix: "u1",
  use: "unsubscribe",
  ids: ["workspaceId", "purposeId", "campaignId", "contactId"],
  counts: ["gateId"],
});

export type UnsubscribeFields = NonNullable<ReturnType<typeof TOKEN.read>>;
export const mintUnsubscribeToken = TOKEN.mint;
export const readUnsubscribeToken = TOKEN.read;
