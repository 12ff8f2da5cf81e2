import { describe, expect, test } from "vitest";
import { acceptedLanguage, languageOf } from "#core/language";
import { WORDS } from "../../apps/api/pages/words/catalogue.ts";

describe("what a browser asks for", () => {
  test.each([
    ["de", "de"],
    ["de-AT,en;q=0.5", "de"],
    ["pt, it;q=0.8, fr;q=0.9", "fr"],
    ["en;q=0.1, es;q=0.1", "en"],
    ["pt, nl", null],
    ["de;q=0", null],
    ["*", null],
    ["", null],
    [`${"x,".repeat(100_000)}de`, null],
    ["de;q=abc, fr;q=0.2", "fr"],
    [";;;,,,q=1", null],
  ])("%s", (header, wanted) => {
    expect(acceptedLanguage(header)).toBe(wanted);
  });
});

test.each([
  ["de-CH", "de"],
  ["IT", "it"],
  ["fr_FR", "fr"],
  ["english", null],
  ["constructor", null],
  [null, null],
])("the tag %s is %s", (tag, wanted) => {
  expect(languageOf(tag)).toBe(wanted);
});

/** Every sentence of a catalogue, with its place; functions are asked with plain words. */
function sentences(part: unknown, place: string): [string, string][] {
  if (typeof part === "string") return [[place, part]];
  if (typeof part === "function") {
    const said: unknown = (part as (...words: unknown[]) => unknown)("given", 2, true);
    return [[place, String(said)]];
  }
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([name, each]) => sentences(each, `${place}.${name}`));
}

test.each(["de", "fr", "es", "it"] as const)(
  "no sentence of %s was left in English, or empty",
  (language) => {
    const english = new Map(sentences(WORDS.en, "words"));
    const own = sentences(WORDS[language], "words");
    expect(own.length).toBeGreaterThan(130);
    const same = own.filter(([place, text]) => text === english.get(place) && /[a-z]{3}/i.test(text));
    // "Message" is a French word too.
    expect(same.map(([place]) => place).filter((place) => place !== "words.why.message")).toEqual([]);
    expect(own.filter(([, text]) => text.trim() === "").map(([place]) => place)).toEqual([]);
  },
);
