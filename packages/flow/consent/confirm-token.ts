import { createHash } from "node:crypto";
import { sealedToken } from "../tokens/sealed-token.ts";

/** A confirmation link: one sign-up of one workspace. Works once, and not for ever: the row says so. */
const TOKEN = sealedToken({ prefix: "c1", use: "confirm", ids: ["workspaceId", "signUpId"], counts: [] });

export type ConfirmFields = NonNullable<ReturnType<typeof TOKEN.read>>;
export const mintConfirmToken = TOKEN.mint;
export const readConfirmToken = TOKEN.read;

/** How evidence names a link without being one: hex. */
export const tokenHash = (text: string): string => createHash("sha256").update(text).digest("hex");
