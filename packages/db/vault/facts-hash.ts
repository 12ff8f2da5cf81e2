import { createHmac, timingSafeEqual } from "node:crypto";
import { canonicalJson } from "#core/canonical-json";
import type { Question } from "#core/facts";
import { derivedKey, type Keyring, keyBytes } from "./keyring.ts";

/**
 * HMAC-SHA-256 of the facts a decision was made from: it shows later whether facts are those the gate saw. Keyed, and
 * by workspace, because the facts hold an address or a number: whoever has the database alone cannot try guesses, and
 * equal facts in two workspaces have unequal hashes. The instant is left out; it is stored beside the decision.
 */
export const factsHash = (master: Keyring, workspaceId: string, question: Question): Buffer =>
  hashUnder(master, master.current, workspaceId, question);

/** True when these facts have this hash under any key of the ring. */
export function haveHash(master: Keyring, workspaceId: string, question: Question, hash: Buffer): boolean {
  return Object.keys(master.keys).some((version) => {
    const own = hashUnder(master, version, workspaceId, question);
    return own.length === hash.length && timingSafeEqual(own, hash);
  });
}

function hashUnder(master: Keyring, version: string, workspaceId: string, question: Question): Buffer {
  return createHmac("sha256", derivedKey(keyBytes(master, version), `decision-facts:${workspaceId}`))
    .update(question.channel)
    .update(canonicalJson(question.facts))
    .digest();
}
