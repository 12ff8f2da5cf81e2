import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type ReadCases, readCases } from "./read-cases.ts";
import { evaluateCase, jsonOf, lineOf } from "./report.ts";

const USAGE =
  "usage: npm run evaluate -- [--json] [--explain] [cases.json]; without a file, or with -, from stdin";

/** Status 0: evaluated, and as expected; 1: something is not as expected; 2: the input cannot be read. */
function main(): 0 | 1 | 2 {
  const order = readOrder();
  if (order === null) return fail(USAGE);
  const name = order.file === "-" ? "stdin" : order.file;
  const text = readText(order.file);
  if (text.kind === "unreadable") return fail(`${name}: ${text.problem}`);
  const read: ReadCases = readCases(text.text);
  if (read.kind === "unreadable") return fail(`${name}: ${read.problem}`);
  let isAsExpected = true;
  let lines = "";
  for (const each of read.cases) {
    const evaluation = evaluateCase(each, order.explains);
    if (evaluation.isExpected === false) isAsExpected = false;
    lines += `${order.isJson ? jsonOf(evaluation) : lineOf(evaluation)}\n`;
  }
  process.stdout.write(lines);
  return isAsExpected ? 0 : 1;
}

function readOrder(): { file: string; isJson: boolean; explains: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: "boolean" }, explain: { type: "boolean" } },
    });
    const [file = "-", ...more] = positionals;
    // What was considered is a tree; it fits no line for people.
    const explains = values.explain === true;
    return more.length > 0 || (explains && values.json !== true)
      ? null
      : { file, isJson: values.json === true, explains };
  } catch {
    return null;
  }
}

function readText(file: string): { kind: "text"; text: string } | { kind: "unreadable"; problem: string } {
  try {
    return { kind: "text", text: readFileSync(file === "-" ? 0 : file, "utf8") };
  } catch (error) {
    return { kind: "unreadable", problem: `cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}

function fail(problem: string): 2 {
  process.stderr.write(`${problem.replace(/\p{Cc}+/gu, " ")}\n`);
  return 2;
}

// A reader such as `head` may have seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = main();
