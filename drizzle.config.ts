import { defineConfig } from "drizzle-kit";

/** `drizzle-kit generate` writes the next migration from the schema; roles, triggers and partitions are added by hand. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./packages/db/schema/*.ts",
  out: "./packages/db/migrations",
});
