import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "#core/canonical-json";
import { question } from "./questions.ts";

describe("equal facts are one text", () => {
  test.each<[unknown, string]>([
    [{ b: 1, a: [true, null, "x"] }, '{"a":[true,null,"x"],"b":1}'],
    [{ b: undefined, a: {} }, '{"a":{}}'],
    [{ a: undefined }, "{}"],
    [[], "[]"],
    [
      { 'q"': 'a"b\\c\n', "\u20ac": "\u0001", "\ud83d\ude00": "\ud83d\ude00" },
      '{"q\\"":"a\\"b\\\\c\\n","€":"\\u0001","😀":"😀"}',
    ],
    [-0, "0"],
    [1e21, "1e+21"],
    [0.1, "0.1"],
    [false, "false"],
    ["", '""'],
  ])("%j is %s", (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test("keys stand by their code units, in whatever order they were set", () => {
    const keys = ["zeta", "Z", "a", "aa", "\u00e9", "\ufb33", "\ud83d\ude00", "1", "10", "2", ""];
    const set = (order: readonly string[]) => Object.fromEntries(order.map((key) => [key, 1]));
    const text = canonicalJson(set(keys));
    expect(canonicalJson(set([...keys].reverse()))).toBe(text);
    expect(canonicalJson(set([...keys].sort()))).toBe(text);
    expect(text).toBe(canonicalize(set(keys)));
  });

  test.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    undefined,
    1n,
    () => 1,
    Symbol("x"),
    { a: [Number.NaN] },
    [undefined],
  ])("%s has no text", (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson(value)).toThrow("no JSON form");
  });

  test("it is RFC 8785 for every question and every JSON", () => {
    fc.assert(
      fc.property(fc.oneof(question, fc.jsonValue({ maxDepth: 4 })), (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 5_000 },
    );
  });
});
