import { sealedToken } from "../tokens/sealed-token.ts";

/**
 * The link to the preference page: a person, as one sender reached them at one address (`gateId`: what is asked for
 * there is asked of this address). Never expires, as messages are kept; it only ever reduces contact.
 */
const TOKEN = sealedToken({
  prefix: "p1",
  use: "preferences",
  ids: ["workspaceId", "senderId", "contactId"],
  counts: ["gateId"],
});

export type PreferenceFields = NonNullable<ReturnType<typeof TOKEN.read>>;
export const mintPreferenceToken = TOKEN.mint;
export const readPreferenceToken = TOKEN.read;
