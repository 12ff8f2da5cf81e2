import { defineConfig } from "vitest/config";

/**
 * What `npm run mutation` runs for each mutant: the cases of the rules, without database. The properties are left out:
 * their questions are drawn anew each time, and a score has to be the same twice.
 */
export default defineConfig({
  test: {
    include: ["tests/core/every-case.ts"],
    testTimeout: 60_000,
    reporters: ["dot"],
  },
});
