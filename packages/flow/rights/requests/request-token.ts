import { sealedToken } from "../../tokens/sealed-token.ts";

/** The link of a privacy request. */
const TOKEN = sealedToken({
  prefix: "r1",
  use: "privacy-request",
  ids: ["workspaceId", "requestId"],
  counts: [],
});

export type RequestLink = NonNullable<ReturnType<typeof TOKEN.read>>;
export const mintRequestToken = TOKEN.mint;
export const readRequestToken = TOKEN.read;
