import { describe, expect, test } from "vitest";
import { acceptedLanguage, languageOf } from "#core/language";

describe("what a browser asks for", () => {
  test.each([
    ["de", "de"],
    ["de-AT,en;q=0.5", "de"],
    ["pt, it;q=0.8, fr;q=0.9", "fr"],
    ["it;q=0.8, de;q=0.85, fr;q=0.849", "de"],
    ["en;q=0.1, es;q=0.1", "en"],
    ["fr;q=0, es; q=1 , en", "es"],
    ["de ;\tq=0.5\t, en;q=0.4", "de"],
    ["de;level=1;q=0.5, en;q=0.6", "en"],
    ["pt, nl", null],
    ["de;q=0", null],
    ["de;q=0.000", null],
    ["*", null],
    ["", null],
    [";;;,,,q=1", null],
  ])("%s", (header, wanted) => {
    expect(acceptedLanguage(header)).toBe(wanted);
  });

  test.each(["abc", "", "2", "1.0000", "0.1234", "-1", "0.9x", "x0.9", "0,9", "0.9 5", ".9", "1."])(
    "a weight of '%s' cannot be read, and its language is passed over",
    (weight) => {
      expect(acceptedLanguage(`de;q=${weight}, fr;q=0.001`)).toBe("fr");
    },
  );

  test("a parameter of another name is no weight, and leaves the language without one", () => {
    expect(acceptedLanguage("de;xq=0.9, fr;q=0.1")).toBe("fr");
    expect(acceptedLanguage("de;level=1, fr;q=0.1")).toBe("fr");
  });

  test("what comes after five hundred letters is not read", () => {
    expect(acceptedLanguage(`${"x,".repeat(249)}de`)).toBe("de");
    expect(acceptedLanguage(`${"x,".repeat(250)}de`)).toBeNull();
    expect(acceptedLanguage(`${"x,".repeat(100_000)}de`)).toBeNull();
  });
});

test.each([
  ["de-CH", "de"],
  ["IT", "it"],
  ["fr_FR", "fr"],
  ["english", null],
  ["constructor", null],
  [" es ", "es"],
  ["", null],
  [null, null],
  [undefined, null],
])("the tag %s is %s", (tag, wanted) => {
  expect(languageOf(tag)).toBe(wanted);
});
