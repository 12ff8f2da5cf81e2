import { describe, expect, test } from "vitest";
import { acceptedLanguage, languageOf } from "#core/language";

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
