import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { HOURS } from "#core/hours/hours-table";
import { POLICY_DEFAULTS } from "#core/policy";
import { REASON_TEXTS } from "#core/reason-text";
import { REGISTRIES } from "#core/rules/do-not-call-lists";
import { readNote } from "#flow/rulebook/hours-sources";
import { STAGES } from "#flow/rulebook/rulebook";
import { rulesDocument } from "../../scripts/docs/rules-document.ts";

test("docs/rules.md is what the rules say today (npm run docs makes it anew)", () => {
  expect(readFileSync("docs/rules.md", "utf8")).toBe(rulesDocument());
});

test("every rule, list, setting, reason and row of hours stands in it", () => {
  const lines = rulesDocument().split("\n");
  const missing = [
    ...STAGES.flatMap((stage) => stage.rules).map((rule) => `| \`${rule.id}\``),
    ...REGISTRIES.map((registry) => `| \`${registry.id}\``),
    ...Object.keys(POLICY_DEFAULTS).map((setting) => `| \`${setting}\``),
    ...Object.keys(REASON_TEXTS).map((reason) => `| \`${reason}\``),
    ...HOURS.map((row) => `| ${row.jurisdiction} |`),
  ].filter((start) => !lines.some((line) => line.startsWith(start)));
  expect(missing).toEqual([]);
  expect(lines.filter((line) => line.startsWith("| ")).length).toBeGreaterThan(150);
});

test("the marks in the notes of the hours are told as pages, and none is left over", () => {
  const notes = HOURS.map((row) => readNote(row.note));
  expect(notes.filter((note) => /[[\]*]/.test(note.words))).toEqual([]);
  expect(notes.flatMap((note) => note.sources).filter((source) => source.url === null)).toEqual([]);
  expect(readNote("**L**: Sunday ban [S8]; read the act")).toMatchObject({
    words: "Sunday ban; read the act",
    sources: [{ mark: "S8", host: "glama.ai" }],
  });
});
