import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { RECIPIENT_STATES, RECIPIENT_TRANSITIONS } from "#core/recipient-state";
import { findBannedWords } from "./banned-words.ts";

interface Cruise {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly rule: { readonly name: string } }[];
  };
}

function cruise(): Cruise {
  const run = (args: readonly string[]) =>
    execFileSync("node_modules/.bin/depcruise", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  try {
    return JSON.parse(
      run(["--config", ".dependency-cruiser.cjs", "--output-type", "json", "apps", "packages"]),
    ) as Cruise;
  } catch (error) {
    // It exits with the number of violations; what it found is on its output all the same.
    return JSON.parse(String((error as { stdout?: string }).stdout)) as Cruise;
  }
}

const PLANTED = "packages/core/planted";

afterEach(() => rmSync(PLANTED, { recursive: true, force: true }));

test("imports go one way, and modules were really read", () => {
  const { summary } = cruise();
  expect(summary.violations).toEqual([]);
  expect(summary.totalCruised).toBeGreaterThan(150);
});

test("an import that core must not have is found, and so is a word that it must not use", () => {
  mkdirSync(PLANTED, { recursive: true });
  writeFileSync(
    `${PLANTED}/bad.ts`,
    'import { readFileSync } from "node:fs";\nexport const now = () => [readFileSync, new Date(0)];\n',
  );
  expect(cruise().summary.violations.map((violation) => violation.rule.name)).toContain(
    "core-imports-itself",
  );
  expect(findBannedWords([`${PLANTED}/bad.ts`])).toEqual([
    `${PLANTED}/bad.ts:2: core has no clock and no chance`,
  ]);
});

test("no banned word stands in the project", () => {
  expect(findBannedWords()).toEqual([]);
});

test("the cases of the rules import core and each other alone: mutation testing copies nothing else", () => {
  const names = readdirSync("tests/core", { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  expect(names.length).toBeGreaterThan(30);
  const imported = names.flatMap((name) => {
    const text = readFileSync(`tests/core/${name}`, "utf8");
    return [...text.matchAll(/(?:from|import) "([^"]+)"/g)].map(([, source = ""]) => `${name}: ${source}`);
  });
  expect(imported).toContain("language.test.ts: #core/language");
  expect(imported.filter((each) => /: (?:#(?!core\/)|.*(?:apps|packages|support)\/)/.test(each))).toEqual([]);
});

test("every recipient state can be reached, and terminal ones lead nowhere but from unconfirmed", () => {
  const reachable = new Set(Object.values(RECIPIENT_TRANSITIONS).flat());
  expect(RECIPIENT_STATES.filter((state) => state !== "planned" && !reachable.has(state))).toEqual([]);
  expect(RECIPIENT_STATES.filter((state) => RECIPIENT_TRANSITIONS[state].length === 0)).toEqual(
    ["blocked", "cancelled", "contacted", "failed"].sort(
      (a, b) => RECIPIENT_STATES.indexOf(a as never) - RECIPIENT_STATES.indexOf(b as never),
    ),
  );
  expect(RECIPIENT_TRANSITIONS.unconfirmed).toEqual(["contacted", "failed"]);
});
