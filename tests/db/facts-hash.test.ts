import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "#core/canonical-json";
import type { Question } from "#core/facts";
import { factsHash, haveHash } from "#db/vault/facts-hash";
import type { Keyring } from "#db/vault/keyring";
import { email, yes } from "../core/question.ts";

const key = () => randomBytes(32).toString("base64");
const OLD: Keyring = { current: "k1", keys: { k1: key() } };
const ROTATED: Keyring = { current: "k2", keys: { k2: key(), ...OLD.keys } };
const asked = email("DE", yes());
const hex = (question: Question, ring = OLD, workspace = "w1") =>
  factsHash(ring, workspace, question).toString("hex");

describe("a decision's facts have a hash that only the keys can make", () => {
  test("the same facts have the same hash, in whatever order they were read and whenever they were asked", () => {
    const reversed: object = Object.fromEntries(Object.entries(asked.facts).reverse());
    expect(hex({ ...asked, facts: reversed as Question["facts"] })).toBe(hex(asked));
    expect(hex({ ...asked, now: "2026-12-01T00:00:00Z" })).toBe(hex(asked));
  });

  test.each<[string, Question]>([
    ["another address", email("DE", { ...yes(), contactPoint: "b@example.com" })],
    ["another country", email("AT", yes())],
    ["another proof", email("DE", yes({ proof: {} }))],
    ["another channel", { ...asked, channel: "phone" }],
    ["one fact more", email("DE", { ...yes(), age: 40 })],
  ])("%s has another hash", (_sentence, other) => {
    expect(hex(other)).not.toBe(hex(asked));
    expect(haveHash(OLD, "w1", other, factsHash(OLD, "w1", asked))).toBe(false);
  });

  test("neither another workspace, another key nor a bare digest makes it", () => {
    expect(hex(asked, OLD, "w2")).not.toBe(hex(asked));
    expect(hex(asked, { current: "k1", keys: { k1: key() } })).not.toBe(hex(asked));
    for (const text of [canonicalJson(asked.facts), `email${canonicalJson(asked.facts)}`])
      expect(createHash("sha256").update(text).digest("hex")).not.toBe(hex(asked));
  });

  test("it is found again after the keys were rotated, and not when the old key is gone", () => {
    const hash = factsHash(OLD, "w1", asked);
    expect(haveHash(ROTATED, "w1", asked, hash)).toBe(true);
    expect(factsHash(ROTATED, "w1", asked)).not.toEqual(hash);
    expect(haveHash({ current: "k2", keys: { k2: ROTATED.keys["k2"] ?? "" } }, "w1", asked, hash)).toBe(
      false,
    );
    expect(haveHash(OLD, "w1", asked, Buffer.alloc(0))).toBe(false);
  });
});
