import { expect, test } from "vitest";
import { WORDS } from "../../apps/api/pages/words/catalogue.ts";

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
