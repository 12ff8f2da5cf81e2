import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a program, or null when it is not on PATH. */
export function programPath(name: string): string | null {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory; the next may have it.
    }
  }
  return null;
}

/** @throws when the program is missing: `npm test` installs it first, or says what to install. */
export function findProgram(name: string): string {
  const path = programPath(name);
  if (path === null) throw new Error(`${name} is not installed; run npm test, or: apt-get install ${name}`);
  return path;
}
