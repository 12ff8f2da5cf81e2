import { spawn } from "node:child_process";

/** Everything that can be checked without running the product; side by side, so that it stays under a minute. */
const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["types", "tsc", "--noEmit", "-p", "tsconfig.json"],
  ["types of packages/core, without Node", "tsc", "--noEmit", "-p", "packages/core/tsconfig.json"],
  ["lint and format", "biome", "ci", "--colors=off", "--max-diagnostics=20", "--error-on-warnings", "."],
  ["import directions", "depcruise", "--config", ".dependency-cruiser.cjs", "apps", "packages"],
  ["unused code", "knip", "--no-progress"],
  ["banned words", "tsx", "scripts/banned-words.ts"],
];

function run(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

const results = await Promise.all(
  CHECKS.map(async ([name, command, ...args]) => {
    const startedAt = performance.now();
    const { code, output } = await run(command, args);
    console.log(
      `${code === 0 ? "ok  " : "FAIL"} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`,
    );
    if (code !== 0) console.log(output);
    return code;
  }),
);
process.exit(results.every((code) => code === 0) ? 0 : 1);
