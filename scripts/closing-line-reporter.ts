import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends the run with `N passed, N failed`. A skipped or unfinished test counts as failed, and so does a run in which
 * nothing ran.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        if (test.result().state === "passed") passed += 1;
        else failed += 1;
      }
      if (tests.length === 0) failed += 1;
    }
    if (passed === 0 && failed === 0) failed = 1;
    if (failed > 0) process.exitCode = 1;
    process.on("exit", () => console.log(`${passed} passed, ${failed} failed`));
  }
}
