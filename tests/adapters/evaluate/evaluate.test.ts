import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { VECTORS_FILE, vectors } from "../../core/vectors.ts";

const DIRECTORY = mkdtempSync(join(tmpdir(), "consentry-evaluate-"));
afterAll(() => rmSync(DIRECTORY, { recursive: true, force: true }));

/** Runs the program as people do. */
function evaluate(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", "apps/evaluate/main.ts", ...args],
    { input, encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" } },
  );
  return { status, lines: stdout.split("\n").slice(0, -1), problem: stderr };
}

function file(name: string, content: unknown): string {
  const path = join(DIRECTORY, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const QUESTION = {
  channel: "email",
  now: "2026-11-23T15:00:00Z",
  facts: {
    country: "US",
    contactPoint: "a@example.com",
    campaign: { kind: "marketing", purpose: "p", controller: "c" },
  },
};

test("every published case is ok, one line each, and the status is 0", () => {
  const { status, lines, problem } = evaluate([VECTORS_FILE]);
  expect(problem).toBe("");
  expect(lines.length).toBe(56);
  expect(lines.filter((line) => !line.startsWith("ok  "))).toEqual([]);
  expect(lines.map((line) => line.split(/ {2,}/)[1])).toEqual(vectors().map((vector) => vector.id));
  expect(status).toBe(0);
});

test("a case whose expectation is turned round is a mismatch, and the status is 1", () => {
  const cases = vectors().map(({ id, question, expect: wanted }, place) => ({
    id,
    ...question,
    expect: place === 7 ? { ...wanted, verdict: wanted.verdict === "allow" ? "block" : "allow" } : wanted,
  }));
  const { status, lines } = evaluate([file("turned.json", cases)]);
  expect(lines.filter((line) => line.startsWith("MISMATCH"))).toEqual([
    expect.stringContaining(cases[7]?.id ?? ""),
  ]);
  expect(status).toBe(1);
});

test("one question on stdin is answered with verdict, reason, words and citation", () => {
  const { status, lines } = evaluate([], JSON.stringify(QUESTION, null, 2));
  expect(lines).toEqual(["1  allow opt-out-regime  The law allows contact until they object  [15 USC 7704]"]);
  expect(status).toBe(0);
});

test("cases may stand one a line, and programs get JSON lines", () => {
  const wanted = { ...QUESTION, id: "b", expect: { verdict: "block" } };
  const { status, lines } = evaluate(
    ["--json", "-"],
    `${JSON.stringify(QUESTION)}\n\n${JSON.stringify(wanted)}\n`,
  );
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { id: "1", verdict: "allow", reason: "opt-out-regime", citation: "15 USC 7704" },
    { id: "b", verdict: "allow", expected: { verdict: "block" }, ok: false },
  ]);
  expect(JSON.parse(lines[0] ?? "")).not.toHaveProperty("ok");
  expect(status).toBe(1);
});

test("an explanation lists what was considered", () => {
  const { lines } = evaluate(["--json", "--explain"], JSON.stringify(QUESTION));
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    considered: expect.arrayContaining([
      expect.objectContaining({ id: "opt-out-regime", outcome: "permits", saw: { country: "US" } }),
    ]),
  });
});

test("a name with line breaks stays on its line", () => {
  const { lines } = evaluate([], JSON.stringify({ ...QUESTION, id: "a\nok  b\u001b[31m" }));
  expect(lines).toEqual([expect.stringMatching(/^a ok {2}b \[31m {2}allow/)]);
});

const BAD = { ...QUESTION, facts: { ...QUESTION.facts, mood: "good", age: -1 } };

test.each([
  ["a file that is not there", [join(DIRECTORY, "none.json")], "", "none.json: cannot be read (ENOENT)"],
  ["no JSON", [], "{ broken", "stdin: is not JSON"],
  ["a mistake in a long document", [], '{\n  "channel": "email",\n}', "stdin: is not JSON, at position"],
  ["a bad line", [], `${JSON.stringify(QUESTION)}\nbroken`, "stdin: line 2: is not JSON"],
  ["nothing", [], "", "stdin: there is no case in it"],
  ["an empty array", [], "[]", "stdin: there is no case in it"],
  [
    "an unknown fact",
    [],
    JSON.stringify([QUESTION, { ...QUESTION, facts: { ...QUESTION.facts, mood: "good" } }]),
    "stdin: /1/facts/mood: is not a known field",
  ],
  ["two mistakes", [], JSON.stringify(BAD), "(and 1 more)"],
  [
    "a bad value in a line",
    [],
    `${JSON.stringify(QUESTION)}\n${JSON.stringify({ ...QUESTION, now: "noon" })}`,
    "stdin: line 2: /now: must be",
  ],
  ["an unknown option", ["--colour"], "", "usage:"],
  ["two files", ["a.json", "b.json"], "", "usage:"],
])("%s ends with one clear line and status 2", (_sentence, args, input, said) => {
  const { status, lines, problem } = evaluate(args, input);
  expect(problem).toContain(said);
  expect(problem.trimEnd().split("\n").length).toBe(1);
  expect(lines).toEqual([]);
  expect(status).toBe(2);
});
