import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"],
    globalSetup: ["tests/support/global-setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more files at once would only measure each other.
    maxWorkers: 2,
    pool: "forks",
    allowOnly: false,
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
  },
});
