import { readdirSync } from "node:fs";

/** All cases in one file: a mutant then needs one worker, instead of one for each file that touches it. */
for (const name of readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).sort()) {
  if (name.endsWith(".test.ts") && name !== "properties.test.ts")
    await import(`${import.meta.dirname}/${name}`);
}
